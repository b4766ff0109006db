package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Databases that cannot be replicated yet, or become others: the daemon says so, and goes on when it can. */
class SourceTroublesTest {

    private static final String LAST = "SELECT count(*) || ' ' || max(v) FROM t";

    @TempDir
    Path folder;

    private Scene scene;
    private Databases databases;
    private Path database;
    private Path replica;
    private Child daemon;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        databases = new Databases(scene);
        database = scene.path("app.db");
        replica = scene.path("replica");
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private void startDaemon() throws IOException {
        daemon = scene.start("replicate", "app.db", scene.fileUrl("replica"));
    }

    private Shell application(String value) {
        Shell shell = scene.shell(
                database, "PRAGMA journal_mode=wal", "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v)");
        insert(shell, value);
        return shell;
    }

    private static void insert(Shell shell, String value) {
        shell.run("INSERT INTO t(v) VALUES ('" + value + "')");
    }

    private void awaitReplica(String expected) {
        databases.awaitReplica(replica, LAST, expected, daemon);
    }

    /** Ends the daemon, and compares the source with the restored database. */
    private void finish() throws IOException {
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(daemon.err()).as(daemon.output()).isEmpty();
        Path copy = scene.path("copy.db");
        Scene.Run run = scene.runHere("restore", "-o", copy, scene.fileUrl("replica"));
        assertThat(run.text()).contains("proof=verified");
        databases.assertSame(database, copy);
    }

    @Test
    void anAbsentDatabaseIsWaitedForAndThenAnEmptyOne() throws IOException {
        startDaemon();
        assertThat(daemon.awaitLine("waiting for the database")).contains(database + " does not exist");
        Files.createFile(database);
        assertThat(daemon.awaitLine("waiting for the database", "is empty")).contains(database.toString());
        assertThat(replica).doesNotExist();
        application("first");
        awaitReplica("1 first");
        finish();
    }

    @Test
    void withoutADatabaseTheDaemonEndsInPeace() throws IOException {
        startDaemon();
        daemon.awaitLine("waiting for the database");
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
    }

    @Test
    void whatIsNotADatabaseIsNamedAndFollowedOnceItIsOne() throws IOException {
        Files.writeString(database, "not a database at all ".repeat(400));
        startDaemon();
        assertThat(daemon.awaitLine("level=ERROR")).contains(database.toString(), "not a SQLite database", "encrypted");
        Files.delete(database);
        application("real");
        awaitReplica("1 real");
        finish();
    }

    /** What is committed under the other name is in a WAL that the daemon does not see, and its health stays green. */
    @Test
    void anotherNameOfTheDatabaseIsToldAtTheStart() throws IOException {
        application("first");
        Files.createLink(scene.path("other.db"), database);
        startDaemon();
        assertThat(daemon.awaitLine("level=WARN", "2 names")).contains("db=" + database, "-samefile");
        awaitReplica("1 first");
        finish();
    }

    @Test
    void aDatabaseWithARollbackJournalIsSwitchedToWal() throws IOException {
        Shell shell = scene.shell(database, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        insert(shell, "journal");
        startDaemon();
        awaitReplica("1 journal");
        insert(shell, "wal"); // a connection learns of the new mode when it reads
        assertThat(shell.run("PRAGMA journal_mode")).isEqualTo("wal");
        awaitReplica("2 wal");
        finish();
    }

    @Test
    void anExclusiveHolderIsWaitedFor() throws IOException {
        application("before").close();
        Shell exclusive = scene.shell(database, "PRAGMA locking_mode=exclusive");
        insert(exclusive, "within");
        startDaemon();
        assertThat(daemon.awaitLine("waiting for the database")).contains("held exclusively", "locking_mode=NORMAL");
        exclusive.close();
        awaitReplica("2 within");
        application("z after");
        awaitReplica("3 z after");
        finish();
    }

    /** Nobody can read what the other process committed: the end does not wait for it for ever, and says what is left. */
    @Test
    void theEndUnderAnExclusiveHolderIsInTimeAndSaysWhatIsNotStored() throws IOException {
        application("before").close();
        Shell exclusive = scene.shell(database, "PRAGMA locking_mode=exclusive");
        insert(exclusive, "within");
        Path config = Files.writeString(
                scene.path("runnel.yml"),
                "shutdown-sync-timeout: 1s\ndbs:\n  - path: " + database + "\n    replica:\n      url: "
                        + scene.fileUrl("replica") + "\n");
        daemon = scene.start("replicate", "-config", config);
        daemon.awaitLine("waiting for the database");
        Scene.Run sync = scene.runHere("sync", "-config", config, "-wait", "-timeout", "1", database);
        assertThat(sync.code()).as(sync.text()).isEqualTo(1);
        assertThat(sync.err()).as(sync.text()).isNotEmpty();

        assertThat(daemon.terminate()).as(daemon.output()).isEqualTo(1);
        assertThat(daemon.output())
                .contains("not everything could be stored within 1 s", "nothing captured", "held exclusively");

        exclusive.close();
        startDaemon();
        awaitReplica("2 within");
        finish();
    }

    @Test
    void aReplacedAndARecreatedDatabaseGoOnTopOfTheHistory() throws IOException {
        Shell first = application("first");
        startDaemon();
        awaitReplica("1 first");
        Scene.Run newest = scene.runHere("ltx", "-level", "9", scene.fileUrl("replica"));
        assertThat(newest.out()).as(newest.text()).hasSize(2);

        Path other = scene.path("other.db");
        Shell.once(
                other,
                "PRAGMA journal_mode=wal",
                "CREATE TABLE t(id INTEGER PRIMARY KEY, v)",
                "INSERT INTO t(v) VALUES ('other'), ('other'), ('other')");
        first.close();
        deleteDatabase();
        Files.move(other, database, StandardCopyOption.ATOMIC_MOVE);
        awaitReplica("3 other");
        Shell second = application("second");
        awaitReplica("4 second");

        deleteDatabase(); // under the application, which does not notice
        daemon.awaitLine("waiting for the database");
        second.close();
        Shell third = application("third");
        awaitReplica("1 third");
        insert(third, "third again");
        awaitReplica("2 third again");
        Scene.Run same = scene.runHere("ltx", "-level", "9", scene.fileUrl("replica"));
        assertThat(same.out())
                .as("one snapshot, and everything else on top of it")
                .hasSize(2);
        finish();
    }

    @Test
    void aDatabaseThatIsMovedOverTheAttachedOneIsTakenAsItIs() throws IOException {
        application("first").close();
        startDaemon();
        awaitReplica("1 first");
        Path other = scene.path("other.db");
        Shell.once(
                other,
                "PRAGMA journal_mode=wal",
                "CREATE TABLE t(id INTEGER PRIMARY KEY, v)",
                "INSERT INTO t(v) VALUES ('other')",
                "PRAGMA page_size=512",
                "PRAGMA journal_mode=delete",
                "VACUUM",
                "PRAGMA journal_mode=wal");
        Files.move(other, database, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        awaitReplica("1 other");
        application("z");
        awaitReplica("2 z");
        finish();
    }

    /** As {@code cp backup.db app.db} does where nobody has the database open: no frame of the WAL tells of it. */
    @Test
    void aDatabaseThatIsCopiedOverTheAttachedOneIsTakenAsItIs() throws IOException {
        Shell first = application("first");
        first.run("PRAGMA wal_checkpoint(TRUNCATE)");
        byte[] backup = Files.readAllBytes(database);
        startDaemon();
        daemon.awaitLine("attached");
        insert(first, "second");
        awaitReplica("2 second");
        first.run("PRAGMA wal_checkpoint(TRUNCATE)");
        first.close();

        Files.write(database, backup);
        awaitReplica("1 first");
        application("third");
        awaitReplica("2 third");
        finish();
    }

    /** Where nobody has opened the database since the daemon began. */
    @Test
    void aDatabaseThatIsCopiedOverOneAtRestIsTakenAsItIs() throws IOException {
        application("first").close();
        byte[] backup = Files.readAllBytes(database);
        application("second").close();
        startDaemon();
        awaitReplica("2 second");
        Files.write(database, backup);
        awaitReplica("1 first");
        finish();
    }

    /** Where frames of the WAL stay, as they do when the application ends before the daemon. */
    @Test
    void aDatabaseThatIsCopiedOverWhileTheDaemonIsAwayIsTakenAsItIs() throws IOException {
        Shell application = application("first");
        application.run("CREATE TABLE u(v)");
        application.run("INSERT INTO u VALUES ('old')");
        application.run("PRAGMA wal_checkpoint(TRUNCATE)");
        byte[] backup = Files.readAllBytes(database);
        application.run("UPDATE u SET v = 'new'");
        application.run("PRAGMA wal_checkpoint(TRUNCATE)");
        startDaemon();
        daemon.awaitLine("attached");
        insert(application, "second");
        awaitReplica("2 second");
        application.run("PRAGMA wal_checkpoint(PASSIVE)");
        application.close();
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(Databases.walSize(database)).isPositive();

        Files.write(database, backup);
        startDaemon();
        databases.awaitReplica(replica, "SELECT v FROM u", "old", daemon);
        application("z third"); // who opens the database reads the old frames again, on top of the copy
        awaitReplica("3 z third");
        finish();
    }

    @Test
    void aDatabaseThatIsEmptiedIsNotTakenForOneThatIsStillToCome() throws IOException {
        application("first").close();
        startDaemon();
        awaitReplica("1 first");
        Files.write(database, new byte[0]);
        assertThat(daemon.awaitLine("level=ERROR", "is empty"))
                .contains(database.toString(), "the replica has data", scene.fileUrl("replica"));
        Scene.Run sync = scene.runHere("sync", "-wait", "-timeout", "5", database);
        assertThat(sync.code()).as(sync.text()).isEqualTo(1);
        assertThat(databases.askReplica(replica, LAST)).isEqualTo("1 first");
    }

    private void deleteDatabase() throws IOException {
        for (String suffix : new String[] {"", "-wal", "-shm"}) {
            Files.deleteIfExists(scene.path("app.db" + suffix));
        }
    }
}
