package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.cli.process.Scene.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon in front of a good replica and a database that is not the one in it. */
class StartGuardProcessTest {

    private static final String ROWS =
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 200) INSERT INTO users"
                    + " SELECT x, hex(randomblob(200)) FROM c";

    @TempDir
    Path folder;

    private Scene scene;
    private Databases databases;
    private Path database;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        databases = new Databases(scene);
        database = scene.path("app.db");
        Shell.once(database, "PRAGMA journal_mode=wal", "CREATE TABLE users(id INTEGER PRIMARY KEY, name)", ROWS);
        Run first = scene.run("replicate", "-once", "-config", config(""));
        assertThat(first.code()).as(first.text()).isZero();
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private Path config(String lines) throws IOException {
        return config(database, lines);
    }

    private Path config(Path path, String lines) throws IOException {
        return Files.writeString(
                scene.path("runnel.yml"),
                "dbs:\n  - path: " + path + "\n" + lines + "    replica:\n      path: " + scene.path("replica") + "\n");
    }

    private void deleteDatabase() throws IOException {
        Files.delete(database);
        Files.deleteIfExists(database.resolveSibling("app.db-wal"));
        Files.deleteIfExists(database.resolveSibling("app.db-shm"));
        try (Stream<Path> all = Files.walk(database.resolveSibling(".app.db-litestream"))) {
            for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private String restored(String... words) throws IOException {
        Path copy = scene.path("restored.db");
        Files.deleteIfExists(copy);
        Run restore = scene.run((Object[]) Stream.concat(
                        Stream.concat(Stream.of("restore", "-o", copy.toString()), Stream.of(words)),
                        Stream.of(scene.fileUrl("replica")))
                .toArray(String[]::new));
        assertThat(restore.code()).as(restore.text()).isZero();
        return Shell.once(copy, "SELECT count(*) FROM users");
    }

    @Test
    void aNewDatabaseIsNotStoredUntilTheUserSaysSo() throws IOException {
        deleteDatabase();
        Shell.once(database, "PRAGMA journal_mode=wal", "CREATE TABLE users(id INTEGER PRIMARY KEY, name)");
        Run refused = scene.run("replicate", "-once", "-config", config(""));
        assertThat(refused.code()).as(refused.text()).isNotZero();
        assertThat(refused.text()).contains("begun anew", " of the 25 ", "no local state", "TXID 0000000000000001");
        assertThat(refused.text()).contains("runnel restore -o " + database + ".restored " + scene.fileUrl("replica"));
        assertThat(refused.text()).contains("on-divergence: continue", "another replica path");
        assertThat(refused.text()).doesNotContain("\tat ");
        assertThat(restored()).isEqualTo("200");

        Run wanted = scene.run("replicate", "-once", "-config", config("    on-divergence: continue\n"));
        assertThat(wanted.code()).as(wanted.text()).isZero();
        assertThat(restored()).isEqualTo("0");
        assertThat(restored("-txid", "0000000000000001")).isEqualTo("200");
    }

    @Test
    void theRestoreThatTheMessageNamesWorks() throws IOException {
        deleteDatabase();
        Files.createFile(database);
        Run refused = scene.run("replicate", "-once", "-config", config(""));
        assertThat(refused.code()).as(refused.text()).isNotZero();
        assertThat(refused.text()).contains("is empty, and the replica has data");
        Run restore = scene.run("restore", "-o", database + ".restored", scene.fileUrl("replica"));
        assertThat(restore.code()).as(restore.text()).isZero();
        Files.delete(database);
        Files.move(Path.of(database + ".restored"), database);
        Run again = scene.run("replicate", "-once", "-config", config(""));
        assertThat(again.code()).as(again.text()).isZero();
        databases.assertSame(database, restoredFile());
    }

    private Path restoredFile() throws IOException {
        restored();
        return scene.path("restored.db");
    }

    @Test
    void anAbsentDatabaseIsRestoredBeforeReplication() throws IOException {
        deleteDatabase();
        Child daemon = scene.start("replicate", "-config", config("    on-divergence: restore\n"));
        daemon.awaitLine("restored before replication", "txid=0000000000000001");
        Shell.once(database, "INSERT INTO users(name) VALUES ('next')");
        databases.awaitReplica(scene.path("replica"), "SELECT count(*) FROM users", "201", daemon);
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
    }

    @Test
    void twoApplicationsDoNotShareAPath() throws IOException {
        Path other = scene.path("other.db");
        Shell.once(other, "PRAGMA journal_mode=wal", "CREATE TABLE planets(id INTEGER PRIMARY KEY, name)");
        Child daemon = scene.start("replicate", "-config", config(other, ""));
        daemon.awaitLine("level=ERROR", "another application's", other.toString());
        Shell.once(other, "INSERT INTO planets(name) VALUES ('Mars')");
        assertThat(daemon.terminate()).as(daemon.output()).isEqualTo(1);
        assertThat(restored()).isEqualTo("200");
    }
}
