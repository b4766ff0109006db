package dev.runnel.cli.services;

import dev.runnel.cli.ReplicaHistory;
import dev.runnel.legacy.LegacyGeneration;
import java.util.ArrayList;
import java.util.List;

/** What a replica holds from Litestream 0.3, beside or without files of 0.5. */
final class LegacyHistory {

    private LegacyHistory() {}

    /** {@code generations} before what {@code newer} has. */
    static ReplicaHistory before(List<LegacyGeneration> generations, ReplicaHistory newer) {
        List<ReplicaHistory.Generation> all = new ArrayList<>();
        List<ReplicaHistory.Snapshot> snapshots = new ArrayList<>();
        List<ReplicaHistory.Segment> segments = new ArrayList<>();
        for (LegacyGeneration generation : generations) {
            all.add(new ReplicaHistory.Generation(generation.name(), generation.start(), generation.end()));
            generation
                    .snapshots()
                    .forEach(snapshot -> snapshots.add(new ReplicaHistory.Snapshot(
                            generation.name(), snapshot.index(), snapshot.size(), snapshot.createdAt())));
            generation
                    .segments()
                    .forEach(segment -> segments.add(new ReplicaHistory.Segment(
                            generation.name(),
                            segment.index(),
                            segment.offset(),
                            segment.size(),
                            segment.createdAt())));
        }
        all.addAll(newer.generations());
        snapshots.addAll(newer.snapshots());
        segments.addAll(newer.segments());
        return new ReplicaHistory(all, snapshots, segments);
    }
}
