package dev.runnel.capture;

import dev.runnel.model.TimeSource;
import dev.runnel.source.AttachedDatabase;
import dev.runnel.source.AttachedDatabase.Writer;
import dev.runnel.wal.Salts;
import dev.runnel.wal.WalState;
import java.io.IOException;

/**
 * Tells whether a transaction that is not committed yet is being written to the WAL: one that is too large for the cache of
 * its connection, or one that waits for its frames to reach the disk. It is a hint to the swap, and proves nothing.
 *
 * <p>More and more frames are a sure sign. But a transaction can be silent for long: it changes pages again that it has
 * written, and SQLite overwrites their frames; at its end, SQLite computes their checksums anew; then the WAL is synced.
 * Frames that were rolled back look the same. So in silence the kernel is asked whether there is a writer, and where it
 * does not tell, the patience grows with what was written.
 */
final class UncommittedFrames {

    /** Silence that needs no explanation; also between two questions to the kernel. */
    private static final long PATIENCE_NANOS = 32_000_000;
    /** A disk that syncs 200 MB in a second. */
    private static final long SYNC_NANOS_PER_BYTE = 5;
    /** Who waits for a reset because of frames that were rolled back waits no longer than this. */
    private static final long MAX_PATIENCE_NANOS = 2_000_000_000;

    private final AttachedDatabase database;
    private final TimeSource time;
    private final FrameHead head;
    private Salts salts = Salts.NONE;
    private int committed;
    private int reach;
    /** Whether any came behind the last committed one. */
    private boolean came;

    private long lastSign;
    private long lastQuestion;
    private Writer answer = Writer.UNKNOWN;

    UncommittedFrames(AttachedDatabase database, TimeSource time) {
        this.database = database;
        this.head = new FrameHead(database);
        this.time = time;
    }

    /**
     * Looks for frames behind the last committed one.
     *
     * @param seen of the look just taken; nothing is looked for where not all of it is backfilled
     */
    boolean areComing(WalState seen) throws IOException {
        if (!seen.indexed() || !seen.isBackfilled()) {
            return false;
        }
        if (!seen.salts().equals(salts) || seen.mxFrame() != committed) {
            reach = seen.salts().equals(salts) ? Math.max(reach, seen.mxFrame()) : seen.mxFrame();
            salts = seen.salts();
            committed = seen.mxFrame();
            came = false;
        }
        int before = reach;
        while (isOfThisWal(seen, reach + 1)) {
            for (int step = 1; isOfThisWal(seen, reach + step); step *= 2) {
                reach += step;
            }
        }
        came |= reach > before;
        return came && (reach > before ? sign() : isSilentWriter(seen));
    }

    private boolean sign() {
        lastSign = time.nanoTime();
        lastQuestion = lastSign;
        answer = Writer.UNKNOWN;
        return true;
    }

    private boolean isSilentWriter(WalState seen) {
        long now = time.nanoTime();
        if (now - lastQuestion >= PATIENCE_NANOS) {
            lastQuestion = now;
            answer = database.writer();
        }
        return switch (answer) {
            case ACTIVE -> true;
            case NONE -> false;
            case UNKNOWN -> now - lastSign < patience(seen);
        };
    }

    private long patience(WalState seen) {
        long bytes = (long) (reach - committed) * seen.pageSize().bytes();
        return Math.min(PATIENCE_NANOS + bytes * SYNC_NANOS_PER_BYTE, MAX_PATIENCE_NANOS);
    }

    private boolean isOfThisWal(WalState seen, int frame) throws IOException {
        return head.read(seen, frame) && (head.isOf(seen) || (reach > committed && head.isUnsigned()));
    }
}
