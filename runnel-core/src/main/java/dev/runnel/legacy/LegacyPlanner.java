package dev.runnel.legacy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Chooses what to restore from. Pure.
 *
 * <p>The generation, unless one is asked for, is the one that has the newest object among those that count and a snapshot
 * to begin with. In it, the snapshot with the highest index is taken, and the WAL from there on up to the first object
 * that does not count: so a state is never newer than asked for, and nothing in the middle is left out.
 */
public final class LegacyPlanner {

    private LegacyPlanner() {}

    /**
     * Plans a restore.
     *
     * @param replica what messages call the replica
     * @throws LegacyNotAvailableException if there is no such state
     * @throws LegacyGapException if a WAL is missing before it
     */
    public static LegacyPlan plan(String replica, List<LegacyGeneration> generations, LegacyTarget target)
            throws LegacyNotAvailableException, LegacyGapException {
        if (generations.isEmpty()) {
            throw new LegacyNotAvailableException(replica, "there are no generations");
        }
        LegacyGeneration generation = choose(replica, generations, target);
        Integer index = target.index();
        LegacySnapshot snapshot = generation.snapshots().stream()
                .filter(candidate -> counts(candidate, target) && (index == null || candidate.index() <= index))
                .max(Comparator.comparingInt(LegacySnapshot::index))
                .orElseThrow(() -> new LegacyNotAvailableException(
                        replica,
                        "generation " + generation.name() + " has no snapshot "
                                + (index == null ? "so early" : "with an index up to " + hex(index))));
        List<LegacySegment> segments = new ArrayList<>();
        for (LegacySegment segment : generation.segments()) {
            if (segment.index() < snapshot.index()) {
                continue;
            }
            if (!counts(segment, target) || (index != null && segment.index() > index)) {
                break;
            }
            segments.add(segment);
        }
        requireComplete(replica, snapshot, segments, index);
        return new LegacyPlan(snapshot, segments);
    }

    /**
     * Another way to the state of a plan, which begins with the snapshot before.
     *
     * @return null if none is left, or WAL is missing behind it
     */
    static @Nullable LegacyPlan fromEarlier(String replica, List<LegacyGeneration> generations, LegacyPlan plan) {
        int index = plan.snapshot().index();
        LegacyGeneration generation = generations.stream()
                .filter(candidate -> candidate.name().equals(plan.snapshot().generation()))
                .findFirst()
                .orElse(null);
        LegacySnapshot earlier = generation == null
                ? null
                : generation.snapshots().stream()
                        .filter(candidate -> candidate.index() < index)
                        .max(Comparator.comparingInt(LegacySnapshot::index))
                        .orElse(null);
        if (generation == null || earlier == null || plan.segments().isEmpty()) {
            return null;
        }
        List<LegacySegment> segments = new ArrayList<>(generation.segments().stream()
                .filter(segment -> segment.index() >= earlier.index() && segment.index() < index)
                .toList());
        segments.addAll(plan.segments());
        try {
            requireComplete(replica, earlier, segments, null);
            return new LegacyPlan(earlier, segments);
        } catch (LegacyGapException | LegacyNotAvailableException e) {
            return null;
        }
    }

    private static boolean counts(LegacyObject object, LegacyTarget target) {
        return target.timestamp() == null || !object.createdAt().isAfter(target.timestamp());
    }

    private static LegacyGeneration choose(String replica, List<LegacyGeneration> generations, LegacyTarget target)
            throws LegacyNotAvailableException {
        String name = target.generation();
        if (name != null) {
            return generations.stream()
                    .filter(generation -> generation.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new LegacyNotAvailableException(
                            replica,
                            "no generation " + name + "; there are "
                                    + generations.stream()
                                            .map(LegacyGeneration::name)
                                            .collect(Collectors.joining(", "))));
        }
        Optional<LegacyGeneration> best = generations.stream()
                .filter(generation -> generation.snapshots().stream().anyMatch(snapshot -> counts(snapshot, target)))
                .max(Comparator.comparing(generation -> Objects.requireNonNull(newest(generation, target))));
        return best.orElseThrow(() -> new LegacyNotAvailableException(replica, tooEarly(generations)));
    }

    private static @Nullable Instant newest(LegacyGeneration generation, LegacyTarget target) {
        return generation
                .objects()
                .filter(object -> counts(object, target))
                .map(LegacyObject::createdAt)
                .max(Comparator.naturalOrder())
                .orElse(null);
    }

    private static String tooEarly(List<LegacyGeneration> generations) {
        return generations.stream()
                .flatMap(generation -> generation.snapshots().stream())
                .map(LegacySnapshot::createdAt)
                .min(Comparator.naturalOrder())
                .map(first -> "the earliest snapshot is of " + first)
                .orElse("there is no snapshot, and WAL without one is of no use");
    }

    private static void requireComplete(
            String replica, LegacySnapshot snapshot, List<LegacySegment> segments, @Nullable Integer last)
            throws LegacyGapException, LegacyNotAvailableException {
        String generation = snapshot.generation();
        int expected = snapshot.index() - 1; // the index before the one that is next
        long reached = -1;
        for (LegacySegment segment : segments) {
            if (segment.index() == expected && reached >= 0) {
                reached = segment.offset();
                continue;
            }
            if (segment.index() != expected + 1) {
                throw new LegacyGapException(
                        replica,
                        "WAL index " + hex(expected + 1) + " of generation " + generation,
                        remedy(snapshot, expected));
            }
            if (segment.offset() != 0) {
                throw new LegacyGapException(
                        replica,
                        "WAL segment " + hex(segment.index()) + ":0 of generation " + generation,
                        remedy(snapshot, expected));
            }
            expected = segment.index();
            reached = 0;
        }
        if (last != null && last != Math.max(expected, snapshot.index())) {
            throw new LegacyNotAvailableException(
                    replica,
                    "generation " + generation + " has no WAL index " + hex(last) + "; the highest before it is "
                            + hex(Math.max(expected, snapshot.index())));
        }
    }

    static String remedy(LegacySnapshot snapshot, int lastComplete) {
        return lastComplete < snapshot.index()
                ? "restore the moment of its snapshot with -timestamp " + snapshot.createdAt()
                : "restore what comes before it with -generation " + snapshot.generation() + " -index "
                        + hex(lastComplete);
    }

    static String hex(int index) {
        return String.format("%08x", index);
    }
}
