package dev.runnel.testkit.storage;

import dev.runnel.model.TimeSource;
import java.time.Instant;

/** A clock that stands still. */
final class FixedTime implements TimeSource {

    @Override
    public Instant now() {
        return Instant.parse("2026-11-22T12:00:00Z");
    }

    @Override
    public long nanoTime() {
        return 0;
    }
}
