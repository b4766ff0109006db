package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.capture.Capture;
import dev.runnel.capture.CutFile;
import dev.runnel.capture.History;
import dev.runnel.capture.StateDirectory;
import dev.runnel.engine.OnDivergence;
import dev.runnel.model.TxId;
import dev.runnel.report.State;
import dev.runnel.source.AttachedDatabase;
import dev.runnel.source.DescriptorRegistry;
import dev.runnel.source.KernelLocks;
import dev.runnel.testkit.storage.FaultyObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands in front of a good replica at the start, and what becomes of it. */
class StartTest {

    private static final String ROWS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 300)"
            + " INSERT INTO users SELECT x, hex(randomblob(200)) FROM c";
    private static final Duration A_WHILE = Duration.ofSeconds(5);

    private EngineRig rig;
    private TxId stored = TxId.FIRST;
    private String dump = "";

    @BeforeEach
    void begin(@TempDir Path folder) {
        rig = new EngineRig(folder);
    }

    @AfterEach
    void end() {
        rig.close();
    }

    /** A replica with a database of some 40 pages in it. */
    private void good() {
        replicated();
        rig.stop();
        rig.store().reset();
    }

    private void replicated() {
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)");
        rig.sql(ROWS);
        rig.start();
        stored = rig.sync();
        dump = rig.sql(".dump");
    }

    private void requireRefused(String... words) throws IOException {
        rig.start();
        rig.pass(A_WHILE);
        requireStillRefused(words);
    }

    private void requireStillRefused(String... words) throws IOException {
        assertThat(rig.report().state()).isEqualTo(State.FAILING);
        assertThat(rig.report().reason()).contains(words);
        assertThat(rig.report().reason())
                .contains(rig.database().toString(), "TXID " + stored, "2026-01-01T", "bytes", "Nothing was written")
                .contains("runnel restore -o ", "on-divergence: continue", "another replica path");
        assertThat(rig.puts()).isEmpty();
        assertThatThrownBy(() -> rig.sync()).isInstanceOf(AssertionError.class).hasMessageContaining("not stored");
        assertThat(rig.puts()).isEmpty();
        assertThat(SqliteSession.once(rig.restore(stored), ".dump")).isEqualTo(dump);
    }

    private void goOn() throws IOException {
        rig.start();
        TxId txId = rig.sync();
        assertThat(txId).isGreaterThanOrEqualTo(stored);
        rig.assertStored(txId);
        assertThat(SqliteSession.once(rig.restore(stored), ".dump"))
                .as("the past")
                .isEqualTo(dump);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDatabaseThatWasBegunAnewIsRefusedUntilItIsWanted(boolean stateLost) throws IOException {
        good();
        rig.deleteDatabase();
        if (stateLost) {
            rig.loseState();
        }
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)");
        requireRefused("begun anew", " of the ", "2 pages (8192 bytes)");
        rig.kill();
        rig.onDivergence(OnDivergence.CONTINUE);
        goOn();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anotherApplicationsDatabaseIsRefused(boolean large) throws IOException {
        if (large) {
            good();
        } else {
            rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)");
            rig.start();
            stored = rig.sync();
            dump = rig.sql(".dump");
            rig.stop();
            rig.store().reset();
        }
        rig.database("other.db");
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE planets(id INTEGER PRIMARY KEY, name TEXT)");
        requireRefused("another application's", "no local state");
        rig.kill();
        rig.onDivergence(OnDivergence.FAIL);
        requireRefused("another application's");
    }

    @Test
    void anotherApplicationThatComesWithItsOwnHistoryIsStopped() throws IOException {
        good();
        List<String> before = rig.puts();
        rig.kill();
        EngineRig other = rig.database("other.db");
        var path = other.anotherStore();
        var shared = other.store();
        other.store(path);
        other.sql("PRAGMA journal_mode=wal", "CREATE TABLE planets(id INTEGER PRIMARY KEY, name TEXT)");
        other.start();
        other.sync();
        for (int i = 0; i < 4; i++) {
            other.sql("INSERT INTO planets(name) VALUES (hex(randomblob(400)))");
            other.sync();
        }
        other.stop();
        // Local files of the same numbers are gone, so that nothing tells by itself whose history is whose.
        try (var files = Files.list(other.state().resolve("ltx/0"))) {
            for (Path file : files.filter(f -> !f.toString().contains("5-0000000000000005.ltx"))
                    .toList()) {
                Files.delete(file);
            }
        }
        other.store(shared);
        other.start();
        other.pass(A_WHILE);
        assertThat(other.report().replicas().get(0).state()).isEqualTo(State.STOPPED);
        assertThat(other.report().replicas().get(0).reason())
                .contains("holds another database", "another replica path");
        assertThat(other.puts()).isEqualTo(before);
        assertThat(SqliteSession.once(other.restore(stored), ".dump")).isEqualTo(dump);
    }

    @Test
    void aFileWithoutBytesIsRefused() throws IOException {
        good();
        rig.deleteDatabase();
        Files.createFile(rig.database());
        requireRefused("is empty, and the replica has data", "0 bytes", "local state up to TXID " + stored);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDatabaseWithoutTablesIsRefused(boolean stateLost) throws IOException {
        good();
        if (stateLost) {
            rig.loseState();
        }
        rig.deleteDatabase();
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(x)", "DROP TABLE t", "VACUUM");
        requireRefused("has no tables");
    }

    @ParameterizedTest
    @EnumSource(
            value = OnDivergence.class,
            names = {"DECIDE", "CONTINUE"})
    void anAbsentDatabaseIsWaitedFor(OnDivergence policy) throws IOException {
        good();
        Path aside = rig.database().resolveSibling("aside.db");
        Files.move(rig.database(), aside);
        rig.loseState();
        rig.onDivergence(policy).start();
        rig.pass(A_WHILE);
        assertThat(rig.report().state()).isEqualTo(State.WAITING);
        assertThat(rig.puts()).isEmpty();
        Files.move(aside, rig.database());
        rig.sql("INSERT INTO users(name) VALUES ('late')");
        rig.assertStored(rig.sync());
    }

    @Test
    void anAbsentDatabaseFailsWhereThatIsAskedFor() throws IOException {
        good();
        rig.deleteDatabase();
        rig.onDivergence(OnDivergence.FAIL);
        requireRefused("does not exist", "absent");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAbsentOrEmptyDatabaseIsRestoredWhereThatIsAskedFor(boolean empty) throws IOException {
        good();
        rig.deleteDatabase();
        rig.loseState();
        if (empty) {
            Files.createFile(rig.database());
        }
        rig.onDivergence(OnDivergence.RESTORE).start();
        assertThat(rig.sync()).isEqualTo(stored);
        assertThat(rig.sql(".dump")).isEqualTo(dump);
        rig.sql("INSERT INTO users(name) VALUES ('next')");
        TxId next = rig.sync();
        assertThat(next).isEqualTo(stored.next());
        rig.assertStored(next);
        assertThat(rig.puts()).noneMatch(put -> put.startsWith("ltx/9/"));
    }

    @Test
    void whatHasBytesIsNeverRestoredOver() throws IOException {
        good();
        rig.deleteDatabase();
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE planets(id INTEGER PRIMARY KEY, name TEXT)");
        String planets = rig.sql(".dump");
        rig.onDivergence(OnDivergence.RESTORE);
        requireRefused("another application's");
        assertThat(rig.sql(".dump")).isEqualTo(planets);
    }

    @Test
    void anEmptyFileThatAnApplicationHasOpenIsNotReplaced() throws IOException {
        good();
        rig.deleteDatabase();
        try (SqliteSession application = new SqliteSession(rig.database())) {
            application.run("PRAGMA user_version"); // opens it, which makes the file
            rig.onDivergence(OnDivergence.RESTORE).start();
            rig.pass(A_WHILE);
            assertThat(rig.report().state()).isEqualTo(State.FAILING);
            assertThat(rig.report().reason()).contains("has it open", "stop the application");
            assertThat(rig.database()).isEmptyFile();
        }
        rig.pass(Duration.ofMinutes(5));
        assertThat(rig.sql(".dump")).isEqualTo(dump);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aVacuumedDatabaseGoesOn(boolean stateLost) throws IOException {
        good();
        rig.sql("DELETE FROM users WHERE id % 3 = 0", "VACUUM");
        if (stateLost) {
            rig.loseState();
        }
        goOn();
    }

    /** Killed between the first file of a history and the page map, the engine still knows whose the file is. */
    @Test
    void aDatabaseThatWasRewrittenBehindTheFirstFileGoesOn() throws IOException {
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)");
        rig.sql(ROWS);
        captureAndDie();
        rig.sql("UPDATE users SET name = hex(randomblob(300))", "DELETE FROM users WHERE id % 3 = 0", "VACUUM");
        rig.start();
        rig.assertStored(rig.sync());
    }

    private void captureAndDie() throws IOException {
        StateDirectory state = new StateDirectory(rig.state());
        state.open();
        AttachedDatabase attached =
                AttachedDatabase.attach(rig.database(), new DescriptorRegistry(), KernelLocks.ofThisProcess());
        try (Capture capture = new Capture(attached, state, History.none(), rig.time())) {
            CutFile written = null;
            for (int i = 0; written == null; i++) {
                assertThat(i).as("steps without end").isLessThan(10_000);
                capture.look();
                written = capture.cut().file();
            }
        }
    }

    /** A connection that stays open may write for days before anything of it is in the database file. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsOnlyInTheWalIsKnownAsWell(boolean otherTables) throws IOException {
        try (SqliteSession application = new SqliteSession(rig.database())) {
            application.run("PRAGMA journal_mode=wal");
            application.run("CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)");
            application.run("INSERT INTO users(name) VALUES ('kept')");
            rig.start();
            stored = rig.sync();
            dump = rig.sql(".dump");
            rig.kill();
            rig.store().reset();
            rig.deleteDatabase();
        }
        rig.sql("PRAGMA journal_mode=wal");
        for (int i = 0; i < 5; i++) {
            rig.sql("PRAGMA user_version=" + i);
        }
        if (otherTables) {
            rig.sql("CREATE TABLE planets(id INTEGER PRIMARY KEY, name TEXT)");
        }
        requireRefused(otherTables ? "another application's" : "has no tables");
    }

    @Test
    void aDatabaseWithAnotherPageSizeGoesOnWithASnapshot() throws IOException {
        good();
        rig.sql("PRAGMA journal_mode=delete", "PRAGMA page_size=1024", "VACUUM", "PRAGMA journal_mode=wal");
        rig.loseState();
        goOn();
    }

    /** What waits is more than may, and only a snapshot can be stored: it must be taken all the same. */
    @Test
    void aFullSpoolDoesNotKeepAReplicaFromTheSnapshotItNeeds() throws IOException {
        good();
        rig.sql("PRAGMA journal_mode=delete", "PRAGMA page_size=1024", "VACUUM", "PRAGMA journal_mode=wal");
        rig.loseState();
        rig.faults().setState(FaultyObjectStore.State.FULL);
        rig.start();
        rig.pass(A_WHILE);
        assertThat(rig.report().txId()).isEqualTo(stored.next().value());
        rig.kill();
        rig.faults().setState(FaultyObjectStore.State.UP);
        rig.maxSpoolBytes(2_000);
        goOn();
    }

    @Test
    void anOlderCopyGoesOnUnlessProofIsAskedFor() throws IOException {
        good();
        Path old = rig.database().resolveSibling("old.db");
        Files.copy(rig.database(), old);
        rig.sql("UPDATE users SET name = 'new' WHERE id < 20");
        rig.start();
        stored = rig.sync();
        dump = rig.sql(".dump");
        rig.stop();
        rig.deleteDatabase();
        Files.move(old, rig.database());
        rig.store().reset();
        rig.onDivergence(OnDivergence.FAIL);
        requireRefused("is not known to continue");
        rig.kill();
        rig.onDivergence(OnDivergence.DECIDE);
        goOn();
    }

    @Test
    void whoAsksForProofStillGoesOnAfterAnOrdinaryRestart() throws IOException {
        good();
        rig.sql("INSERT INTO users(name) VALUES ('while nobody looked')"); // checkpointed as the shell closes
        rig.onDivergence(OnDivergence.FAIL);
        goOn();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatComesUnderTheRunningEngineIsJudgedAsAtTheStart(boolean restarted) throws IOException {
        if (restarted) {
            good();
            rig.start();
            rig.sync();
        } else {
            replicated();
            rig.store().reset();
        }
        Path good = rig.database().resolveSibling("good.db");
        Files.copy(rig.database(), good);
        rig.deleteDatabase();
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE planets(id INTEGER PRIMARY KEY, name TEXT)");
        rig.pass(A_WHILE);
        requireStillRefused("another application's");
        rig.deleteDatabase();
        Files.move(good, rig.database());
        rig.sql("INSERT INTO users(name) VALUES ('back again')");
        rig.pass(A_WHILE);
        rig.assertStored(rig.sync());
        assertThat(rig.report().state()).isEqualTo(State.OK);
    }

    @Test
    void whatIsKeptLocallyIsReadByNobodyWhoMayNotReadTheDatabase() throws IOException {
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)");
        Files.setPosixFilePermissions(rig.database(), PosixFilePermissions.fromString("rw-r-----"));
        rig.start();
        rig.sync();
        for (String directory : List.of("ltx", "runnel")) {
            assertThat(Files.getPosixFilePermissions(rig.state().resolve(directory)))
                    .as(directory)
                    .contains(PosixFilePermission.OWNER_EXECUTE)
                    .doesNotContain(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_EXECUTE);
        }
    }
}
