package dev.runnel.cli.output;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;

/** Times as RFC 3339 has them. */
public final class Rfc3339 {

    private Rfc3339() {}

    /** {@code instant} in UTC to the second: {@code 2026-11-22T15:32:24Z}. */
    public static String format(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /**
     * The instant that {@code text} names, with an offset or {@code Z}, with or without a fraction of a second.
     *
     * @throws IllegalArgumentException if it is not such a time
     */
    public static Instant parse(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a time such as 2000-01-01T00:00:00Z or 2000-01-01T01:00:00.250+01:00", e);
        }
    }
}
