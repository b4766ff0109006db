package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.TxId;
import dev.runnel.report.State;
import dev.runnel.testkit.storage.Fault;
import dev.runnel.testkit.storage.FaultPlan;
import dev.runnel.testkit.storage.StoreOperation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** What it costs to go on without local state, in bytes and requests. */
class StatelessResumeTest {

    private static final int ROWS = Boolean.getBoolean("runnel.large") ? 262_144 : 16_384;
    private static final int PAGE = 4096;

    private EngineRig rig;

    @BeforeEach
    void begin(@TempDir Path folder) {
        rig = new EngineRig(folder);
    }

    @AfterEach
    void end() {
        rig.close();
    }

    /** A database of {@link #ROWS} pages, made quickly, with a row in each. */
    private void fill() {
        rig.sql(
                "PRAGMA page_size=" + PAGE,
                "PRAGMA journal_mode=off",
                "PRAGMA synchronous=off",
                "CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, data BLOB)",
                "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < " + ROWS
                        + ") INSERT INTO t SELECT x, 0, zeroblob(3000) FROM c",
                "PRAGMA journal_mode=wal");
    }

    private void change(int pages) {
        rig.sql("UPDATE t SET n = n + 1 WHERE id % " + ROWS / pages + " = 0");
    }

    private List<String> snapshots() {
        return rig.puts().stream().filter(put -> put.startsWith("ltx/9/")).toList();
    }

    /** Starts and stores; demands that it costs the changes, and what was to be read of the replica. */
    private TxId resume(String what, long mostRead, TestReporter reporter) throws IOException {
        rig.store().reset();
        rig.start();
        TxId txId = rig.sync();
        String cost = rig.store().bytesRead() + " bytes read, " + rig.store().bytesWritten() + " written, "
                + rig.store().calls().size() + " requests for a database of " + Files.size(rig.database());
        reporter.publishEntry(what, cost);
        assertThat(snapshots()).as(what + ": " + cost).isEmpty();
        assertThat(rig.store().bytesWritten()).as(what + ": " + cost).isLessThan(48 << 10);
        assertThat(rig.store().bytesRead()).as(what + ": " + cost).isLessThan(mostRead);
        assertThat(rig.store().calls()).as(what + ": " + cost).hasSizeLessThan(20);
        String sums = "SELECT count(*), sum(n), sum(length(data)) FROM t";
        assertThat(SqliteSession.once(rig.restore(txId), sums)).isEqualTo(rig.sql(sums));
        return txId;
    }

    private long mapAndLittle() {
        return 8L * ROWS + 8L * ROWS / 8 + (64 << 10);
    }

    @Test
    void lostLocalStateCostsTheChangesAndTheMap(TestReporter reporter) throws IOException {
        fill();
        rig.start();
        TxId before = rig.sync();
        change(10);
        rig.sync();
        rig.stop();
        rig.loseState();
        change(100);
        assertThat(resume("lost state", mapAndLittle(), reporter)).isGreaterThan(before);
    }

    @Test
    void lostFilesAfterAPowerCutCostTheSame(TestReporter reporter) throws IOException {
        fill();
        rig.start();
        rig.sync();
        change(10);
        rig.sync();
        rig.kill();
        // Nothing was synced: the newest files are empty, the position is of a transaction that is gone.
        List<Path> files = new ArrayList<>();
        try (var all = Files.list(rig.state().resolve("ltx").resolve("0"))) {
            all.forEach(files::add);
        }
        for (Path file : files) {
            Files.write(file, new byte[0]);
        }
        change(100);
        resume("power cut", mapAndLittle(), reporter);
    }

    @Test
    void aRestoredVolumeCostsTheDifference(TestReporter reporter) throws IOException {
        fill();
        rig.start();
        rig.sync();
        rig.stop();
        Path old = rig.database().resolveSibling("old.db");
        Files.copy(rig.database(), old);
        Path oldState = rig.state().resolveSibling("old-state");
        copyTree(rig.state(), oldState);
        change(100);
        rig.start();
        TxId newest = rig.sync();
        rig.stop();
        rig.deleteDatabase();
        Files.move(old, rig.database());
        rig.loseState();
        Files.move(oldState, rig.state());
        assertThat(resume("older volume", mapAndLittle(), reporter)).isGreaterThan(newest);
        assertThat(SqliteSession.once(rig.restore(newest), "SELECT max(n) FROM t"))
                .isEqualTo("1");
    }

    @Test
    void aReplacedDatabaseCostsTheDifference(TestReporter reporter) throws IOException {
        fill();
        rig.start();
        TxId first = rig.sync();
        change(100);
        rig.sync();
        Path copy = rig.database().resolveSibling("new.db");
        Files.copy(rig.restore(first), copy);
        rig.store().reset();
        rig.deleteDatabase();
        Files.move(copy, rig.database(), StandardCopyOption.ATOMIC_MOVE);
        TxId txId = rig.sync();
        reporter.publishEntry("replaced", rig.store().bytesWritten() + " bytes written");
        assertThat(snapshots()).isEmpty();
        assertThat(rig.store().bytesWritten()).isLessThan(48 << 10);
        rig.assertStored(txId);
    }

    @Test
    void aReplicaWithoutAMapIsReadOnceAndHasOneFromThenOn(TestReporter reporter) throws IOException {
        fill();
        rig.start();
        rig.sync();
        rig.stop();
        List<String> maps = new ArrayList<>();
        try (var listing = rig.store().list("pages/", null)) {
            for (var entry = listing.next(); entry != null; entry = listing.next()) {
                maps.add(entry.key());
            }
        }
        assertThat(maps).hasSize(1);
        rig.store().delete(maps); // as Litestream leaves a replica
        rig.loseState();
        rig.store().reset();
        rig.start();
        rig.sync();
        rig.pass(Duration.ofMinutes(1));
        assertThat(snapshots()).isEmpty();
        assertThat(rig.puts()).singleElement().asString().startsWith("pages/");
        rig.stop();
        rig.loseState();
        change(100);
        resume("map made from pages", mapAndLittle(), reporter);
    }

    @Test
    void mapsAreStoredBetweenSnapshotsAndOnlyTheNewestIsKept() throws IOException {
        fill();
        rig.start();
        rig.sync();
        rig.store().reset();
        for (int i = 0; i < 60; i++) {
            rig.sql("UPDATE t SET data = randomblob(3000) WHERE id <= " + ROWS / 128);
            rig.sync();
            rig.pass(Duration.ofSeconds(20));
        }
        long maps = rig.puts().stream()
                .filter(put -> put.startsWith("pages/"))
                .mapToLong(put -> Long.parseLong(put.substring(put.indexOf(" ") + 1)))
                .sum();
        long all = rig.store().bytesWritten();
        assertThat(snapshots()).isEmpty();
        assertThat(maps).as("bytes of maps").isPositive().isLessThan(all / 4);
        assertThat(rig.store().count(StoreOperation.LIST))
                .as("listings in a steady state")
                .isLessThanOrEqualTo(1);
        int left = 0;
        try (var listing = rig.store().list("pages/", null)) {
            while (listing.next() != null) {
                left++;
            }
        }
        assertThat(left).isEqualTo(1);
    }

    /** Every second request fails: what was read before one did is not read again. */
    @Test
    void aFlakyStoreIsNotReadFromTheStartAgain(TestReporter reporter) throws IOException {
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, data)");
        rig.start();
        rig.sync();
        for (int i = 0; i < 25; i++) {
            rig.sql("INSERT INTO t(data) VALUES (randomblob(20000))");
            rig.sync();
        }
        rig.kill();
        rig.loseState();
        long files = 0;
        try (var listing = rig.store().list("ltx/0/", null)) {
            while (listing.next() != null) {
                files++;
            }
        }
        assertThat(files).as("files that lead from the page map to now").isGreaterThan(20);
        rig.store().reset();
        rig.faults()
                .setPlan(FaultPlan.builder()
                        .with(Fault.TRUNCATED_BODY, 0.5)
                        .only(StoreOperation.OPEN)
                        .build());
        rig.start();
        for (int seconds = 0; seconds < 1200 && rig.report().state() != State.OK; seconds++) {
            rig.pass(Duration.ofSeconds(1));
        }
        long reads = rig.store().calls(StoreOperation.OPEN).stream()
                .filter(call -> call.key().startsWith("ltx/"))
                .count();
        reporter.publishEntry("flaky", reads + " reads of " + files + " files");
        assertThat(rig.report().state()).isEqualTo(State.OK);
        assertThat(reads).isLessThan(4 * files);
        rig.faults().setPlan(FaultPlan.none());
        rig.assertStored(rig.sync());
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (var all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }
}
