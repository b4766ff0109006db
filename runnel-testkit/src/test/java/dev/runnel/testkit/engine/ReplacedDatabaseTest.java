package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.engine.OnDivergence;
import dev.runnel.model.TxId;
import dev.runnel.report.State;
import dev.runnel.testkit.storage.FaultyObjectStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A database whose file is written to, or replaced, past SQLite: what is there is judged, and read, anew. */
class ReplacedDatabaseTest {

    private static final Duration A_WHILE = Duration.ofSeconds(30);

    private EngineRig rig;

    @BeforeEach
    void begin(@TempDir Path folder) {
        rig = new EngineRig(folder);
    }

    @AfterEach
    void end() {
        rig.close();
    }

    private static String rows(int count) {
        return "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < " + count
                + ") INSERT INTO users(name) SELECT hex(randomblob(200)) FROM c";
    }

    private static void fill(SqliteSession application, int rows) {
        application.run("PRAGMA journal_mode=wal");
        application.run("CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)");
        application.run(rows(rows));
    }

    /** Fills the database, and makes one that has as many commits and next to nothing in it. */
    private Path fillBesideAYoungerOne() throws IOException {
        Path younger = another("younger.db");
        try (SqliteSession application = new SqliteSession(rig.database());
                SqliteSession other = new SqliteSession(younger)) {
            fill(application, 300);
            fill(other, 1);
        }
        assertThat(changeCounter(younger)).isEqualTo(changeCounter(rig.database()));
        return younger;
    }

    /** Another database in the same file, as {@code cp} writes it. */
    private void copyOver(Path other) throws IOException {
        Object before = Files.getAttribute(rig.database(), "unix:ino");
        Files.write(rig.database(), Files.readAllBytes(other));
        assertThat(Files.getAttribute(rig.database(), "unix:ino")).isEqualTo(before);
    }

    private void deleteWal() throws IOException {
        for (String suffix : new String[] {"-wal", "-shm"}) {
            Files.deleteIfExists(rig.database().resolveSibling("app.db" + suffix));
        }
    }

    private Path another(String name) {
        return rig.database().resolveSibling(name);
    }

    private void requireRefused(TxId stored, String dump, String why) throws IOException {
        assertThat(rig.report().state()).isEqualTo(State.FAILING);
        assertThat(rig.report().reason()).contains(why, "TXID " + stored, "Nothing was written");
        assertThat(rig.puts()).isEmpty();
        assertThat(SqliteSession.once(rig.restore(stored), ".dump")).isEqualTo(dump);
    }

    @Test
    void oneThatWasEmptiedUnderTheEngineAndBegunAnewIsJudged() throws IOException {
        TxId stored;
        String dump;
        try (SqliteSession application = new SqliteSession(rig.database())) {
            fill(application, 300);
            rig.start();
            stored = rig.sync();
            dump = rig.sql(".dump");
        }
        rig.store().reset();
        Files.write(rig.database(), new byte[0]);
        deleteWal();
        rig.pass(A_WHILE);
        requireRefused(stored, dump, "is empty, and the replica has data");
        Path other = another("other.db");
        SqliteSession.once(other, "PRAGMA journal_mode=wal", "CREATE TABLE planets(id INTEGER PRIMARY KEY, name TEXT)");
        copyOver(other);
        rig.pass(A_WHILE);
        requireRefused(stored, dump, "another application's");
    }

    @Test
    void oneThatWasReplacedWhileItCouldNotBeReadIsJudged() throws IOException {
        TxId stored;
        String dump;
        try (SqliteSession application = new SqliteSession(rig.database())) {
            fill(application, 300);
            rig.start();
            stored = rig.sync();
            dump = rig.sql(".dump");
        }
        rig.store().reset();
        Path other = another("other.db");
        SqliteSession.once(other, "CREATE TABLE planets(id INTEGER PRIMARY KEY, name)");
        copyOver(other);
        deleteWal();
        rig.pass(A_WHILE);
        assertThat(rig.report().reason()).contains("not in WAL mode");
        rig.sql("PRAGMA journal_mode=wal");
        rig.pass(A_WHILE);
        requireRefused(stored, dump, "another application's");
    }

    /** One that has the tables, and as many commits: only that it is another file tells it from what the application wrote. */
    @Test
    void oneThatWasCopiedOverUnderTheEngineIsStillRefusedAfterARestart() throws IOException {
        Path younger = fillBesideAYoungerOne();
        rig.start();
        TxId stored = rig.sync();
        String dump = rig.sql(".dump");
        rig.store().reset();
        deleteWal();
        rig.pass(A_WHILE);
        copyOver(younger);
        rig.pass(A_WHILE);
        requireRefused(stored, dump, "begun anew");
        rig.kill();
        rig.start();
        rig.pass(A_WHILE);
        requireRefused(stored, dump, "begun anew");
    }

    /** As one is that was deleted and made anew: most file systems give it the inode of the old one. */
    @ParameterizedTest
    @EnumSource(
            value = OnDivergence.class,
            names = {"DECIDE", "FAIL"})
    void oneThatWasBegunAnewInTheSameFileWhileNobodyWatchedIsRefused(OnDivergence policy) throws IOException {
        Path younger = fillBesideAYoungerOne();
        rig.start();
        TxId stored = rig.sync();
        String dump = rig.sql(".dump");
        rig.stop();
        rig.store().reset();
        deleteWal();
        copyOver(younger);
        rig.onDivergence(policy).start();
        rig.pass(A_WHILE);
        requireRefused(stored, dump, "begun anew");
    }

    /** Litestream keeps files and nothing of whose they are. The replica tells, though they are ahead of it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneInFrontOfLitestreamsFilesIsJudgedByTheReplicaBehindThem(boolean foreign) throws IOException {
        try (SqliteSession application = new SqliteSession(rig.database())) {
            fill(application, foreign ? 1 : 300);
        }
        rig.start();
        TxId stored = rig.sync();
        String dump = rig.sql(".dump");
        rig.faults().setState(FaultyObjectStore.State.DOWN);
        rig.sql("INSERT INTO users(name) VALUES ('not stored yet')");
        rig.pass(A_WHILE);
        assertThat(rig.report().txId()).isGreaterThan(stored.value());
        rig.kill();
        rig.faults().setState(FaultyObjectStore.State.UP);
        rig.store().reset();
        EngineRig.deleteTree(rig.state().resolve("runnel"));
        if (foreign) {
            rig.deleteDatabase();
            rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE planets(id INTEGER PRIMARY KEY, name TEXT)");
        } else {
            rig.sql("UPDATE users SET name = hex(randomblob(180))");
        }
        rig.start();
        rig.pass(A_WHILE);
        if (foreign) {
            assertThat(rig.report().reason()).contains("another application's");
            assertThat(SqliteSession.once(rig.restore(stored), ".dump")).isEqualTo(dump);
        } else {
            rig.assertStored(rig.sync());
        }
    }

    private static int changeCounter(Path database) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(database)).getInt(24);
    }

    /** SQLite reads the old WAL on top of the new file, and so must whoever backs it up. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneThatWasReplacedInFrontOfItsWalIsRead(boolean stopped) throws IOException {
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)", rows(300));
        Path older = another("older.db");
        Files.copy(rig.database(), older);
        rig.sql("UPDATE users SET name = hex(randomblob(200)) WHERE id < 20");
        try (SqliteSession application = new SqliteSession(rig.database())) {
            application.run(".dbconfig no_ckpt_on_close on");
            application.run("UPDATE users SET name = hex(randomblob(200)) WHERE id > 280");
            rig.start();
            rig.sync();
            if (stopped) {
                rig.stop();
            }
        }
        assertThat(another("app.db-wal")).isNotEmptyFile();
        Files.move(older, rig.database(), StandardCopyOption.REPLACE_EXISTING);
        if (stopped) {
            rig.start();
        }
        rig.pass(A_WHILE);
        rig.assertStored(rig.sync());
    }

    /** None waits until what a file system tells of a file is to be believed again. */
    @Test
    void everyCopyIsReadHoweverSoonItFollowsAnother() throws IOException {
        try (SqliteSession application = new SqliteSession(rig.database())) {
            fill(application, 100);
        }
        List<Path> versions = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Path version = another("v" + i + ".db");
            Files.copy(i == 0 ? rig.database() : versions.get(i - 1), version);
            SqliteSession.once(version, "INSERT INTO users(name) VALUES ('version " + i + "')");
            versions.add(version);
        }
        rig.start();
        rig.sync();
        rig.pass(Duration.ofSeconds(2));
        for (int i = 0; i < 3; i++) {
            copyOver(versions.get(i));
            TxId txId = rig.sync();
            assertThat(SqliteSession.once(rig.restore(txId), ".dump"))
                    .as("version " + i)
                    .isEqualTo(SqliteSession.once(versions.get(i), ".dump"));
            rig.pass(Duration.ofSeconds(2));
        }
        copyOver(versions.get(3));
        rig.pass(Duration.ofSeconds(30));
        assertThat(SqliteSession.once(
                        rig.restore(new TxId(rig.report().replicas().get(0).txId())), ".dump"))
                .as("without being asked")
                .isEqualTo(SqliteSession.once(versions.get(3), ".dump"));
    }
}
