package dev.runnel.engine;

import dev.runnel.model.TimeSource;
import java.time.Duration;
import java.time.Instant;

/**
 * Notices that the wall clock was set, or that the machine was suspended, by a clock that only goes on. Not thread-safe.
 */
final class ClockWatch {

    /** More than any clock is corrected by in passing. */
    private static final Duration JUMP = Duration.ofMinutes(10);

    private final TimeSource time;
    private Instant wall;
    private long nanos;

    ClockWatch(TimeSource time) {
        this.time = time;
        this.wall = time.now();
        this.nanos = time.nanoTime();
    }

    /** Whether the wall clock has jumped since this was asked last. */
    boolean hasJumped() {
        Instant now = time.now();
        long nanosNow = time.nanoTime();
        Duration byWall = Duration.between(wall, now);
        Duration really = Duration.ofNanos(nanosNow - nanos);
        wall = now;
        nanos = nanosNow;
        return byWall.minus(really).abs().compareTo(JUMP) > 0;
    }
}
