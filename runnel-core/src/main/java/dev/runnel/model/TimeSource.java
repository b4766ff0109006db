package dev.runnel.model;

import java.time.Instant;

/** Where the engine takes its time from, so that a test can drive it by hand. Implementations are thread-safe. */
public interface TimeSource {

    /** Wall-clock time; it may jump in both directions. */
    Instant now();

    /** Monotonic time in nanoseconds from an arbitrary origin, as {@link System#nanoTime()}. */
    long nanoTime();
}
