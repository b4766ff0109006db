package dev.runnel.testkit.world;

/**
 * Kills the process under test in the middle of what it does: at the n-th time from now that it reads the clock, calls a
 * store, or changes a file of its state directory. Only where the thread of the world does so, because a seed must replay.
 */
final class Killer {

    private final Thread victim = Thread.currentThread();
    private Occasion awaited = Occasion.CLOCK;
    private int countdown;
    private boolean atWork;
    private boolean dead;

    /** When one can be killed. */
    enum Occasion {
        /** The clock is read, as all code does again and again. */
        CLOCK(300),
        /** A store is called, or has just answered. */
        STORE(12),
        /** A file of the state directory is about to be changed. */
        FILE(20);

        /** So many from now, at most, are worth waiting for. */
        final int horizon;

        Occasion(int horizon) {
            this.horizon = horizon;
        }
    }

    /** Kills at the {@code n}-th occasion of a kind from now, 1 for the next one. */
    void arm(Occasion occasion, int n) {
        awaited = occasion;
        countdown = n;
        dead = false;
    }

    void disarm() {
        countdown = 0;
        dead = false;
    }

    /** Whether the victim is at work now; else the world itself reads the clock. */
    void atWork(boolean now) {
        atWork = now;
    }

    /** An occasion. Who was killed does nothing any more, whatever its code does to clean up. */
    void occasion(Occasion occasion, String where) {
        if (!atWork || !Thread.currentThread().equals(victim)) {
            return;
        }
        if (occasion == awaited && countdown > 0) {
            countdown--;
            dead = countdown == 0;
        }
        if (dead) {
            throw new Killed(awaited, where);
        }
    }
}
