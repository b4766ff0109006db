package dev.runnel.testkit.world;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.engine.DatabaseEngine;
import dev.runnel.engine.DatabaseSettings;
import dev.runnel.engine.EngineContext;
import dev.runnel.engine.JournalSwitch;
import dev.runnel.engine.ReplicaSettings;
import dev.runnel.engine.VerificationSettings;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.report.ReplicaReport;
import dev.runnel.report.State;
import dev.runnel.report.Verification;
import dev.runnel.source.DescriptorRegistry;
import dev.runnel.source.KernelLocks;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.memory.MemoryObjectStore;
import dev.runnel.testkit.storage.FaultPlan;
import dev.runnel.testkit.storage.FaultyObjectStore;
import dev.runnel.verify.Outcome;
import dev.runnel.verify.Receipt;
import dev.runnel.verify.ReceiptStore;
import dev.runnel.verify.VerifiedFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An engine that verifies its replica every hour: what it finds, says, and does about it. */
class VerificationTest {

    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    Path directory;

    private final SimulatedTime time = new SimulatedTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final SimulatedScheduler scheduler = new SimulatedScheduler(time, 1);
    private final SimulatedFileEvents events = new SimulatedFileEvents();
    private final MemoryObjectStore truth = new MemoryObjectStore(time);
    private final FaultyObjectStore store = new FaultyObjectStore(truth, 1, FaultPlan.none());
    private final ReplicaLayout layout = ReplicaLayout.files("db");
    private DatabaseEngine engine;

    @BeforeEach
    void begin() throws Exception {
        sql("pragma journal_mode=wal; create table t(a, b); insert into t select 1, randomblob(60000)");
        start();
        scheduler.advance(Duration.ofSeconds(10));
    }

    @AfterEach
    void end() {
        var unused = engine.abandon();
    }

    private void start() {
        ReplicaSettings replica = ReplicaSettings.defaults("r", new ReplicaArchive(store, layout))
                .withVerification(VerificationSettings.every(HOUR));
        engine = new DatabaseEngine(
                DatabaseSettings.of(database(), directory.resolve("state"), List.of(replica)),
                new EngineContext(
                        time,
                        scheduler,
                        events,
                        new Random(1),
                        new DescriptorRegistry(),
                        KernelLocks.ofThisProcess(),
                        JournalSwitch.NONE));
        engine.start();
    }

    private Path database() {
        return directory.resolve("app.db");
    }

    /** In a process of its own, as applications are. */
    private void sql(String sql) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sqlite3", database().toString(), sql)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    private ReplicaReport report() {
        return engine.report().replicas().get(0);
    }

    private Verification verification() {
        return Objects.requireNonNull(report().verification());
    }

    private long goodTxId() {
        Verification.Good good = verification().good();
        return good == null ? 0 : good.txId();
    }

    private ReplicaArchive archive() throws IOException {
        ReplicaArchive archive = new ReplicaArchive(truth, layout);
        archive.load();
        return archive;
    }

    private Receipt receipt() throws IOException {
        return Objects.requireNonNull(new ReceiptStore(archive()).newest());
    }

    /** What happens to a file. */
    enum Damage {
        FLIPPED,
        TRUNCATED
    }

    private void truncate(LtxFile file) throws IOException {
        byte[] whole = truth.readTail(layout.key(file), 1 << 20).bytes();
        ObjectBody rest = ObjectBody.of(Arrays.copyOf(whole, whole.length - 20));
        truth.put(layout.key(file), rest, PutCondition.any(), time.peek());
    }

    private void flip(LtxFile file) throws IOException {
        String key = layout.key(file);
        byte[] bytes;
        try (InputStream in = truth.open(key, 0, file.size())) {
            bytes = in.readAllBytes();
        }
        bytes[bytes.length / 2] ^= 1;
        truth.put(key, ObjectBody.of(bytes), PutCondition.any(), time.peek());
    }

    @Test
    void verifiesWhatIsNewEveryHour() throws Exception {
        assertThat(goodTxId()).isEqualTo(1);
        assertThat(receipt().outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(receipt().run().full()).isTrue();
        sql("insert into t values (2, 2)");
        scheduler.advance(HOUR);
        assertThat(goodTxId()).isEqualTo(2);
        assertThat(receipt().run().full()).isFalse();
        assertThat(receipt().objects()).hasSize(1);
        assertThat(new VerifiedFiles(directory.resolve("state"), "r").loadReceipt())
                .isEqualTo(receipt());
        assertThat(verification().runs()).isEqualTo(2);
        assertThat(verification().isOverdue(time.peek())).isFalse();
        assertThat(report().state()).isEqualTo(State.OK);
    }

    /** What rests is not read again hour by hour, whether its newest state is a snapshot or not, but once a month. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anIdleReplicaIsReadOnceAMonth(boolean snapshotOnly) throws Exception {
        if (!snapshotOnly) {
            sql("insert into t values (2, 2)");
            scheduler.advance(HOUR);
        }
        for (int hour = 0; hour < 4; hour++) {
            if (hour == 2) {
                var unused = engine.abandon();
                start();
            }
            scheduler.advance(HOUR);
            assertThat(receipt().verifiedAt()).isAfter(time.peek().minus(HOUR));
            assertThat(receipt().objects()).as("%s", receipt()).isEmpty();
        }
        flip(archive().manifest().files(Level.SNAPSHOT).get(0));
        scheduler.advance(HOUR);
        assertThat(receipt().outcome()).isEqualTo(Outcome.VERIFIED);
        time.jump(Duration.ofDays(30));
        scheduler.advance(HOUR);
        // Where the newest state was no snapshot, one is due, and that is read.
        assertThat(verification().failures()).as("rot is found").isEqualTo(snapshotOnly ? 1 : 0);
        assertThat(Objects.requireNonNull(receipt().run().whole()).readAt())
                .isAfter(time.peek().minus(HOUR));
    }

    /** Another process goes on from the receipt and the map: nothing is verified before it is due, or read twice. */
    @Test
    void aRestartGoesOn() throws Exception {
        var unused = engine.abandon();
        scheduler.advance(Duration.ofMinutes(30));
        start();
        scheduler.advance(Duration.ofMinutes(1));
        assertThat(goodTxId()).isEqualTo(1);
        assertThat(verification().runs()).isZero();
        sql("insert into t values (2, 2)");
        scheduler.advance(Duration.ofMinutes(30));
        assertThat(verification().runs()).isEqualTo(1);
        assertThat(goodTxId()).isEqualTo(2);
        assertThat(receipt().run().full()).isFalse();
    }

    /** Health is red, and a new snapshot heals the replica by itself, also if nothing is committed any more. */
    @ParameterizedTest
    @EnumSource
    void damageIsFoundAndHealed(Damage damage) throws Exception {
        sql("insert into t values (2, randomblob(9000))");
        scheduler.advance(Duration.ofMinutes(1));
        for (LtxFile file : archive().manifest().all().toList()) {
            if (file.max().value() == 2 && damage == Damage.FLIPPED) {
                flip(file);
            } else if (file.max().value() == 2) {
                truncate(file);
            }
        }
        long before = verification().failures();
        for (int i = 0; i < 3600 && verification().failures() == before; i++) {
            scheduler.advance(Duration.ofSeconds(1));
        }
        assertThat(report().state()).isEqualTo(State.FAILING);
        assertThat(Objects.requireNonNull(verification().failure()).reason()).contains("0000000000000002");
        assertThat(receipt().outcome()).isEqualTo(Outcome.FAILED);
        assertThat(Objects.requireNonNull(new ReceiptStore(archive()).newestGood())
                        .txId())
                .isEqualTo(TxId.FIRST);

        scheduler.advance(Duration.ofMinutes(2));
        assertThat(report().state()).as("%s", report()).isEqualTo(State.OK);
        assertThat(verification().failure()).isNull();
        assertThat(goodTxId()).isGreaterThan(2);
        assertThat(receipt().outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(Objects.requireNonNull(archive().manifest().newestFile(Level.SNAPSHOT))
                        .max()
                        .value())
                .isGreaterThan(2);
        scheduler.advance(Duration.ofHours(3));
        assertThat(report().state())
                .as("damaged files do not stop the merging of others: %s", report())
                .isEqualTo(State.OK);
    }

    /**
     * A file that vanished from the end is not in any listing; what was stored must be there. It goes just before a
     * verification, else the look at an idle replica finds it.
     */
    @Test
    void aVanishedEndIsFoundAndHealed() throws Exception {
        sql("insert into t values (2, randomblob(9000))");
        scheduler.advance(HOUR.minusMinutes(2));
        truth.delete(archive()
                .manifest()
                .all()
                .filter(file -> file.max().value() == 2)
                .map(layout::key)
                .toList());
        scheduler.advance(HOUR);
        assertThat(verification().failures()).isEqualTo(1);
        assertThat(goodTxId()).isGreaterThan(2);
    }

    @Test
    void anOverdueVerificationIsRed() {
        store.setState(FaultyObjectStore.State.DOWN);
        scheduler.advance(HOUR.multipliedBy(2));
        assertThat(verification().isOverdue(time.peek())).isFalse();
        scheduler.advance(HOUR.multipliedBy(2));
        assertThat(verification().isOverdue(time.peek())).isTrue();
        store.setState(FaultyObjectStore.State.UP);
        scheduler.advance(HOUR);
        assertThat(verification().isOverdue(time.peek())).isFalse();
        assertThat(Files.exists(database())).isTrue();
    }
}
