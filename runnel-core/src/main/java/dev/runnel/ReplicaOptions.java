package dev.runnel;

import dev.runnel.archive.ReplicaArchive;
import dev.runnel.compact.CompactionPolicy;
import dev.runnel.compact.SnapshotPolicy;
import dev.runnel.engine.ReplicaSettings;
import dev.runnel.engine.UpkeepSettings;
import dev.runnel.engine.VerificationSettings;
import dev.runnel.lease.LeaseTerms;
import dev.runnel.retain.RetentionPolicy;
import dev.runnel.storage.ObjectStore;
import java.time.Duration;
import java.util.List;

/**
 * One replica of a database: where it is, and how it is kept. Immutable; each {@code with…} method gives a changed copy.
 * Defaults are those of Litestream 0.5.
 */
public final class ReplicaOptions {

    private final ObjectStore store;
    private final String path;
    private final KeyLayout layout;
    private final ReplicaSettings settings;

    private ReplicaOptions(ObjectStore store, String path, KeyLayout layout, ReplicaSettings settings) {
        this.store = store;
        this.path = path;
        this.layout = layout;
        this.settings = settings;
    }

    /**
     * A replica with default settings.
     *
     * @param name name in messages and reports, unique within the database
     * @param store where it is kept; stays the caller's, who closes it after Runnel was stopped
     * @param path prefix of its keys, without slashes at the ends; may be empty
     */
    public static ReplicaOptions of(String name, ObjectStore store, String path, KeyLayout layout) {
        return new ReplicaOptions(
                store, path, layout, ReplicaSettings.defaults(name, new ReplicaArchive(store, layout.at(path))));
    }

    /**
     * Shortest time between two uploads, 1 s by default. Short ones cost a request each while the database changes; long
     * ones lose more when the machine is lost.
     */
    public ReplicaOptions withSyncInterval(Duration interval) {
        return with(settings.withSyncInterval(positive("sync interval", interval)));
    }

    /**
     * Intervals of level 1, 2, …: 30 s, 5 min and 1 h by default. Short ones make more files, long ones longer chains.
     *
     * @param intervals at most 8, each positive
     */
    public ReplicaOptions withLevels(List<Duration> intervals) {
        return with(settings.upkeep().with(new CompactionPolicy(intervals, CompactionPolicy.DEFAULT_MAX_BYTES)));
    }

    /** Time between two snapshots, 24 h by default. Each costs the whole database; rare ones make restores slower. */
    public ReplicaOptions withSnapshotInterval(Duration interval) {
        return with(settings.upkeep().with(new SnapshotPolicy(positive("snapshot interval", interval))));
    }

    /**
     * What is deleted, and when.
     *
     * @param enabled false deletes nothing, for stores whose life cycle rules do
     * @param window how far back every instant can be restored, 24 h by default; zero for ever
     * @param level0 how long the files of single cuts are kept, 5 min by default; zero for ever
     * @param checkInterval shortest time between two looks for files to delete, 15 s by default
     */
    public ReplicaOptions withRetention(boolean enabled, Duration window, Duration level0, Duration checkInterval) {
        return with(settings.upkeep()
                .with(
                        new RetentionPolicy(enabled, window, level0),
                        positive("retention check interval", checkInterval)));
    }

    /**
     * How two writers of one replica are kept apart, where the store has conditional writes.
     *
     * @param enabled false leaves it at finding out when both write the same file; true by default
     * @param ttl time without a sign of life after which another may take over, 30 s by default, from 1 s to 1 h. Short
     *     ones do not outlast short outages, long ones keep a successor waiting when a machine is lost
     */
    public ReplicaOptions withLease(boolean enabled, Duration ttl) {
        return with(settings.withLease(new LeaseTerms(enabled, ttl)));
    }

    /**
     * Rebuilds the newest state from the replica at intervals and compares it, page by page; never by default.
     *
     * @param interval time from one verification to the next. Each reads what is new, and each new snapshot whole
     * @param maxAge how old the newest good verification may be before the report calls it overdue; at least the interval
     */
    public ReplicaOptions withVerification(Duration interval, Duration maxAge) {
        return with(settings.withVerification(new VerificationSettings(interval, maxAge)));
    }

    private ReplicaOptions with(UpkeepSettings changed) {
        return with(settings.withUpkeep(changed));
    }

    private ReplicaOptions with(ReplicaSettings changed) {
        return new ReplicaOptions(store, path, layout, changed);
    }

    private static Duration positive(String what, Duration duration) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException("the " + what + " must be positive: " + duration);
        }
        return duration;
    }

    /** Its name. */
    public String name() {
        return settings.name();
    }

    ReplicaSettings settings() {
        return settings;
    }
}
