package dev.runnel.testkit.world;

import dev.runnel.model.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until it is set forward, or creeps a little each time it is read. Thread-safe. */
public final class SimulatedTime implements TimeSource {

    private final Instant origin;
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicLong skew = new AtomicLong();
    private volatile long creep;
    private volatile Runnable whenRead = () -> {};
    private volatile Runnable whenTimed = () -> {};

    /** @param origin wall-clock time at the start */
    public SimulatedTime(Instant origin) {
        this.origin = origin;
    }

    @Override
    public Instant now() {
        whenRead.run();
        return peek();
    }

    /** Wall-clock time for the world itself: nobody notices that it was read. */
    Instant peek() {
        return origin.plusNanos(nanos.get() + skew.get());
    }

    @Override
    public long nanoTime() {
        whenRead.run();
        whenTimed.run();
        return nanos.addAndGet(creep);
    }

    /** Nanoseconds since the start; reading them does not make the clock creep. */
    public long elapsed() {
        return nanos.get();
    }

    /** How far the clock goes on each time {@link #nanoTime} is read, so that work seems to take time. */
    public void creep(Duration perReading) {
        creep = perReading.toNanos();
    }

    /** Sets the clock forward; without effect if it has got there by itself. */
    public void advanceTo(long elapsed) {
        nanos.accumulateAndGet(elapsed, Math::max);
    }

    /** Runs something each time the clock is read, on the thread that reads it. */
    public void onReading(Runnable action) {
        whenRead = action;
    }

    /** Runs something each time somebody takes the time of work, on the thread that does. */
    public void onTiming(Runnable action) {
        whenTimed = action;
    }

    /** Lets the wall clock alone jump, in either direction. */
    public void jump(Duration by) {
        skew.addAndGet(by.toNanos());
    }
}
