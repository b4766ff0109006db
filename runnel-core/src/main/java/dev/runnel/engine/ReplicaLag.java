package dev.runnel.engine;

import dev.runnel.model.TxId;
import dev.runnel.report.Lag;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far a replica is behind what is captured. Where it is not known since when, it errs towards earlier.
 *
 * @param log what is captured and still here
 * @param interval shortest time between two uploads
 * @param settled whether it is known how much of this history the replica holds
 * @param openedAt when the replica was opened
 */
record ReplicaLag(LocalLog log, Duration interval, boolean settled, Instant openedAt) {

    /**
     * @param captured newest transaction captured; null for none
     * @param stored newest transaction the replica holds; null for none of this history
     * @param storedAt when it was stored; null if not by this process
     */
    Lag of(@Nullable TxId captured, @Nullable TxId stored, @Nullable Instant storedAt) {
        if (captured == null || (stored != null && stored.compareTo(captured) >= 0)) {
            return Lag.none(interval);
        }
        if (!settled) {
            return new Lag(openedAt, 0, interval); // perhaps all is there, perhaps nothing
        }
        Instant cut = log.oldestAfter(stored);
        Instant bound = storedAt == null ? openedAt : storedAt;
        return new Lag(cut == null ? bound : cut, captured.value() - (stored == null ? 0 : stored.value()), interval);
    }
}
