package dev.runnel.legacy;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which state of a database a restore gives.
 *
 * @param generation name of the generation; null for the one with the newest data
 * @param index the last WAL of that generation that counts; null for all
 * @param timestamp the moment up to which objects count, itself included; null for all
 */
public record LegacyTarget(
        @Nullable String generation,
        @Nullable Integer index,
        @Nullable Instant timestamp) {

    public LegacyTarget {
        if (index != null && (generation == null || timestamp != null)) {
            throw new IllegalArgumentException("an index needs a generation and excludes a timestamp");
        }
    }

    /** The newest state. */
    public static LegacyTarget newest() {
        return new LegacyTarget(null, null, null);
    }

    /** The state of all objects that were written at {@code instant} or before. */
    public static LegacyTarget at(Instant instant) {
        return new LegacyTarget(null, null, instant);
    }

    /** The newest state of a generation. */
    public static LegacyTarget generation(String name) {
        return new LegacyTarget(name, null, null);
    }

    /** The state at the end of a WAL of a generation. */
    public static LegacyTarget index(String generation, int index) {
        return new LegacyTarget(generation, index, null);
    }
}
