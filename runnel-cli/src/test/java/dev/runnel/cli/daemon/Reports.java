package dev.runnel.cli.daemon;

import dev.runnel.report.DatabaseReport;
import dev.runnel.report.Lag;
import dev.runnel.report.LeaseStanding;
import dev.runnel.report.ReplicaReport;
import dev.runnel.report.State;
import dev.runnel.report.Verification;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reports of databases that do not exist. */
final class Reports {

    static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private static final Duration SECOND = Duration.ofSeconds(1);

    private Reports() {}

    /** In sync as of a look so many seconds after now, with every counter there is. */
    static DatabaseReport database(State state, int lookedAfter) {
        return database(state, NOW.plusSeconds(lookedAfter), NOW.minusSeconds(5000), Lag.none(SECOND));
    }

    /** Nothing was ever stored, and something waits. */
    static DatabaseReport neverStored(State state) {
        return database(state, NOW, null, new Lag(NOW.minusSeconds(90), 3, SECOND));
    }

    private static DatabaseReport database(State state, Instant lookedAt, @Nullable Instant storedAt, Lag lag) {
        boolean failed = storedAt == null;
        ReplicaReport replica = new ReplicaReport(
                "offsite",
                "s3://b/app",
                state,
                null,
                NOW.minusSeconds(100),
                7,
                storedAt,
                8,
                900,
                lag,
                new Verification(
                        Duration.ofMinutes(20),
                        Duration.ofHours(1),
                        NOW.minusSeconds(9000),
                        new Verification.Good(6, NOW.minusSeconds(failed ? 3601 : 100), true),
                        failed ? new Verification.Failure(NOW.minusSeconds(60), "a page is damaged") : null,
                        5,
                        failed ? 2 : 0),
                new LeaseStanding(LeaseStanding.Whose.HELD, "held, epoch 7"));
        return new DatabaseReport(
                "/data/\"app\".db",
                state,
                state == State.OK ? null : "the reason",
                NOW.minusSeconds(100),
                10,
                NOW.minusSeconds(4),
                8192,
                4152,
                Map.ofEntries(
                        Map.entry("cuts", 5L),
                        Map.entry("cut_pages", 50L),
                        Map.entry("cut_bytes", 5000L),
                        Map.entry("cut_nanos", 2_500_000_000L),
                        Map.entry("checkpoints", 6L),
                        Map.entry("checkpoint_failures", 1L),
                        Map.entry("checkpoint_nanos", 1_500_000_000L),
                        Map.entry("resets_followed", 2L),
                        Map.entry("swaps", 3L),
                        Map.entry("failures", 1L),
                        Map.entry("wal_bytes", 77L),
                        Map.entry("reconciles_no_position", 1L),
                        Map.entry("reconciles_counter", 4L)),
                List.of(replica),
                Lag.none(SECOND),
                lookedAt,
                SECOND);
    }
}
