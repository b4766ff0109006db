package dev.runnel.report;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far something is behind: a capture behind its database, or a replica behind the capture.
 *
 * @param pendingSince since when the oldest change that is not captured, or not stored, waits; null when nothing waits
 * @param transactions captured transactions that are not stored; 0 for a capture, which cannot count what it has not cut
 * @param interval how often it does its work when all is well: the least time between two cuts, or two uploads
 */
public record Lag(@Nullable Instant pendingSince, long transactions, Duration interval) {

    /** Nothing waits. */
    public static Lag none(Duration interval) {
        return new Lag(null, 0, interval);
    }

    /** How long the oldest change has been waiting; zero when none does. */
    public Duration at(Instant now) {
        return pendingSince == null || now.isBefore(pendingSince) ? Duration.ZERO : Duration.between(pendingSince, now);
    }
}
