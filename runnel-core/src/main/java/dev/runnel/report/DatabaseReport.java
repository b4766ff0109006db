package dev.runnel.report;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One database at one instant.
 *
 * @param path the database file
 * @param state how capture is doing
 * @param reason why it is not ok; null when it is
 * @param since since when it is in this state
 * @param txId newest transaction captured, 0 for none
 * @param capturedAt when the newest transaction was captured; null for never
 * @param databaseBytes length of the database file in bytes
 * @param walBytes length of the WAL in bytes
 * @param counters what was counted since the start, by name
 * @param replicas its replicas
 * @param lag how far the capture is behind the database
 * @param lookedAt when it was looked at last, or was tried to be; null for never
 * @param lookInterval how often an idle one is looked at
 */
public record DatabaseReport(
        String path,
        State state,
        @Nullable String reason,
        Instant since,
        long txId,
        @Nullable Instant capturedAt,
        long databaseBytes,
        long walBytes,
        Map<String, Long> counters,
        List<ReplicaReport> replicas,
        Lag lag,
        @Nullable Instant lookedAt,
        Duration lookInterval) {

    public DatabaseReport {
        counters = Map.copyOf(counters);
        replicas = List.copyOf(replicas);
    }

    /** The same database after it was let go: nothing of it is under way, and nothing follows. */
    public DatabaseReport stopped(String why, Instant when) {
        List<ReplicaReport> ended =
                replicas.stream().map(replica -> replica.stopped(why, when)).toList();
        return new DatabaseReport(
                path,
                State.STOPPED,
                why,
                when,
                txId,
                capturedAt,
                databaseBytes,
                walBytes,
                counters,
                ended,
                Lag.none(lag.interval()),
                lookedAt,
                lookInterval);
    }

    /** Newest transaction that every replica holds, 0 for none. */
    public long storedTxId() {
        return replicas.stream().mapToLong(ReplicaReport::txId).min().orElse(0);
    }

    /**
     * When it was last known that every replica held everything: now, as far as the last look tells, or when the slowest
     * replica stored something last. Null for never.
     */
    public @Nullable Instant syncedAt() {
        if (isSynced()) {
            return lookedAt;
        }
        Instant oldest = null;
        for (ReplicaReport replica : replicas) {
            Instant stored = replica.uploadedAt();
            if (stored == null) {
                return null;
            }
            oldest = oldest == null || stored.isBefore(oldest) ? stored : oldest;
        }
        return oldest;
    }

    private boolean isSynced() {
        return isAtWork(state)
                && lag.pendingSince() == null
                && replicas.stream()
                        .allMatch(replica ->
                                isAtWork(replica.state()) && replica.lag().pendingSince() == null);
    }

    private static boolean isAtWork(State state) {
        return state == State.OK || state == State.BEHIND; // a snapshot is work, and leaves nothing waiting
    }
}
