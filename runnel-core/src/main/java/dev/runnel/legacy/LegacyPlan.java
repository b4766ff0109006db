package dev.runnel.legacy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A snapshot and the WAL that is applied to it.
 *
 * @param snapshot where it begins
 * @param segments in the order in which they are applied, without a gap between indexes
 */
public record LegacyPlan(LegacySnapshot snapshot, List<LegacySegment> segments) {

    public LegacyPlan {
        segments = List.copyOf(segments);
    }

    /** Everything that is read, in order. */
    public List<LegacyObject> objects() {
        List<LegacyObject> all = new ArrayList<>();
        all.add(snapshot);
        all.addAll(segments);
        return all;
    }

    /** The last thing that is read. */
    public LegacyObject last() {
        return segments.isEmpty() ? snapshot : segments.get(segments.size() - 1);
    }

    /** When the newest object was written: the time of the state. */
    public Instant timestamp() {
        return objects().stream()
                .map(LegacyObject::createdAt)
                .max(Instant::compareTo)
                .orElseThrow();
    }

    /** Stored length of all objects, in bytes. */
    public long bytes() {
        return objects().stream().mapToLong(LegacyObject::size).sum();
    }
}
