package dev.runnel.engine;

import dev.runnel.model.TimeSource;
import java.time.Instant;

/** The clocks of the machine. */
public final class SystemTime implements TimeSource {

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }
}
