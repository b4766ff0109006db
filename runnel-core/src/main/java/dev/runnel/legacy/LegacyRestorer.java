package dev.runnel.legacy;

import dev.runnel.archive.Backoff;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.PageSize;
import dev.runnel.restore.DatabaseFile;
import dev.runnel.restore.RestoreProgress;
import dev.runnel.storage.ObjectNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores a database from a replica of Litestream 0.3. Every checksum of the compressed frames and of the WAL is
 * verified; the file appears whole and synced to disk, or not at all. SQLite is not needed. Memory: 4 MiB per thread.
 *
 * <p>If an object disappears meanwhile, because a retention deleted it, the replica is listed again and another plan made.
 * Thread-safe.
 */
public final class LegacyRestorer {

    private static final Logger log = LoggerFactory.getLogger(LegacyRestorer.class);
    private static final int MAX_MISSING = 5;

    private final LegacyReplica replica;
    private final ObjectFetcher.Settings settings;

    /**
     * @param decryptor {@link ObjectDecryptor#NONE} for a replica that is not encrypted
     * @param parallelism threads that fetch, at least 1
     * @param backoff how long to wait before a request is tried again
     */
    public LegacyRestorer(LegacyReplica replica, ObjectDecryptor decryptor, int parallelism, Backoff backoff) {
        this.replica = replica;
        this.settings = new ObjectFetcher.Settings(parallelism, backoff, decryptor, RestoreProgress.NONE);
    }

    /**
     * What a restore gave.
     *
     * @param plan what it was made of
     * @param pageSize page size of the database; null for an empty one
     * @param pages its size in pages
     */
    public record Result(LegacyPlan plan, @Nullable PageSize pageSize, int pages) {}

    /**
     * What {@link #restore} would read.
     *
     * @throws LegacyNotAvailableException if there is no such state
     * @throws LegacyGapException if a WAL is missing before it
     */
    public LegacyPlan plan(LegacyTarget target) throws IOException {
        return LegacyPlanner.plan(replica.describe(), replica.list(), target);
    }

    /**
     * Restores to a file.
     *
     * @param force whether to replace a database that is there, with its -wal, -shm and -journal
     * @throws dev.runnel.restore.TargetExistsException if one is there and {@code force} is false
     * @throws dev.runnel.restore.NotEnoughSpaceException if the snapshot alone does not fit on the disk
     * @throws LegacyNotAvailableException if there is no such state
     * @throws LegacyGapException if parts of the WAL are missing before it
     * @throws CorruptChangesetException if an object is damaged, and no earlier snapshot leads to the same state
     */
    public Result restore(LegacyTarget target, Path output, boolean force) throws IOException {
        return restore(target, output, force, RestoreProgress.NONE);
    }

    /**
     * The same, with somebody told how far it is.
     *
     * @param progress called from this thread; done once at the end with both figures alike
     */
    public Result restore(LegacyTarget target, Path output, boolean force, RestoreProgress progress)
            throws IOException {
        DatabaseFile.requireFree(output, force);
        LegacyPlan plan = plan(target);
        try (DatabaseFile file = DatabaseFile.create(output, force, replica.describe())) {
            for (int missing = 0; ; missing++) {
                file.restart();
                try {
                    WalReplay replay = replay(plan, file, progress);
                    PageSize pageSize = replay.pageSize() == null ? new PageSize(4096) : replay.pageSize();
                    file.publish(pageSize, replay.pages(), replay.pages());
                    return new Result(plan, replay.pageSize(), replay.pages());
                } catch (ObjectNotFoundException e) {
                    LegacyPlan next = plan(target);
                    if (next.equals(plan) || missing == MAX_MISSING) {
                        throw e;
                    }
                    log.info("{}; planning the restore anew", e.getMessage());
                    plan = next;
                } catch (DamagedSnapshotException e) {
                    LegacyPlan next = LegacyPlanner.fromEarlier(replica.describe(), replica.list(), plan);
                    if (next == null) {
                        throw e.damage;
                    }
                    log.warn("{}; beginning with the snapshot before", e.damage.getMessage());
                    plan = next;
                }
            }
        }
    }

    /** Reads objects as a restore does. */
    ObjectFetcher fetch(List<LegacyObject> objects) {
        return new ObjectFetcher(replica, objects, settings);
    }

    private WalReplay replay(LegacyPlan plan, DatabaseFile file, RestoreProgress progress) throws IOException {
        WalReplay replay = new WalReplay(new FileImage(file));
        try (ObjectFetcher fetcher = new ObjectFetcher(replica, plan.objects(), settings.with(progress))) {
            try (InputStream in = fetcher.open(plan.snapshot())) {
                replay.snapshot(plan.snapshot().index(), in, replica.describe(plan.snapshot()));
            } catch (CorruptChangesetException e) {
                throw new DamagedSnapshotException(e);
            }
            boolean committed = true;
            for (LegacySegment segment : plan.segments()) {
                try (InputStream in = fetcher.open(segment)) {
                    committed =
                            replay.apply(replica.describe(), plan.snapshot(), segment, in, replica.describe(segment));
                }
            }
            if (!committed) {
                throw new LegacyGapException(
                        replica.describe(),
                        "the end of a transaction after " + replica.describe(plan.last()),
                        LegacyPlanner.remedy(plan.snapshot(), plan.last().index() - 1));
            }
            fetcher.tell();
        }
        return replay;
    }

    private static final class DamagedSnapshotException extends IOException {

        private static final long serialVersionUID = 1L;

        private final CorruptChangesetException damage;

        DamagedSnapshotException(CorruptChangesetException damage) {
            super(damage);
            this.damage = damage;
        }
    }

    private record FileImage(DatabaseFile file) implements WalReplay.Image {

        @Override
        public void expect(PageSize pageSize, int pages) throws IOException {
            file.expect(pageSize, pages);
        }

        @Override
        public void write(int firstPage, ByteBuffer pages, PageSize pageSize) throws IOException {
            file.write(pages, pageSize.offsetOf(firstPage));
        }

        @Override
        public void truncate(int pages, PageSize pageSize) throws IOException {
            file.truncate((long) pages * pageSize.bytes());
        }
    }
}
