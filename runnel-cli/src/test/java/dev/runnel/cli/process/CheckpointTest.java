package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon checkpoints for an application that does not; in another process, so that it keeps its own locks. */
class CheckpointTest {

    private static final String COUNT = "SELECT count(*) FROM t";
    private static final String FILL =
            "INSERT INTO t(v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<%d)"
                    + " SELECT randomblob(3000) FROM n";

    @TempDir
    Path folder;

    private Scene scene;
    private Databases databases;
    private Path database;
    private Path replica;
    private Shell application;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        databases = new Databases(scene);
        database = scene.path("a file?.db");
        replica = scene.path("replica");
        application = scene.shell(
                database,
                "PRAGMA journal_mode=wal",
                "PRAGMA wal_autocheckpoint=0",
                "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private Child daemon(String keys) throws IOException {
        Path config = scene.path("runnel.yml");
        Files.writeString(
                config,
                "dbs:\n  - path: \"" + database + "\"\n" + keys + "    replica:\n      path: " + replica + "\n");
        return scene.start("replicate", "-config", config);
    }

    private void awaitBackfill(long bytes, Child daemon) {
        Await.until(bytes + " bytes in the database file", () -> Files.size(database) >= bytes, daemon::output);
    }

    private int walGeneration() {
        return Await.value("the index of the WAL", () -> Databases.walExtent(database), () -> "")
                .generation();
    }

    @Test
    void always() throws IOException {
        Child daemon = daemon("    checkpoint: always\n    min-checkpoint-page-count: 50\n");
        int generation = walGeneration();
        int rows = 0;
        for (int i = 0; i < 5; i++) {
            application.run(String.format(FILL, 100));
            rows += 100;
            awaitBackfill(rows * 3000L, daemon);
            databases.awaitReplica(replica, COUNT, Integer.toString(rows), daemon);
        }
        Await.until(
                "the WAL to be used again",
                () -> {
                    if (walGeneration() != generation) {
                        return true;
                    }
                    application.run(String.format(FILL, 100)); // begins it anew once all of it is in the database file
                    return false;
                },
                daemon::output);
        assertThat(daemon.out()).noneMatch(line -> line.contains("level=WARN") || line.contains("level=ERROR"));

        application.close();
        assertThat(database.resolveSibling(database.getFileName() + "-wal"))
                .as("the lock on the database is still held, so the last application leaves the WAL")
                .exists();
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(daemon.awaitLine("replication ended", "checkpoint_failures=0"))
                .as("what the metrics count")
                .containsPattern("checkpoint_nanos=[1-9][0-9]*, checkpoints=[1-9]");
        assertThat(daemon.out())
                .as("no page diff was needed after the first")
                .noneMatch(line -> line.contains("COMMITS_"));
        Path copy = scene.path("copy.db");
        assertThat(scene.run("restore", "-o", copy, "file://" + replica).code()).isZero();
        databases.assertSame(database, copy);
    }

    /** Ten seconds after the last sign of a checkpoint of the application's own. */
    @Test
    void autoWhereTheApplicationRunsNone() throws IOException {
        Child daemon = daemon("    checkpoint: auto\n");
        databases.awaitReplica(replica, COUNT, "0", daemon);
        application.run(String.format(FILL, 5000));
        awaitBackfill(5000 * 3000L, daemon);
        daemon.awaitLine("running checkpoints");
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
    }

    @Test
    void offIsTheDefault() throws IOException {
        long before = Files.size(database);
        Child daemon = daemon("");
        for (int i = 1; i <= 3; i++) {
            application.run(String.format(FILL, 2000));
            databases.awaitReplica(replica, COUNT, Integer.toString(i * 2000), daemon);
        }
        assertThat(Files.size(database)).isEqualTo(before);
        daemon.awaitLine("level=WARN", "WAL grows", "checkpoint: auto");
        assertThat(Files.size(database)).isEqualTo(before);
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
    }
}
