package dev.runnel;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.restore.ProofStatus;
import dev.runnel.restore.RestoreOptions;
import dev.runnel.restore.RestorePlan;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.RestoredImage;
import dev.runnel.restore.Restorer;
import dev.runnel.storage.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Gets a database back from a replica. Every checksum is verified on the way; the file appears whole and synced to disk,
 * or not at all.
 *
 * <pre>{@code
 * Restore.Result result = Restore.from(store, "app", KeyLayout.S3).at(instant).to(path);
 * }</pre>
 *
 * Immutable; each method but {@link #to} and {@link #plan} gives a changed copy.
 */
public final class Restore {

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(250);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(10);

    private final ObjectStore store;
    private final String path;
    private final KeyLayout layout;
    private final RestoreTarget target;
    private final RestoreOptions options;

    private Restore(ObjectStore store, String path, KeyLayout layout, RestoreTarget target, RestoreOptions options) {
        this.store = store;
        this.path = path;
        this.layout = layout;
        this.target = target;
        this.options = options;
    }

    /** The newest state of a replica. */
    public static Restore from(ObjectStore store, String path, KeyLayout layout) {
        return new Restore(store, path, layout, RestoreTarget.newest(), RestoreOptions.defaults());
    }

    /** The state after a transaction. */
    public Restore at(TxId txId) {
        return new Restore(store, path, layout, RestoreTarget.at(txId), options);
    }

    /** The newest state captured before an instant, to the millisecond. */
    public Restore at(Instant instant) {
        return new Restore(store, path, layout, RestoreTarget.before(instant), options);
    }

    /**
     * Replaces what is at the target, with its {@code -wal}, {@code -shm} and {@code -journal}, unless somebody has it
     * open, this process included.
     */
    public Restore force() {
        return new Restore(store, path, layout, target, options.withForce(true));
    }

    /** With another number of parallel transfers; 8 by default. */
    public Restore parallelism(int threads) {
        return new Restore(store, path, layout, target, options.withParallelism(threads));
    }

    /** Tells of the progress. */
    public Restore progress(Progress listener) {
        return new Restore(store, path, layout, target, options.withProgress(listener::read));
    }

    /**
     * Restores to a file.
     *
     * @throws dev.runnel.restore.NothingToRestoreException if the replica holds no database
     * @throws dev.runnel.restore.TargetExistsException if the file exists, or is to be replaced and somebody has it open
     * @throws dev.runnel.ltx.CorruptChangesetException if the replica is damaged and no other chain leads to the target
     */
    public Result to(Path output) throws IOException {
        RestoredImage image = restorer().restore(target, output);
        return new Result(
                image.txId(),
                image.timestamp(),
                image.pages(),
                image.pageSize().bytes(),
                image.bytesRead(),
                image.files(),
                image.databaseChecksum(),
                image.proof() == ProofStatus.VERIFIED);
    }

    /** What {@link #to} would read. */
    public Plan plan() throws IOException {
        RestorePlan plan = restorer().plan(target);
        return new Plan(plan.files().stream().map(Plan.File::of).toList());
    }

    private Restorer restorer() throws IOException {
        ReplicaArchive archive = new ReplicaArchive(store, layout.at(path));
        archive.load();
        return new Restorer(
                archive,
                options,
                new Backoff(
                        FIRST_BACKOFF,
                        LONGEST_BACKOFF,
                        () -> ThreadLocalRandom.current().nextLong()));
    }

    /** Told how far a restore is. Called from several threads. */
    @FunctionalInterface
    public interface Progress {
        /** {@code done} of {@code total} bytes were read. */
        void read(long done, long total);
    }

    /**
     * A restored database.
     *
     * @param txId its newest transaction
     * @param timestamp when that was captured
     * @param pages size in pages
     * @param pageSize page size in bytes
     * @param bytesRead bytes read from the replica
     * @param files files read
     * @param databaseChecksum checksum of all pages
     * @param proved whether that is the checksum recorded when the transaction was captured. What Litestream wrote has
     *     none; its files are verified one by one all the same
     */
    public record Result(
            TxId txId,
            Instant timestamp,
            int pages,
            int pageSize,
            long bytesRead,
            int files,
            long databaseChecksum,
            boolean proved) {}

    /**
     * What a restore reads.
     *
     * @param files in the order in which they apply
     */
    public record Plan(List<File> files) {

        /**
         * One file.
         *
         * @param level its level
         * @param txIds its transactions
         * @param size length in bytes
         * @param timestamp when it was captured, as far as known without reading it
         */
        public record File(int level, TxRange txIds, long size, Instant timestamp) {

            static File of(LtxFile file) {
                return new File(file.level().number(), file.txIds(), file.size(), file.createdAt());
            }
        }
    }
}
