package dev.runnel.capture;

import dev.runnel.model.TxId;
import org.jspecify.annotations.Nullable;

/**
 * What the replicas hold, and so what the next cut builds on.
 *
 * @param txId newest transaction; null before the first
 * @param map page checksums of the database as of {@code txId}; null before the first, and where they could not be read. Owned by the capture from now on
 * @param position up to where the WAL is contained in {@code txId}; null when that is not known
 * @param timestampMillis time of {@code txId} in milliseconds since the epoch; 0 before the first
 * @param floorMillis time of the newest transaction that an earlier process has left: the clock is past it, or is wrong
 */
public record History(
        @Nullable TxId txId,
        @Nullable PageMap map,
        @Nullable Position position,
        long timestampMillis,
        long floorMillis) {

    /** A history that another process has left. */
    public History(@Nullable TxId txId, @Nullable PageMap map, @Nullable Position position, long timestampMillis) {
        this(txId, map, position, timestampMillis, timestampMillis);
    }

    /** This history where nothing is known of the WAL: a page diff finds what differs. */
    public History withoutPosition() {
        return new History(txId, map, null, timestampMillis, floorMillis);
    }

    /** No history: the first cut takes the whole database. */
    public static History none() {
        return new History(null, null, null, 0);
    }
}
