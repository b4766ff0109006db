package dev.runnel.engine;

import dev.runnel.wal.Salts;
import dev.runnel.wal.WalState;

/**
 * When a checkpoint is due that the application does not run. Pure but for what it remembers; times are nanoseconds of one
 * monotonic clock. Confined to the task that serves the database.
 */
final class CheckpointPolicy {

    /** Four times the length at which SQLite runs its own. */
    static final int LONG_PAGES = 4000;
    /** An application that checkpoints by itself has done something about a long WAL by then. */
    static final long FIRST_PATIENCE_NANOS = 10_000_000_000L;
    /** Between two checkpoints, once it is known that the application runs none. */
    static final long NEXT_PATIENCE_NANOS = 1_000_000_000L;
    /** After a checkpoint that could copy nothing, because a reader needs an old state of the database. */
    static final long FRUITLESS_PATIENCE_NANOS = 30_000_000_000L;

    private final Checkpointing settings;
    private Salts salts = Salts.NONE;
    private int backfill;
    private long lastProgress;
    private long nextAttempt;
    private boolean leftToUs;
    private boolean running;
    private boolean progressed;

    CheckpointPolicy(Checkpointing settings, long now) {
        this.settings = settings;
        this.lastProgress = now;
        this.nextAttempt = now;
    }

    /** Tells of a look, and whether a checkpoint is due now. */
    boolean isDue(long now, WalState seen) {
        notice(now, seen);
        int pending = seen.mxFrame() - backfill;
        if (pending == 0) {
            lastProgress = now;
        }
        return !running && seen.indexed() && pending > 0 && now - nextAttempt >= 0 && isWanted(now, pending);
    }

    private void notice(long now, WalState seen) {
        if (!seen.salts().equals(salts) || seen.backfill() > backfill) {
            // Frames that somebody else copied tell that the application takes care of its WAL.
            leftToUs &= running || seen.backfill() == 0;
            lastProgress = now;
            progressed = true;
        }
        salts = seen.salts();
        backfill = seen.backfill();
    }

    private boolean isWanted(long now, int pending) {
        if (settings.mode() == Checkpointing.Mode.ALWAYS) {
            long interval = settings.interval().toNanos();
            return pending >= settings.minPages() || (interval > 0 && now - lastProgress >= interval);
        }
        return pending >= LONG_PAGES && (leftToUs || now - lastProgress >= FIRST_PATIENCE_NANOS);
    }

    /** A checkpoint of ours begins. */
    void begun() {
        running = true;
        progressed = false;
        leftToUs = true;
    }

    /**
     * The checkpoint of ours is over.
     *
     * @param seen what a look after it saw
     * @return whether it has copied anything
     */
    boolean ended(long now, WalState seen) {
        notice(now, seen);
        lastProgress = now;
        running = false;
        nextAttempt = now + (progressed ? NEXT_PATIENCE_NANOS : FRUITLESS_PATIENCE_NANOS);
        return progressed;
    }
}
