package dev.runnel.compact;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses what to merge. Pure: the same manifest and time give the same choice.
 *
 * <p>The time line is cut at the multiples of each level's interval since the epoch, and one file of a level carries what
 * its source level got up to such a boundary. So a level is due when a file of its source was created before the last
 * boundary and is not in the level yet, however often the policy is asked.
 *
 * <ul>
 *   <li>A file that starts at TXID 1 holds the whole database and is never merged: snapshots stand in their own level.
 *   <li>Only files without a gap between them are merged.
 *   <li>A single file stays where it is until another one joins it, except in level 0 (whose files are deleted once level
 *       1 has them) and except a file that is too large to be merged at all: copies help no restore.
 * </ul>
 */
public final class CompactionPolicy {

    /** Levels 1 to 3 as Litestream has them. */
    public static final List<Duration> DEFAULT_INTERVALS =
            List.of(Duration.ofSeconds(30), Duration.ofMinutes(5), Duration.ofHours(1));

    /** Default of {@code maxBytes}: bounds the spool file. */
    public static final long DEFAULT_MAX_BYTES = 1L << 30;

    /** Each input costs a buffer and a descriptor while it is merged. */
    static final int MAX_INPUTS = 128;

    private final List<Duration> intervals;
    private final long maxBytes;

    /**
     * @param intervals of level 1, 2, …; at most 8, each at least 1 ms. Short ones make more files, long ones longer
     *     chains
     * @param maxBytes most bytes of inputs to one merge; a single file may be larger
     */
    public CompactionPolicy(List<Duration> intervals, long maxBytes) {
        this.intervals = List.copyOf(intervals);
        this.maxBytes = maxBytes;
        if (intervals.size() > Level.MAX_COMPACTED.number()) {
            throw new IllegalArgumentException("at most 8 levels: " + intervals);
        }
        for (Duration interval : intervals) {
            if (interval.toMillis() < 1) {
                throw new IllegalArgumentException("the interval of a level must be at least 1 ms: " + interval);
            }
        }
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes must be positive: " + maxBytes);
        }
    }

    /** The policy of Litestream's defaults. */
    public static CompactionPolicy defaults() {
        return new CompactionPolicy(DEFAULT_INTERVALS, DEFAULT_MAX_BYTES);
    }

    /** The configured levels, ascending: the order in which to ask for plans. */
    public List<Level> levels() {
        List<Level> levels = new ArrayList<>();
        for (int i = 1; i <= intervals.size(); i++) {
            levels.add(new Level(i));
        }
        return levels;
    }

    /** The latest multiple of the level's interval that is not after {@code now}. */
    public Instant boundary(Level target, Instant now) {
        return boundary(intervalOf(target), now);
    }

    /** The earliest multiple of the level's interval after {@code now}: when something may become due. */
    public Instant nextBoundary(Level target, Instant now) {
        return boundary(target, now).plus(intervalOf(target));
    }

    static Instant boundary(Duration interval, Instant now) {
        long millis = interval.toMillis();
        return Instant.ofEpochMilli(Math.floorDiv(now.toEpochMilli(), millis) * millis);
    }

    /**
     * The next merge into {@code target}, or null if none is due. After it was done, ask again: there may be more.
     *
     * @param target one of {@link #levels()}
     */
    public @Nullable CompactionPlan plan(Manifest manifest, Level target, Instant now) {
        Instant boundary = boundary(target, now);
        Level source = new Level(target.number() - 1);
        List<LtxFile> run = firstRun(manifest.files(source), manifest.newest(target));
        int due = run.size();
        while (due > 0 && !run.get(due - 1).createdAt().isBefore(boundary)) {
            due--;
        }
        int count = 0;
        long bytes = 0;
        while (count < due
                && count < MAX_INPUTS
                && (count == 0 || bytes + run.get(count).size() <= maxBytes)) {
            bytes += run.get(count).size();
            count++;
        }
        if (count == 0 || (count == 1 && target.number() > 1 && mayGrow(manifest, run, due, bytes))) {
            return null;
        }
        return new CompactionPlan(target, run.subList(0, count));
    }

    /** Whether a file may still join the first of {@code run} in a merge: not if a large one or a gap follows it. */
    private boolean mayGrow(Manifest manifest, List<LtxFile> run, int due, long bytes) {
        if (due > 1 || bytes >= maxBytes) {
            return false;
        }
        TxId end = run.get(run.size() - 1).max();
        return run.size() > 1 || end.equals(manifest.newest(run.get(0).level()));
    }

    /**
     * The files after {@code position}, up to the first gap between them: of those that overlap, which only a writer that
     * was overtaken by another leaves, the one that reaches furthest.
     */
    private static List<LtxFile> firstRun(List<LtxFile> source, @Nullable TxId position) {
        List<LtxFile> rest = source.stream()
                .filter(file ->
                        !file.isBase() && (position == null || file.max().compareTo(position) > 0))
                .sorted(Comparator.comparing(LtxFile::min))
                .toList();
        List<LtxFile> run = new ArrayList<>();
        long reach = 0;
        for (int i = 0; i < rest.size(); ) {
            long first = rest.get(i).min().value();
            if (run.isEmpty()) {
                reach = position == null ? first - 1 : Math.max(position.value(), first - 1);
            }
            LtxFile best = null;
            for (; i < rest.size() && rest.get(i).min().value() <= reach + 1; i++) {
                best = best == null || rest.get(i).max().compareTo(best.max()) > 0 ? rest.get(i) : best;
            }
            if (best == null) {
                break;
            }
            if (best.max().value() > reach) {
                run.add(best);
                reach = best.max().value();
            }
        }
        return run;
    }

    /** Interval of one of {@link #levels()}. */
    public Duration intervalOf(Level target) {
        int index = target.number() - 1;
        if (index < 0 || index >= intervals.size()) {
            throw new IllegalArgumentException(
                    "level " + target + " is not configured; levels are 1 to " + intervals.size());
        }
        return intervals.get(index);
    }
}
