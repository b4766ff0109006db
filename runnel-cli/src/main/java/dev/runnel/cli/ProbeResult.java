package dev.runnel.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What came of touching a replica: an object was put, read, listed and deleted.
 *
 * @param error why that failed; null if it went well
 * @param duration how long all of it took
 * @param conditions whether the store refuses to overwrite, so that two writers are found out
 * @param skew how far the clock of the store is ahead of ours; null where it has none of its own
 */
public record ProbeResult(
        @Nullable String error,
        Duration duration,
        boolean conditions,
        @Nullable Duration skew) {}
