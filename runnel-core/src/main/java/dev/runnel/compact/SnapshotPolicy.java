package dev.runnel.compact;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import java.time.Duration;
import java.time.Instant;

/**
 * Says when a new snapshot is due: when there is none, or when the newest is from before the last multiple of the interval
 * since the epoch; but never while the newest one already has everything. Pure.
 *
 * @param interval at least 1 ms; short ones cost a whole database each, long ones make long chains and, with retention,
 *     keep files longer
 */
public record SnapshotPolicy(Duration interval) {

    /** As Litestream 0.5. */
    public static final Duration DEFAULT_INTERVAL = Duration.ofHours(24);

    /** By so much the clocks of two machines may differ. */
    private static final Duration SKEW = Duration.ofMinutes(10);

    public SnapshotPolicy {
        if (interval.toMillis() < 1) {
            throw new IllegalArgumentException("the snapshot interval must be at least 1 ms: " + interval);
        }
    }

    /** Whether a snapshot of the database at {@code position} should be taken now. */
    public boolean isDue(Manifest manifest, TxId position, Instant now) {
        LtxFile newest = manifest.newestFile(Level.SNAPSHOT);
        if (newest == null) {
            return true;
        }
        boolean old = newest.createdAt().isBefore(CompactionPolicy.boundary(interval, now));
        return (old || wasAhead(manifest, newest, now)) && newest.max().compareTo(position) < 0;
    }

    /** Whether a snapshot was taken while a clock was ahead, since what was cut later is older: its time tells nothing. */
    private boolean wasAhead(Manifest manifest, LtxFile snapshot, Instant now) {
        LtxFile newest = manifest.newestFile();
        return newest != null
                && snapshot.createdAt().isAfter(now.plus(interval).plus(SKEW))
                && newest.createdAt().plus(SKEW).isBefore(snapshot.createdAt());
    }

    /** The next instant at which that may change by time alone. */
    public Instant nextBoundary(Instant now) {
        return CompactionPolicy.boundary(interval, now).plus(interval);
    }
}
