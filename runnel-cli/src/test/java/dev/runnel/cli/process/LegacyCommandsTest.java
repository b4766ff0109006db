package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Listings of 0.3 over a replica of 0.5's format, and {@code reset} of real state. */
class LegacyCommandsTest {

    @TempDir
    Path folder;

    private Scene scene;
    private Shell shell;
    private Path database;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        database = scene.path("app.db");
        shell = scene.shell(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(x)");
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private void replicateOnce() throws IOException {
        Scene.Run run = scene.run("replicate", "-once", database, scene.fileUrl("replica"));
        assertThat(run.code()).as(run.text()).isZero();
    }

    private List<String> row(Scene.Run run, int line) {
        assertThat(run.code()).as(run.text()).isZero();
        return List.of(run.out().get(line).split(" +"));
    }

    @Test
    void oneGenerationWhoseIndexIsTheTransaction() throws IOException {
        replicateOnce();
        shell.run("INSERT INTO t VALUES (1)");
        replicateOnce();
        String url = scene.fileUrl("replica");

        List<String> generation = row(scene.runHere("generations", url), 1);
        assertThat(generation.get(1)).matches("[0-9a-f]{16}");
        List<String> snapshot = row(scene.runHere("snapshots", url), 1);
        assertThat(snapshot.subList(0, 3)).containsExactly("file", generation.get(1), "1");
        Scene.Run wal = scene.runHere("wal", url);
        assertThat(wal.out()).as(wal.text()).hasSize(2);
        assertThat(row(wal, 1).subList(0, 4)).containsExactly("file", generation.get(1), "2", "0");
        try (Stream<Path> files = Files.list(scene.path("replica/ltx/0"))) {
            assertThat(files.map(file -> "" + file.toFile().length()))
                    .contains(row(wal, 1).get(4));
        }
    }

    @Test
    void replicasOfLitestream03AreListedAsTheyAre() {
        String url = "file://" + System.getProperty("runnel.fixtures") + "/litestream-0.3-1k-two-generations/replica";
        Scene.Run generations = scene.runHere("generations", url);
        assertThat(generations.out()).as(generations.text()).hasSize(3);
        assertThat(generations.out().get(0)).matches("name +generation +lag +start +end");
        assertThat(generations.text()).contains("d3223fca61994183", "dfc5e3e43c839cf5");
        assertThat(scene.runHere("snapshots", url).out().stream().filter(line -> line.contains("dfc5e3e43c839cf5")))
                .hasSize(2);
        Scene.Run wal = scene.runHere("wal", "-generation", "dfc5e3e43c839cf5", url);
        assertThat(wal.out()).as(wal.text()).hasSize(5);
        assertThat(row(wal, 2).subList(0, 4)).containsExactly("file", "dfc5e3e43c839cf5", "0", "5272");
    }

    @Test
    void configCheckTouchesTheReplicaAndLeavesNothingThere() throws IOException {
        Path config = scene.path("c.yml");
        Files.writeString(config, "dbs:\n  - path: app.db\n    replica: { path: " + scene.path("replica") + " }\n");
        Scene.Run check = scene.runHere("config", "check", "-config", config);
        assertThat(check.code()).as(check.text()).isZero();
        assertThat(check.text()).contains("put, get, list and delete", "found out");
        try (Stream<Path> files = Files.walk(scene.path("replica"))) {
            assertThat(files.filter(Files::isRegularFile)).containsExactly(scene.path("replica/.runnel.lock"));
        }
        Files.delete(scene.path("replica/.runnel.lock"));
        Files.delete(scene.path("replica"));
        Files.writeString(scene.path("replica"), "no directory");
        Scene.Run refused = scene.runHere("config", "check", "-config", config);
        assertThat(refused.code()).as(refused.text()).isEqualTo(1);
    }

    @Test
    void resetLeavesNothingButTheLockAndTheNextRunGoesOn() throws IOException {
        replicateOnce();
        Path state = scene.path(".app.db-litestream");
        Scene.Run dry = scene.runHere("reset", "-dry-run", database);
        assertThat(dry.out()).as(dry.text()).anyMatch(line -> line.endsWith("0000000000000001-0000000000000001.ltx"));
        Scene.Run reset = scene.runHere("reset", database);
        assertThat(reset.code()).as(reset.text()).isZero();
        try (Stream<Path> files = Files.walk(state)) {
            assertThat(files.filter(Files::isRegularFile)).containsExactly(state.resolve("runnel/lock"));
        }
        shell.run("INSERT INTO t VALUES (1)");
        replicateOnce();
        Path copy = scene.path("copy.db");
        Scene.Run restore = scene.runHere("restore", "-o", copy, scene.fileUrl("replica"));
        assertThat(restore.code()).as(restore.text()).isZero();
        assertThat(Shell.once(copy, "SELECT count(*) FROM t")).isEqualTo("1");
        assertThat(row(scene.runHere("snapshots", scene.fileUrl("replica")), 1))
                .as("the history goes on")
                .contains("1");
    }

    @Test
    void resetLeavesTheStateOfARunningDaemonAlone() throws IOException {
        Child daemon = scene.start("replicate", database, scene.fileUrl("replica"));
        daemon.awaitLine("replica opened");
        Scene.Run reset = scene.runHere("reset", database);
        assertThat(reset.code()).as(reset.text()).isEqualTo(1);
        assertThat(reset.err())
                .as(reset.text())
                .singleElement()
                .asString()
                .contains("in use by another Runnel process");
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
    }
}
