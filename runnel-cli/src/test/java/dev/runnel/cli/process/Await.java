package dev.runnel.cli.process;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Waits for a condition by looking again and again, up to a deadline. */
final class Await {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long PAUSE_NANOS = 2_000_000;

    private Await() {}

    /** Waits until {@code condition} holds, two minutes at most. */
    static void until(String what, Callable<Boolean> condition) {
        until(what, condition, () -> "");
    }

    /**
     * Waits until {@code condition} holds, two minutes at most.
     *
     * @param evidence what to show when it never does
     */
    static void until(String what, Callable<Boolean> condition, Supplier<String> evidence) {
        value(what, () -> condition.call() ? Boolean.TRUE : null, evidence);
    }

    /** What a test asserts. */
    @FunctionalInterface
    interface Assertions {
        void check() throws Exception;
    }

    /**
     * Repeats assertions until they hold, two minutes at most: for what is known a moment after that which was waited for,
     * or by somebody who may be too busy to answer in time.
     *
     * @param evidence what to show beside the last failure when they never hold
     */
    static void untilAsserted(String what, Assertions assertions, Supplier<String> evidence) {
        AssertionError[] last = new AssertionError[1];
        until(
                what,
                () -> {
                    try {
                        assertions.check();
                        return true;
                    } catch (AssertionError e) {
                        last[0] = e;
                        return false;
                    }
                },
                () -> last[0] + "\n" + evidence.get());
    }

    /** Waits until {@code source} gives something other than null, two minutes at most. */
    static <T> T value(String what, Callable<@Nullable T> source, Supplier<String> evidence) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Throwable failure = null;
            try {
                T value = source.call();
                if (value != null) {
                    return value;
                }
            } catch (Exception e) {
                failure = e;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError(
                        "waited " + PATIENCE.toSeconds() + " s in vain for: " + what + "\n" + evidence.get(), failure);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
