package dev.runnel.legacy;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * An unbroken history of a database: snapshots, and the WAL from the first of them on. There is at least one object.
 *
 * @param name 16 hexadecimal digits
 * @param snapshots ascending by index
 * @param segments ascending by index and offset
 */
public record LegacyGeneration(String name, List<LegacySnapshot> snapshots, List<LegacySegment> segments) {

    public LegacyGeneration {
        snapshots = snapshots.stream()
                .sorted(Comparator.comparingInt(LegacySnapshot::index))
                .toList();
        segments = segments.stream()
                .sorted(Comparator.comparingInt(LegacySegment::index).thenComparingLong(LegacySegment::offset))
                .toList();
        if (snapshots.isEmpty() && segments.isEmpty()) {
            throw new IllegalArgumentException("generation " + name + " must not be empty");
        }
    }

    /** When its oldest object was written. */
    public Instant start() {
        return objects()
                .map(LegacyObject::createdAt)
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** When its newest object was written. */
    public Instant end() {
        return objects()
                .map(LegacyObject::createdAt)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** All snapshots and segments, in no order. */
    public Stream<LegacyObject> objects() {
        return Stream.concat(snapshots.stream(), segments.stream());
    }
}
