package dev.runnel.engine;

import java.time.Duration;

/**
 * Runs tasks: a pool of threads in production, a list driven by hand in tests. Thread-safe. Tasks of a lane may run at the
 * same time, but for those of one {@link SerialTask}.
 */
public interface Scheduler {

    /**
     * Runs a task once, after a delay.
     *
     * @param delay zero or less for as soon as possible
     */
    Scheduled schedule(Lane lane, Duration delay, Runnable task);

    /** What kind of work a task does, so that slow transfers do not hold up looks at a WAL. */
    enum Lane {
        /** Short pieces of work on local files: looks and cuts. */
        CAPTURE,
        /** Work that waits for a store. */
        TRANSFER,
        /** Requests for leases: short, and not to wait until long transfers have made room. */
        LEASE
    }

    /** A task that waits to be run. */
    @FunctionalInterface
    interface Scheduled {
        /** Takes the task back. No effect once it runs. */
        void cancel();
    }
}
