package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code doctor} in front of real troubles. */
class DoctorTest {

    @TempDir
    Path folder;

    private Scene scene;
    private Path database;
    private Path config;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        database = scene.path("app.db");
        config = scene.path("c.yml");
        Files.writeString(
                config, "dbs:\n  - path: " + database + "\n    replica:\n      path: " + scene.path("replica") + "\n");
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private Scene.Run doctor() {
        return scene.runHere("doctor", "-config", config);
    }

    private void assertProblem(String text, String remedy) {
        Scene.Run run = doctor();
        assertThat(run.code()).as(run.text()).isEqualTo(1);
        assertThat(run.out()).as(run.text()).anyMatch(line -> line.startsWith("  PROBLEM  ") && line.contains(text));
        assertThat(run.out())
                .as(run.text())
                .anyMatch(line -> line.startsWith("           -> ") && line.contains(remedy));
    }

    @Test
    void aHealthySetUpHasNoProblems() throws IOException {
        scene.shell(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(x)");
        Scene.Run run = doctor();
        assertThat(run.code()).as(run.text()).isZero();
        assertThat(run.text())
                .contains(
                        "is in WAL mode", "locks work", "put, get, list and delete work", "was last written by SQLite")
                .contains("is on the same file system as the database");
        Scene.Run json = scene.runHere("doctor", "-json", "-config", config);
        assertThat(json.text()).contains("\"severity\": \"warning\"", "\"remedy\": \"add a replica");
    }

    @Test
    void troublesOfTheDatabaseAreToldWithTheirRemedy() throws IOException {
        assertProblem("is not there", "restore-if-db-not-exists");
        Files.createFile(database);
        assertProblem("is empty", "restore the database");
        Files.writeString(database, "something else altogether");
        assertProblem("is no SQLite database", "correct `path`");
        Files.delete(database);
        Shell.once(database, "CREATE TABLE t(x)");
        assertProblem("is not in WAL mode", "journal_mode=wal");
        Shell.once(database, "PRAGMA journal_mode=wal");
        Path other = scene.path("other.db");
        Files.createLink(other, database);
        assertProblem("has 2 names", "-samefile");
        Files.delete(other);
        Shell application = scene.shell(database, "SELECT * FROM t");
        Files.delete(database);
        Shell.once(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(x)");
        assertProblem("still writes to a file of this name that was deleted", "restart that application");
        application.close();
        assertThat(doctor().code()).isZero();
    }

    @Test
    void aLinkAndShortRetentionAreWarnings() throws IOException {
        Path link = scene.path("link.db");
        Shell.once(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(x)");
        Files.createSymbolicLink(link, database);
        Files.writeString(
                config,
                "dbs:\n  - path: " + link + "\n    replica:\n      path: " + scene.path("replica")
                        + "\n      retention: 1h\n      snapshot-interval: 24h\n");
        Scene.Run run = doctor();
        assertThat(run.code()).as(run.text()).isZero();
        assertThat(run.text())
                .contains("through a symbolic link", "write `path: " + database)
                .contains("retention (1h0m0s) is shorter than the snapshot interval (24h0m0s)");
    }

    @Test
    void aReplicaThatCannotBeUsedIsAProblem() throws IOException {
        Shell.once(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(x)");
        Files.writeString(scene.path("replica"), "a file");
        assertProblem("cannot be used", "config check");
    }
}
