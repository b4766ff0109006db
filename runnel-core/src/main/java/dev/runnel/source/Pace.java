package dev.runnel.source;

import dev.runnel.wal.Salts;
import dev.runnel.wal.WalState;

/**
 * When to look next. Pure but for what it remembers; times are nanoseconds of one monotonic clock.
 *
 * <p>Looks come every few milliseconds while changes flow, and every 50 to 100 µs once the WAL has the length at which
 * the application checkpoints: the moment in which everything is backfilled and nothing is appended is short. If it is
 * missed, the application checkpoints behind each commit. Where that takes as long as a pause, a moment is hit by chance
 * alone, so those checkpoints are followed to their end.
 *
 * <p>The checkpoint behind a large transaction takes long, and ends without a file event, in the midst of a commit; the
 * moment behind it is longer then, for another large transaction does not reach the WAL at once. So while a checkpoint is
 * at work, looks come somewhat less often, and no quiet begins; and while it is a large one, nothing else is done.
 *
 * <p>After a quiet second, file events and a heartbeat serve. The figures are measured: see design.md, section 2.
 */
public final class Pace {

    /** Pause between looks while changes flow. */
    public static final long FLOWING_NANOS = 4_000_000;
    /** Pause between looks while the moment of the swap is waited for. */
    public static final long HUNTING_NANOS = 50_000;
    /** Pause between looks while a checkpoint is waited for that has been at work for a while. */
    public static final long CHECKPOINT_NANOS = 500_000;
    /** After so long without a change, looks are left to file events and the heartbeat. */
    public static final long QUIET_NANOS = 1_000_000_000;

    private static final int FIRST_LENGTH = 900;
    private static final int MIN_LENGTH = 32;
    private static final long HUNTING_PATIENCE_NANOS = 20_000_000;
    /** A checkpoint that is stopped in the act is not waited for longer. */
    private static final long CHECKPOINT_PATIENCE_NANOS = 10_000_000_000L;
    /** A checkpoint of so many frames takes hundreds of milliseconds. */
    private static final int LARGE_CHECKPOINT = 4096;
    /** Where the disk is fast, a checkpoint of so few frames takes less than a pause. */
    private static final int SMALL_CHECKPOINT = 64;
    /** How often a checkpoint is followed between two resets. */
    private static final int CHASES = 128;

    private long lastChange;
    /** Of a change, or of a checkpoint's progress. */
    private long lastMove;

    private Salts salts = Salts.NONE;
    private int checkpointLength = FIRST_LENGTH;
    private boolean backfillSeen;
    private int mxFrame;
    private int backfill;
    private boolean swapAhead;
    private boolean gateWasHeld;
    private int chasesLeft;

    /**
     * @param now current time
     */
    public Pace(long now) {
        wake(now);
    }

    /**
     * Tells of a look.
     *
     * @param changed whether it found a commit or a reset
     * @param seen what it saw
     * @param ahead whether a checkpoint is at work behind which the swap comes
     */
    public void looked(long now, boolean changed, WalState seen, boolean ahead) {
        if (changed) {
            lastChange = now;
        }
        if (changed || seen.backfill() != backfill) {
            lastMove = now;
        }
        mxFrame = seen.mxFrame();
        backfill = seen.backfill();
        swapAhead = ahead;
        if (!seen.salts().equals(salts)) {
            salts = seen.salts();
            backfillSeen = backfill > 0;
            chasesLeft = CHASES;
        } else if (!backfillSeen && backfill > 0) {
            // The application's checkpoint has just begun: that is the length to be ready at, a little earlier.
            backfillSeen = true;
            checkpointLength = Math.max(MIN_LENGTH, Math.min(FIRST_LENGTH, (int) (backfill * 0.9)));
        }
    }

    /** A hint that something happens: a file event, a caller who waits. */
    public void wake(long now) {
        lastChange = now;
        lastMove = now;
    }

    /** Whether nothing has changed for so long that looks are left to events. */
    public boolean isQuiet(long now) {
        return now - lastChange >= (swapAhead ? CHECKPOINT_PATIENCE_NANOS : QUIET_NANOS);
    }

    /**
     * Whether the end of a large checkpoint is waited for, and whatever takes longer than a look had better wait: the
     * transaction that comes next finds the WAL ready for a reset, or makes it twice as long.
     */
    public boolean awaitsSwap(long now) {
        return swapAhead && mxFrame - backfill >= LARGE_CHECKPOINT && !isQuiet(now);
    }

    /**
     * Whether the swap may come so soon that it is worth following a checkpoint to its end: the application has
     * checkpointed, and goes on to do so behind each of its commits until the WAL is reset.
     *
     * @param gateHeld whether the gate is held and slot 0 is not, so that the swap is still to come
     */
    public boolean maySwapSoon(boolean gateHeld) {
        int left = mxFrame - backfill;
        return gateHeld
                && chasesLeft > 0
                && mxFrame >= checkpointLength
                && backfill > 0
                && left > 0
                && left <= SMALL_CHECKPOINT;
    }

    /** Tells how following it ended. Where checkpoints take long, it is given up until the next reset. */
    public void chased(Swap.Chase chase) {
        chasesLeft = chase == Swap.Chase.GIVEN_UP ? 0 : chasesLeft - 1;
    }

    /**
     * Nanoseconds until the next look, when {@link #isQuiet} does not hold.
     *
     * @param gateHeld whether the gate is held and slot 0 is not, so that the swap is still to come
     */
    public long pause(long now, boolean gateHeld) {
        boolean swapped = gateWasHeld && !gateHeld;
        gateWasHeld = gateHeld;
        if (swapped) {
            return HUNTING_NANOS; // was it in time?
        }
        if (gateHeld && mxFrame >= checkpointLength && now - lastMove < HUNTING_PATIENCE_NANOS) {
            return HUNTING_NANOS;
        }
        return gateHeld && swapAhead ? CHECKPOINT_NANOS : FLOWING_NANOS;
    }
}
