package dev.runnel.testkit.world;

/**
 * Kills the process under test in the middle of what it does: at the n-th time from now that it reads the clock or calls a
 * store. Only where the thread of the world does so, because a seed must replay.
 */
final class Killer {

    private final Thread victim = Thread.currentThread();
    private int countdown;
    private boolean atWork;

    /** Kills at the {@code n}-th occasion from now, 1 for the next one. */
    void arm(int n) {
        countdown = n;
    }

    void disarm() {
        countdown = 0;
    }

    /** Whether the victim is at work now; else the world itself reads the clock. */
    void atWork(boolean now) {
        atWork = now;
    }

    /** An occasion. */
    void occasion(String where) {
        if (atWork && countdown > 0 && Thread.currentThread().equals(victim)) {
            countdown--;
            if (countdown == 0) {
                throw new Killed(where);
            }
        }
    }
}
