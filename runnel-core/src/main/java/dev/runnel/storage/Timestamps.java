package dev.runnel.storage;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import org.jspecify.annotations.Nullable;

/** The timestamp of an object as Litestream writes it into its metadata: RFC3339Nano of Go. */
public final class Timestamps {

    private static final DateTimeFormatter RFC3339_NANO = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd'T'HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .appendLiteral('Z')
            .toFormatter();

    private Timestamps() {}

    /** Null stays null. */
    public static @Nullable String format(@Nullable Instant timestamp) {
        return timestamp == null ? null : RFC3339_NANO.format(timestamp.atOffset(ZoneOffset.UTC));
    }

    /** Null if there is none or it cannot be read: written by something else, it is as good as none. */
    public static @Nullable Instant parse(@Nullable String text) {
        try {
            return text == null ? null : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }
}
