package dev.runnel.testing;

import dev.runnel.model.TimeSource;
import java.time.Instant;

/** Time that passes when a test says so, and by a step at each question if the test wants that. */
public final class ManualTime implements TimeSource {

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private long nanos;
    private long step;
    private Runnable whenAsked = () -> {};
    private Runnable whenTold = () -> {};

    /** Lets time pass. */
    public void advance(long more) {
        nanos += more;
        now = now.plusNanos(more);
    }

    /** Sets the wall clock, which may jump; the monotonic clock stands still. */
    public void setWallClock(Instant instant) {
        now = instant;
    }

    /** From now on, every question for the monotonic time lets it pass by so much. */
    public void stepBy(long nanosPerQuestion) {
        step = nanosPerQuestion;
    }

    /** From now on, every question for the monotonic time lets something happen before it is answered. */
    public void whenAsked(Runnable happening) {
        whenAsked = happening;
    }

    /** Behind the next answer to what the wall clock says, lets something happen. */
    public void whenTold(Runnable happening) {
        whenTold = happening;
    }

    @Override
    public Instant now() {
        Instant answer = now;
        Runnable happening = whenTold;
        whenTold = () -> {};
        happening.run();
        return answer;
    }

    @Override
    public long nanoTime() {
        whenAsked.run();
        nanos += step;
        return nanos;
    }
}
