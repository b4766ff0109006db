package dev.runnel.nats;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Tries again what comes true later. */
final class Repeat {

    /** A cluster chooses leaders within ten seconds; on a busy machine all takes longer. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final Duration PAUSE = Duration.ofMillis(5);

    private Repeat() {}

    /** Tries again while a request ends with {@code notReady}; returns its result, or throws what it ends with at last. */
    static <T> T onceReady(Class<? extends IOException> notReady, Callable<T> request) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return request.call();
            } catch (IOException e) {
                if (!notReady.isInstance(e) || System.nanoTime() - deadline > 0) {
                    throw e;
                }
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** Looks until something has a value, or for so long that it will not get it; returns what it has at last. */
    static <T> T until(T value, Callable<T> look) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            T seen = look.call();
            if (seen.equals(value) || System.nanoTime() - deadline > 0) {
                return seen;
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
