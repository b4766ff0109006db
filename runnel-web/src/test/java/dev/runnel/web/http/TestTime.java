package dev.runnel.web.http;

import dev.runnel.model.TimeSource;
import java.time.Instant;

/** A clock that stands still, at the time of its making, until it is set. */
public final class TestTime implements TimeSource {

    private volatile Instant now = Instant.now();

    /** What it shows from here on. */
    public void set(Instant instant) {
        now = instant;
    }

    @Override
    public Instant now() {
        return now;
    }

    @Override
    public long nanoTime() {
        return 0;
    }
}
