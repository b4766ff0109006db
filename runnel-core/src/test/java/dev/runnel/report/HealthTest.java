package dev.runnel.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The verdict, case by case. Times are seconds before now. */
class HealthTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private static final LeaseStanding NO_LEASE = new LeaseStanding(LeaseStanding.Whose.NONE, "off");

    private static @Nullable Instant ago(@Nullable Integer seconds) {
        return seconds == null ? null : NOW.minusSeconds(seconds);
    }

    private static ReplicaReport replica(State state, @Nullable String reason, Lag lag) {
        return new ReplicaReport(
                "s3", "s3://b", state, reason, NOW.minusSeconds(90), 3, ago(5), 4, 5, lag, null, NO_LEASE);
    }

    private static Lag lag(@Nullable Integer pendingFor, int interval) {
        return new Lag(ago(pendingFor), pendingFor == null ? 0 : 7, Duration.ofSeconds(interval));
    }

    private static DatabaseReport database(
            State state, @Nullable String reason, Lag lag, @Nullable Integer looked, ReplicaReport... replicas) {
        return new DatabaseReport(
                "/data/app.db",
                state,
                reason,
                NOW.minusSeconds(90),
                10,
                ago(5),
                1,
                2,
                Map.of(),
                List.of(replicas),
                lag,
                ago(looked),
                Duration.ofSeconds(1));
    }

    private static Health health(DatabaseReport report) {
        return Health.of(List.of(report), Health.Limits.DEFAULT, NOW);
    }

    private static final ReplicaReport GOOD = replica(State.OK, null, lag(null, 1));

    @Test
    void allIsWell() {
        Health health = health(database(State.OK, null, lag(null, 1), 0, GOOD));

        assertThat(health.healthy()).isTrue();
        assertThat(health.complaints()).isEmpty();
        assertThat(health.databases().get(0).replicas().get(0).verdict().lag()).isZero();
    }

    @Test
    void noDatabaseIsNoHealth() {
        Health health = Health.of(List.of(), Health.Limits.DEFAULT, NOW);

        assertThat(health.healthy()).isFalse();
        assertThat(health.complaints()).containsExactly("no database is replicated");
    }

    /** A minute, or three intervals if they are longer. */
    @ParameterizedTest
    @CsvSource({
        ", 1, true",
        "60, 1, true",
        "61, 1, false",
        "61, 30, true",
        "90, 30, true",
        "91, 30, false",
        "10800, 3600, true",
        "10801, 3600, false"
    })
    void aReplicaMayBeBehindByThreeIntervals(@Nullable Integer pendingFor, int interval, boolean healthy) {
        ReplicaReport replica = replica(State.BEHIND, "uploading", lag(pendingFor, interval));
        Health health = health(database(State.OK, null, lag(null, interval), 0, replica));

        assertThat(health.healthy()).isEqualTo(healthy);
        if (!healthy) {
            assertThat(health.complaints().get(0))
                    .startsWith("/data/app.db -> s3: behind since 2026-11-22T11:58:30Z: behind by " + pendingFor + " s")
                    .contains("7 transactions");
        }
    }

    @ParameterizedTest
    @CsvSource({", true", "60, true", "61, false"})
    void whatIsNotCapturedIsBehindToo(@Nullable Integer pendingFor, boolean healthy) {
        Health health = health(database(State.OK, null, lag(pendingFor, 1), 0, GOOD));

        assertThat(health.healthy()).isEqualTo(healthy);
        assertThat(health.databases().get(0).replicas().get(0).verdict().lag())
                .as("the lag of a replica counts from the change")
                .isEqualTo(Duration.ofSeconds(pendingFor == null ? 0 : pendingFor));
    }

    @ParameterizedTest
    @CsvSource({"0, true", "3600, true", "3601, false", ", false"})
    void anOldVerificationIsToldWhateverElseIsWell(@Nullable Integer verifiedBefore, boolean healthy) {
        Verification.@Nullable Good good =
                verifiedBefore == null ? null : new Verification.Good(3, NOW.minusSeconds(verifiedBefore), true);
        Verification verification = new Verification(
                Duration.ofSeconds(1200), Duration.ofSeconds(3600), NOW.minusSeconds(5000), good, null, 1, 0);
        Health health = health(database(State.OK, null, lag(null, 1), 0, GOOD.withVerification(verification)));

        assertThat(health.healthy()).isEqualTo(healthy);
        if (!healthy) {
            assertThat(health.complaints().get(0)).contains("not verified for").contains("limit 3600 s");
        }
    }

    /** Litestream records no checksums: that is to be known, and no failure. */
    @ParameterizedTest
    @CsvSource({"true, false", "false, true"})
    void aStateWithoutProofIsANote(boolean proved, boolean noted) {
        Verification verification = new Verification(
                Duration.ofSeconds(1200),
                Duration.ofSeconds(3600),
                NOW.minusSeconds(5000),
                new Verification.Good(3, NOW.minusSeconds(10), proved),
                null,
                1,
                0);
        Health health = health(database(State.OK, null, lag(null, 1), 0, GOOD.withVerification(verification)));

        assertThat(health.healthy()).isTrue();
        String note = health.databases().get(0).replicas().get(0).verdict().note();
        assertThat(note != null && note.startsWith("unproved: ")).isEqualTo(noted);
        assertThat(health.databases().get(0).replicas().get(0).verification()).isEqualTo(verification);
    }

    @Test
    void aStateWithoutProofHidesNoOtherReason() {
        Verification verification = new Verification(
                Duration.ofSeconds(1200),
                Duration.ofSeconds(3600),
                NOW.minusSeconds(9000),
                new Verification.Good(3, NOW.minusSeconds(4000), false),
                null,
                1,
                0);
        Health overdue = health(database(State.OK, null, lag(null, 1), 0, GOOD.withVerification(verification)));
        Health failing = health(database(
                State.OK,
                null,
                lag(null, 1),
                0,
                replica(State.FAILING, "disk full", lag(null, 1)).withVerification(verification)));

        assertThat(overdue.complaints()).singleElement().asString().contains("not verified for 4000 s");
        assertThat(failing.complaints()).singleElement().asString().contains("disk full");
    }

    @Test
    void theLimitCanBeGiven() {
        DatabaseReport report = database(State.OK, null, lag(null, 1), 3, replica(State.BEHIND, "", lag(11, 1)));

        assertThat(Health.of(List.of(report), new Health.Limits(Duration.ofSeconds(10)), NOW)
                        .healthy())
                .isFalse();
        assertThat(Health.of(List.of(report), new Health.Limits(Duration.ofSeconds(11)), NOW)
                        .healthy())
                .isTrue();
        assertThat(Health.of(
                                List.of(database(State.OK, null, lag(null, 1), 3, GOOD)),
                                new Health.Limits(Duration.ZERO),
                                NOW)
                        .healthy())
                .as("how long ago the last look was is another matter")
                .isTrue();
    }

    /** A task that hangs cannot say that it does. */
    @ParameterizedTest
    @CsvSource({"0, true", "60, true", "61, false", ", false"})
    void whoDoesNotLookDoesNotKnow(@Nullable Integer looked, boolean healthy) {
        Health health = health(database(State.OK, null, lag(null, 1), looked, GOOD));

        assertThat(health.healthy()).isEqualTo(healthy);
        if (!healthy) {
            assertThat(health.complaints().get(0)).contains("not looked at");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = State.class,
            names = {"STARTING", "LOCKED", "FAILING", "STOPPED"})
    void whatCannotBeToldIsBad(State state) {
        Health capture = health(database(state, "the reason", lag(null, 1), 0, GOOD));
        Health replica = health(database(State.OK, null, lag(null, 1), 0, replica(state, "the reason", lag(null, 1))));

        assertThat(capture.healthy()).isFalse();
        assertThat(capture.complaints()).singleElement().asString().contains(state.label(), "the reason");
        assertThat(replica.healthy()).isFalse();
        assertThat(replica.complaints()).singleElement().asString().contains("-> s3", state.label(), "the reason");
    }

    @ParameterizedTest
    @EnumSource(
            value = State.class,
            names = {"STARTING", "OK"})
    void anAbsentDatabaseIsWaitedForWithANote(State ofReplica) {
        Health health = health(database(
                State.WAITING, "/data/app.db does not exist", lag(null, 1), 0, replica(ofReplica, null, lag(null, 1))));

        assertThat(health.healthy()).isTrue();
        assertThat(health.databases().get(0).capture().note()).isEqualTo("/data/app.db does not exist");
    }

    @Test
    void behindAnAbsentDatabaseAReplicaCanFail() {
        ReplicaReport failing = replica(State.FAILING, "no such bucket", lag(null, 1));

        assertThat(health(database(State.WAITING, "absent", lag(null, 1), 0, failing))
                        .healthy())
                .isFalse();
    }

    @Test
    void oneReplicaOfSeveralIsEnoughToBeUnhealthy() {
        Health health = health(database(
                State.OK, null, lag(null, 1), 0, GOOD, replica(State.FAILING, "disk full", lag(null, 1)), GOOD));

        assertThat(health.healthy()).isFalse();
        assertThat(health.complaints()).hasSize(1);
    }

    @Test
    void whatWasStoppedIsToldOnce() {
        DatabaseReport stopped =
                database(State.OK, null, lag(30, 1), 500, GOOD, GOOD).stopped("stopped on request", NOW);

        assertThat(health(stopped).complaints())
                .containsExactly("/data/app.db: stopped since 2026-11-22T12:00:00Z: stopped on request");
        assertThat(health(stopped).databases().get(0).capture().lag()).isZero();
    }

    @Test
    void inSyncIsAsOfTheLastLook() {
        assertThat(database(State.OK, null, lag(null, 1), 2, GOOD).syncedAt()).isEqualTo(ago(2));
        assertThat(database(State.OK, null, lag(1, 1), 2, GOOD).syncedAt()).isEqualTo(ago(5));
        assertThat(database(State.OK, null, lag(null, 1), 2, GOOD, replica(State.BEHIND, "", lag(9, 1)))
                        .syncedAt())
                .isEqualTo(ago(5));
        assertThat(database(State.OK, null, lag(null, 1), 2, GOOD).storedTxId()).isEqualTo(3);
    }

    @Test
    void aClockThatWentBackGivesNoNegativeLag() {
        assertThat(new Lag(NOW.plusSeconds(3), 1, Duration.ofSeconds(1)).at(NOW))
                .isZero();
    }
}
