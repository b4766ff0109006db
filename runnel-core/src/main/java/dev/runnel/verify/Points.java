package dev.runnel.verify;

import dev.runnel.archive.LtxFile;
import dev.runnel.model.TxId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive points in time that a replica can, or could, be restored to.
 *
 * @param first the first transaction
 * @param last the last one
 * @param count how many points there are from the first to the last
 * @param from when the first was captured; null if nothing tells
 * @param to when the last was captured; null if nothing tells
 */
public record Points(
        TxId first,
        TxId last,
        int count,
        @Nullable Moment from,
        @Nullable Moment to) {

    /**
     * When a transaction was captured.
     *
     * @param at the time
     * @param exact whether a file tells; else it is concluded from what stands around it
     */
    public record Moment(Instant at, boolean exact) {}

    /** Groups {@code points} into runs that no other point of {@code all} interrupts. */
    static List<Points> group(Collection<TxId> points, NavigableSet<TxId> all, Times times) {
        List<Points> groups = new ArrayList<>();
        TxId first = null;
        TxId last = null;
        int count = 0;
        for (TxId point : points) {
            if (first == null || last == null || !point.equals(all.higher(last))) {
                if (first != null && last != null) {
                    groups.add(new Points(first, last, count, times.of(first), times.of(last)));
                }
                first = point;
                count = 0;
            }
            last = point;
            count++;
        }
        if (first != null && last != null) {
            groups.add(new Points(first, last, count, times.of(first), times.of(last)));
        }
        return groups;
    }

    /**
     * When transactions were captured. What whole files say is certain, and they say it of every transaction at which one
     * ends. The header of a damaged one is believed if it is in order with these; what a store says of an object is a hint,
     * since it may be the time of the damage.
     */
    static final class Times {

        private final TreeMap<TxId, Instant> known = new TreeMap<>();
        private final TreeMap<TxId, Instant> hints = new TreeMap<>();

        /** @param files files of which those count whose time is exact */
        Times(Collection<LtxFile> files) {
            for (LtxFile file : files) {
                if (file.exactTime()) {
                    known.put(file.max(), file.createdAt());
                }
            }
        }

        /** The header of a file says so that is damaged somewhere. */
        void header(TxId txId, Instant timestamp) {
            if (isInOrder(txId, timestamp)) {
                known.putIfAbsent(txId, timestamp);
            }
        }

        /** Something beside the file says so; the first that can be is taken. */
        void hint(TxId txId, Instant timestamp) {
            if (isInOrder(txId, timestamp)) {
                hints.putIfAbsent(txId, timestamp);
            }
        }

        private boolean isInOrder(TxId txId, Instant timestamp) {
            Map.Entry<TxId, Instant> before = known.lowerEntry(txId);
            Map.Entry<TxId, Instant> after = known.higherEntry(txId);
            return (before == null || !timestamp.isBefore(before.getValue()))
                    && (after == null || !timestamp.isAfter(after.getValue()));
        }

        @Nullable
        Moment of(TxId txId) {
            Instant exact = known.get(txId);
            if (exact != null) {
                return new Moment(exact, true);
            }
            Instant hint = hints.get(txId);
            Map.Entry<TxId, Instant> before = known.lowerEntry(txId);
            Map.Entry<TxId, Instant> near = before != null ? before : known.higherEntry(txId);
            Instant about = hint != null ? hint : near == null ? null : near.getValue();
            return about == null ? null : new Moment(about, false);
        }
    }
}
