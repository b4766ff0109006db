package dev.runnel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.capture.CutFile;
import dev.runnel.capture.StateDirectory;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.report.DatabaseReport;
import dev.runnel.report.Lag;
import dev.runnel.report.State;
import dev.runnel.testing.ManualTime;
import dev.runnel.wal.Salts;
import dev.runnel.wal.WalChecksum;
import dev.runnel.wal.WalState;
import dev.runnel.wal.WalWalk;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Since when something waits, for replicas and for the capture. Times are seconds of an hour. */
class LagTest {

    private static final Instant HOUR = Instant.parse("2026-11-22T12:00:00Z");
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final PageSize PAGE = new PageSize(4096);

    private final LocalLog log = new LocalLog(new StateDirectory(Path.of("/no/such/directory")));

    private static Instant at(long second) {
        return HOUR.plusSeconds(second);
    }

    private static @Nullable TxId txId(@Nullable Long value) {
        return value == null ? null : new TxId(value);
    }

    /** Transactions 5, 6 and 7 are here, cut at 50, 60 and 70 s. */
    @BeforeEach
    void cut() {
        for (long txId = 5; txId <= 7; txId++) {
            TxRange range = new TxRange(new TxId(txId), new TxId(txId));
            LtxHeader header = LtxHeader.of(PAGE, 1, range, at(txId * 10).toEpochMilli());
            log.add(new CutFile(Path.of("unused"), header, 100, 1));
        }
    }

    /** What is captured and stored, when something was stored last; the replica was opened at 30 s. */
    @ParameterizedTest
    @CsvSource({
        // captured, stored, stored at, pending since, transactions
        ", , , , 0", // nothing captured
        "7, 7, 71, , 0", // all stored
        "7, 8, 71, , 0", // the replica is ahead: another history comes
        "7, 6, 61, 70, 1",
        "7, 5, 51, 60, 2",
        "7, 4, , 50, 3", // since the first cut that it lacks, though this process stored nothing
        "7, , , 50, 7", // an empty replica
        "9, 7, 71, 71, 2", // the files of 8 and 9 are gone: at the latest since the last upload
        "9, 7, , 30, 2" // or since the start
    })
    void aReplicaIsBehindSinceTheFirstCutItLacks(
            @Nullable Long captured,
            @Nullable Long stored,
            @Nullable Integer storedAt,
            @Nullable Integer pendingSince,
            long transactions) {
        Lag lag = new ReplicaLag(log, INTERVAL, true, at(30))
                .of(txId(captured), txId(stored), storedAt == null ? null : at(storedAt));

        assertThat(lag).isEqualTo(new Lag(pendingSince == null ? null : at(pendingSince), transactions, INTERVAL));
    }

    @Test
    void untilItIsKnownWhatAReplicaHoldsItIsBehindSinceTheStart() {
        ReplicaLag unsettled = new ReplicaLag(log, INTERVAL, false, at(30));

        assertThat(unsettled.of(new TxId(7), null, null)).isEqualTo(new Lag(at(30), 0, INTERVAL));
        assertThat(unsettled.of(null, null, null)).isEqualTo(Lag.none(INTERVAL));
    }

    @Test
    void theCaptureIsBehindSinceTheFirstLookThatFoundSomething() {
        ManualTime time = new ManualTime();
        CaptureGauges gauges = new CaptureGauges(time);
        assertThat(report(gauges).lookedAt()).isNull();
        gauges.stepped();
        gauges.looked(false);
        assertThat(report(gauges).lag().pendingSince()).isNull();
        assertThat(report(gauges).lookedAt()).isEqualTo(time.now());

        Instant first = later(time);
        gauges.looked(true);
        later(time);
        gauges.looked(true);
        assertThat(report(gauges).lag().pendingSince()).isEqualTo(first);
        gauges.nothingPending(); // a cut
        Instant next = later(time);
        gauges.looked(true);
        assertThat(report(gauges).lag().pendingSince()).isEqualTo(next);
        gauges.looked(false); // what was written is as it was before
        assertThat(report(gauges).lag().pendingSince()).isNull();
    }

    private static Instant later(ManualTime time) {
        time.setWallClock(time.now().plusSeconds(5));
        return time.now();
    }

    private static DatabaseReport report(CaptureGauges gauges) {
        ReplicaSettings replica = ReplicaSettings.defaults(
                "one",
                new dev.runnel.archive.ReplicaArchive(
                        new dev.runnel.storage.memory.MemoryObjectStore(new SystemTime()),
                        dev.runnel.archive.ReplicaLayout.files("")));
        DatabaseSettings settings =
                DatabaseSettings.of(Path.of("/data/app.db"), Path.of("/data/state"), List.of(replica));
        return gauges.report(
                settings,
                new StatusBoard.Status(State.OK, null, HOUR),
                new CaptureGauges.Captured(0, null),
                Map.of(),
                List.of());
    }

    @Test
    void bytesOfTheWalAreCountedFromTheFirstLookOn() {
        CaptureGauges gauges = new CaptureGauges(new ManualTime());
        gauges.wal(wal(1, 10));
        assertThat(report(gauges).counters()).containsEntry("wal_bytes", 0L);
        gauges.wal(wal(1, 12));
        gauges.wal(wal(1, 12));
        assertThat(report(gauges).counters()).containsEntry("wal_bytes", 2 * 4120L);
        gauges.wal(wal(2, 3)); // a reset, and three frames
        assertThat(report(gauges).counters()).containsEntry("wal_bytes", 5 * 4120L);
        assertThat(report(gauges).walBytes()).isEqualTo(32 + 3 * 4120L);
        gauges.wal(wal(3, 0));
        assertThat(report(gauges).walBytes()).isZero();
        assertThat(report(gauges).counters()).containsEntry("wal_bytes", 5 * 4120L);
    }

    private static WalState wal(int salt, int frames) {
        return new WalState(
                new WalWalk.Format(PAGE, new Salts(salt, salt), false), frames, 5, WalChecksum.ZERO, 0, 0, 0, true);
    }
}
