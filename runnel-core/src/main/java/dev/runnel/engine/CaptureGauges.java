package dev.runnel.engine;

import dev.runnel.model.TimeSource;
import dev.runnel.report.DatabaseReport;
import dev.runnel.report.Lag;
import dev.runnel.report.ReplicaReport;
import dev.runnel.wal.WalHeader;
import dev.runnel.wal.WalState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What the capture of one database last measured. Written by the capture's task, read by anybody. */
final class CaptureGauges {

    private final TimeSource time;
    private volatile @Nullable Instant steppedAt;
    private volatile @Nullable Instant pendingSince;
    private volatile long databaseBytes;
    private volatile long walBytes;
    private final AtomicLong walWritten = new AtomicLong();
    private @Nullable WalState lastSeen;

    /**
     * What is captured.
     *
     * @param txId newest transaction, 0 for none
     * @param at when it was captured; null for not by this process
     */
    record Captured(long txId, @Nullable Instant at) {}

    CaptureGauges(TimeSource time) {
        this.time = time;
    }

    /** A step begins: the task is alive. */
    void stepped() {
        steppedAt = time.now();
    }

    /** A look is done. The first one that finds something to capture sets the clock that {@link #nothingPending} stops. */
    void looked(boolean uncaptured) {
        if (!uncaptured) {
            pendingSince = null;
        } else if (pendingSince == null) {
            pendingSince = time.now();
        }
    }

    /** Everything that was seen is captured, or there is nothing to capture. */
    void nothingPending() {
        pendingSince = null;
    }

    void databaseBytes(long bytes) {
        databaseBytes = bytes;
    }

    /** The WAL as a look found it. Frames that were there at the first look are not counted: they are not of this time. */
    void wal(WalState seen) {
        int frames = seen.mxFrame();
        walBytes = frames == 0 ? 0 : WalHeader.frameOffset(seen.pageSize(), frames + 1);
        WalState before = lastSeen;
        lastSeen = seen;
        if (before != null && (frames != before.mxFrame() || !seen.salts().equals(before.salts()))) {
            boolean goesOn = seen.salts().equals(before.salts()) && frames > before.mxFrame();
            long added = goesOn ? frames - before.mxFrame() : frames;
            walWritten.addAndGet(
                    added * (WalHeader.FRAME_HEADER_SIZE + seen.pageSize().bytes()));
        }
    }

    long walBytes() {
        return walBytes;
    }

    DatabaseReport report(
            DatabaseSettings settings,
            StatusBoard.Status status,
            Captured captured,
            Map<String, Long> counters,
            List<ReplicaReport> replicas) {
        Map<String, Long> counted = new TreeMap<>(counters);
        counted.put("wal_bytes", walWritten.get());
        return new DatabaseReport(
                settings.path().toString(),
                status.state(),
                status.reason(),
                status.since(),
                captured.txId(),
                captured.at(),
                databaseBytes,
                walBytes,
                counted,
                replicas,
                new Lag(pendingSince, 0, settings.cutInterval()),
                steppedAt,
                settings.monitorInterval());
    }
}
