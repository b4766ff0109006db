package dev.runnel.benchmarks.process;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The clock of the benchmarks, and the only place where they pause. */
public final class Waiting {

    private Waiting() {}

    /** What is waited for. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws IOException;
    }

    /** Nanoseconds of the machine's monotonic clock: comparable between processes on Linux. */
    public static long nanoTime() {
        return System.nanoTime();
    }

    /** Pauses this thread. */
    public static void pause(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        for (long left = duration.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /**
     * Asks every {@code interval} until the answer is yes.
     *
     * @return the time at which it was, as {@link #nanoTime}
     * @throws IOException if it is not within {@code patience}
     */
    public static long until(String what, Duration interval, Duration patience, Condition condition)
            throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new IOException("waited in vain for " + patience.toSeconds() + " s: " + what);
            }
            LockSupport.parkNanos(interval.toNanos());
        }
        return System.nanoTime();
    }
}
