package dev.runnel.cli;

import java.time.Instant;
import java.util.List;

/**
 * What a replica holds, in the words of Litestream 0.3: generations, each of snapshots and of WAL segments.
 *
 * @param generations oldest first
 * @param snapshots in ascending order of their index, generation by generation
 * @param segments in ascending order of index and offset, generation by generation
 */
public record ReplicaHistory(List<Generation> generations, List<Snapshot> snapshots, List<Segment> segments) {

    public ReplicaHistory {
        generations = List.copyOf(generations);
        snapshots = List.copyOf(snapshots);
        segments = List.copyOf(segments);
    }

    /**
     * An unbroken history.
     *
     * @param id 16 hexadecimal digits
     * @param start when its oldest file was written
     * @param end when its newest file was written
     */
    public record Generation(String id, Instant start, Instant end) {}

    /**
     * A whole copy.
     *
     * @param generation id of the generation
     * @param index what it is a copy of: the index of the WAL it precedes, or the TXID
     * @param size in bytes
     */
    public record Snapshot(String generation, long index, long size, Instant created) {}

    /**
     * Changes.
     *
     * @param generation id of the generation
     * @param index index of the WAL, or the last TXID
     * @param offset position in the WAL; 0 for a file of changes
     * @param size in bytes
     */
    public record Segment(String generation, long index, long offset, long size, Instant created) {}
}
