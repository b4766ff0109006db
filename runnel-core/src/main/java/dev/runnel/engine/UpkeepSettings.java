package dev.runnel.engine;

import dev.runnel.compact.CompactionPolicy;
import dev.runnel.compact.SnapshotPolicy;
import dev.runnel.retain.RetentionPolicy;
import java.time.Duration;

/**
 * How the files of a replica are looked after.
 *
 * @param compaction levels 1 and up
 * @param snapshots how often a snapshot is taken
 * @param retention what is deleted
 * @param retentionCheckInterval shortest time between two looks for files to delete
 */
public record UpkeepSettings(
        CompactionPolicy compaction,
        SnapshotPolicy snapshots,
        RetentionPolicy retention,
        Duration retentionCheckInterval) {

    /** As Litestream. */
    public static final Duration DEFAULT_RETENTION_CHECK_INTERVAL = Duration.ofSeconds(15);

    /** The defaults of Litestream. */
    public static UpkeepSettings defaults() {
        return new UpkeepSettings(
                CompactionPolicy.defaults(),
                new SnapshotPolicy(SnapshotPolicy.DEFAULT_INTERVAL),
                RetentionPolicy.defaults(),
                DEFAULT_RETENTION_CHECK_INTERVAL);
    }

    /** The same with other levels. */
    public UpkeepSettings with(CompactionPolicy levels) {
        return new UpkeepSettings(levels, snapshots, retention, retentionCheckInterval);
    }

    /** The same with other snapshots. */
    public UpkeepSettings with(SnapshotPolicy other) {
        return new UpkeepSettings(compaction, other, retention, retentionCheckInterval);
    }

    /** The same with another retention. */
    public UpkeepSettings with(RetentionPolicy other, Duration checkInterval) {
        return new UpkeepSettings(compaction, snapshots, other, checkInterval);
    }
}
