package dev.runnel.engine;

import dev.runnel.archive.ForeignWriterException;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.compact.CompactionPlan;
import dev.runnel.compact.CompactionPolicy;
import dev.runnel.compact.Compactor;
import dev.runnel.lease.LeaseLostException;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.Level;
import dev.runnel.model.TimeSource;
import dev.runnel.model.TxId;
import dev.runnel.retain.Retainer;
import dev.runnel.storage.UnreadableObjectException;
import dev.runnel.verify.Receipt;
import dev.runnel.verify.ReceiptStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merging and deleting in one replica, as far as they are due. Knows from the manifest when something can be due next, so
 * that an idle replica wakes nobody. Confined to the replica's task.
 */
final class Housekeeping {

    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
    /** How long a clock that has jumped must keep to it before anything is deleted for its age. */
    private static final Duration DOUBT = Duration.ofHours(1);

    private final UpkeepSettings settings;
    private final ReplicaArchive archive;
    private final Fence fence;
    private final Compactor compactor;
    private final Retainer retainer;
    private final LocalLog log;
    private final TimeSource time;
    private final Errands errands = new Errands();
    private final ClockWatch clock;
    /** Where an earlier process may have left what it found; null once it was read, or where nothing is verified. */
    private @Nullable ReceiptStore receipts;

    private Instant nextRetention = Instant.MIN;
    private boolean toldUnread;
    /** Files that cannot be merged, since one of them is damaged, and need not be, since a snapshot stands in. */
    private final Set<LtxFile> letBe = new HashSet<>();

    Housekeeping(ReplicaSettings replica, Fence fence, LocalLog log, Path spool, TimeSource time) {
        this.settings = replica.upkeep();
        this.archive = fence.archive();
        this.fence = fence;
        this.log = log;
        this.compactor = new Compactor(archive, log.copiesOf(archive), spool);
        this.retainer = new Retainer(archive, settings.retention());
        this.time = time;
        this.clock = new ClockWatch(time);
        this.receipts = replica.verification() == null || archive.isWriteOnly() ? null : new ReceiptStore(archive);
    }

    /** What callers want beyond the schedule. */
    Errands errands() {
        return errands;
    }

    /** What the replica holds up to {@code txId} was found damaged. Thread-safe. */
    void distrust(TxId txId) {
        retainer.distrust(txId);
    }

    /** Learns when the snapshots were taken, after a listing. What a damaged one does not tell, retention complains about. */
    void learnTimes() throws IOException {
        for (LtxFile file : archive.manifest().files(Level.SNAPSHOT)) {
            try {
                archive.timestampOf(file);
            } catch (CorruptChangesetException e) {
                LOG.atDebug().setCause(e).log("a snapshot does not tell its time");
            }
        }
    }

    /** Whether a snapshot is due, or asked for. */
    boolean wantsSnapshot(TxId position) {
        return errands.wantsSnapshot(archive.manifest())
                || settings.snapshots().isDue(archive.manifest(), position, time.now());
    }

    /**
     * Does what is due. Returns the time until something may be due again. What cannot be merged keeps nothing from being
     * deleted: where a disk is full, deleting may be what helps.
     */
    Duration run() throws IOException {
        Instant now = time.now();
        try {
            merge(now);
        } catch (LeaseLostException | ForeignWriterException e) {
            throw e;
        } catch (IOException e) {
            retainAfter(e);
            throw e;
        }
        retain(now);
        Instant next = earliest(nextCompaction(now), nextDeletion());
        next = earliest(next, nextSnapshot(now));
        return next == null ? SerialTask.UNTIL_WOKEN : positive(Duration.between(now, next));
    }

    private void merge(Instant now) throws IOException {
        CompactionPolicy policy = settings.compaction();
        for (Level level : levels()) {
            CompactionPlan plan = policy.plan(mergeable(level), level, now);
            while (plan != null && merge(plan)) {
                plan = policy.plan(mergeable(level), level, now);
            }
        }
    }

    /** Deletes what is due although something else failed. */
    void retainAfter(IOException failure) {
        try {
            retain(time.now());
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private void retain(Instant now) throws IOException {
        List<CompletableFuture<Void>> waiting = errands.wantRetention();
        if (clock.hasJumped()) {
            nextRetention = now.plus(DOUBT);
            LOG.atWarn()
                    .addKeyValue("replica", archive.describe())
                    .addKeyValue("until", nextRetention)
                    .log("the clock was set, or the machine was suspended: nothing is deleted yet");
        }
        if (!waiting.isEmpty() || !now.isBefore(nextRetention)) {
            recallDamage();
            retainer.enforce(now);
            nextRetention = now.plus(settings.retentionCheckInterval());
            errands.retained(waiting);
        }
    }

    /** What an earlier process found damaged is known before anything is deleted. */
    private void recallDamage() throws IOException {
        if (receipts != null) {
            Receipt failed = receipts.newestFailed();
            if (failed != null) {
                distrust(failed.txId());
            }
            receipts = null;
        }
    }

    /** Levels to merge into. What a replica that cannot be read here holds above level 0 has no local copy. */
    private List<Level> levels() {
        List<Level> levels = settings.compaction().levels();
        return archive.isWriteOnly() && levels.size() > 1 ? levels.subList(0, 1) : levels;
    }

    /**
     * What can be merged: everything, or where the replica cannot be read here, what has a local copy. The rest stays as it
     * is until retention deletes it behind a snapshot.
     */
    private Manifest mergeable(Level target) throws IOException {
        if (!archive.isWriteOnly()) {
            return withoutLetBe(target);
        }
        for (LtxFile file : archive.manifest().files(Level.L0)) {
            if (!file.exactTime() && log.mayHold(file, archive)) {
                archive.timestampOf(file); // once after a start: listings do not tell it
            }
        }
        Manifest manifest = withoutLetBe(target);
        List<LtxFile> unread = manifest.files(Level.L0).stream()
                .filter(file -> !log.holds(file, archive))
                .toList();
        TxId merged = manifest.newest(new Level(1));
        boolean due =
                unread.stream().anyMatch(file -> merged == null || file.max().compareTo(merged) > 0);
        if (due && !toldUnread) {
            toldUnread = true;
            LOG.atInfo()
                    .addKeyValue("replica", archive.describe())
                    .addKeyValue("files", unread.size())
                    .log("files that are encrypted and have no local copy are not merged, the next snapshot supersedes"
                            + " them");
        }
        return manifest.without(unread);
    }

    /** What to merge into a level: what is let be counts as merged where it is, but is no input any more. */
    private Manifest withoutLetBe(Level target) {
        int source = target.number() - 1;
        return archive.manifest()
                .without(letBe.stream()
                        .filter(file -> file.level().number() == source)
                        .toList());
    }

    /**
     * Merges. Where a file is damaged, those that a snapshot stands in for are let be: retention deletes them in time, and
     * merging goes on behind them.
     *
     * @return whether there may be more to merge
     */
    private boolean merge(CompactionPlan plan) throws IOException {
        fence.require(); // before work is put into it
        try {
            compactor.execute(plan);
            return true;
        } catch (CorruptChangesetException e) {
            letBe(plan, e);
            return true;
        } catch (UnreadableObjectException e) {
            if (archive.isWriteOnly()) {
                return false; // the local copy has just gone, or is damaged
            }
            throw e;
        }
    }

    private void letBe(CompactionPlan plan, CorruptChangesetException damage) throws IOException {
        LtxFile snapshot = archive.manifest().newestFile(Level.SNAPSHOT);
        List<LtxFile> superseded = plan.inputs().stream()
                .filter(file -> snapshot != null && file.max().compareTo(snapshot.max()) <= 0)
                .toList();
        if (superseded.isEmpty()) {
            throw new IOException(
                    damage.getMessage()
                            + "; files are not merged until the next snapshot stands in for it; `runnel scrub` tells"
                            + " what else is damaged, and repairs it from another replica",
                    damage);
        }
        letBe.addAll(superseded);
        LOG.atWarn()
                .addKeyValue("files", superseded.size())
                .addKeyValue("error", damage.getMessage())
                .log("damaged files are not merged, a snapshot stands in");
    }

    private static Duration positive(Duration duration) {
        return duration.isNegative() ? Duration.ZERO : duration;
    }

    private static @Nullable Instant earliest(@Nullable Instant a, @Nullable Instant b) {
        return a == null || (b != null && b.isBefore(a)) ? b : a;
    }

    private @Nullable Instant nextCompaction(Instant now) {
        Instant next = null;
        for (Level level : levels()) {
            Manifest manifest = withoutLetBe(level);
            TxId source = manifest.newest(new Level(level.number() - 1));
            TxId merged = manifest.newest(level);
            if (source != null && (merged == null || source.compareTo(merged) > 0)) {
                next = earliest(next, settings.compaction().nextBoundary(level, now));
            }
        }
        return next;
    }

    private @Nullable Instant nextSnapshot(Instant now) {
        LtxFile newest = archive.manifest().newestFile(Level.SNAPSHOT);
        TxId position = archive.manifest().newest();
        boolean pending = newest != null && position != null && newest.max().compareTo(position) < 0;
        return pending ? settings.snapshots().nextBoundary(now) : null;
    }

    /** When the oldest file that can ever go may go; not before the next check. */
    private @Nullable Instant nextDeletion() {
        if (!settings.retention().enabled()) {
            return null;
        }
        Instant next = null;
        List<LtxFile> level0 = archive.manifest().files(Level.L0);
        if (level0.size() > 1 && !settings.retention().l0Retention().isZero()) {
            next = level0.get(0).createdAt().plus(settings.retention().l0Retention());
        }
        List<LtxFile> snapshots = archive.manifest().files(Level.SNAPSHOT);
        if (snapshots.size() > 1 && !settings.retention().snapshotRetention().isZero()) {
            // The oldest goes when the one after it is old enough to be the base.
            next = earliest(
                    next, snapshots.get(1).createdAt().plus(settings.retention().snapshotRetention()));
        }
        return next == null || next.isAfter(nextRetention) ? next : nextRetention;
    }
}
