package dev.runnel.engine;

import dev.runnel.model.TimeSource;
import java.time.Duration;

/**
 * When something may be done again, on the monotonic clock: the wall clock can be set back, and nothing must wait until it
 * has caught up. Passed until it is set. Thread-safe.
 */
final class Deadline {

    private final TimeSource time;
    private boolean set;
    private long at;

    Deadline(TimeSource time) {
        this.time = time;
    }

    /** Sets it so far from now. */
    synchronized void set(Duration fromNow) {
        set = true;
        at = time.nanoTime() + fromNow.toNanos();
    }

    /** It has passed. */
    synchronized void clear() {
        set = false;
    }

    /** Time until it passes; zero when it has. */
    synchronized Duration left() {
        long nanos = set ? at - time.nanoTime() : 0;
        return nanos <= 0 ? Duration.ZERO : Duration.ofNanos(nanos);
    }

    synchronized boolean hasPassed() {
        return left().isZero();
    }
}
