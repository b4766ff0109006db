package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code replicate -once} and what may stand beside it. */
class ReplicateOnceTest {

    @TempDir
    Path folder;

    private Scene scene;
    private Shell shell;
    private Path config;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        shell = scene.shell(scene.path("app.db"), "PRAGMA journal_mode=wal", "CREATE TABLE t(x)");
        config = scene.path("runnel.yml");
        Files.writeString(config, """
                mcp-addr: ":3001"
                dbs:
                  - path: app.db
                    replica: { path: replica, retention: 1ms, snapshot-interval: 24h }
                """);
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private Scene.Run once(String... flags) throws IOException {
        List<Object> words = new ArrayList<>(List.of("replicate", "-once"));
        words.addAll(List.of(flags));
        words.addAll(List.of("-config", config));
        Scene.Run run = scene.run(words.toArray());
        assertThat(run.code()).as(run.text()).isZero();
        return run;
    }

    private List<String> snapshots() throws IOException {
        try (Stream<Path> files = Files.list(scene.path("replica/ltx/9"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void takesASnapshotOnlyWhenToldAndDeletesOnlyWhenTold() throws IOException {
        once();
        List<String> first = snapshots();
        assertThat(first).hasSize(1);
        shell.run("INSERT INTO t VALUES (1)");
        once();
        assertThat(snapshots()).as("no snapshot is due").isEqualTo(first);

        Scene.Run forced = once("-force-snapshot");
        List<String> second = snapshots();
        assertThat(second).as(forced.text()).hasSize(2).containsAll(first);
        once("-force-snapshot");
        assertThat(snapshots()).as("the newest snapshot has everything").isEqualTo(second);

        shell.run("INSERT INTO t VALUES (2)");
        Scene.Run all = once("-force-snapshot", "-enforce-retention");
        assertThat(snapshots()).as(all.text()).hasSize(1).doesNotContainAnyElementsOf(second);
        Path copy = scene.path("copy.db");
        Scene.Run restore = scene.runHere("restore", "-o", copy, scene.fileUrl("replica"));
        assertThat(restore.code()).as(restore.text()).isZero();
        assertThat(Shell.once(copy, "SELECT count(*) FROM t")).isEqualTo("2");
    }

    @Test
    void tellsOnceOfAKeyWithoutEffect() throws IOException {
        assertThat(once().out()).filteredOn(line -> line.contains("mcp-addr")).hasSize(1);
    }

    /** It is a job of a timer, and the next one would wait beside it. */
    @Test
    void endsWhereAnotherWriterHasTheReplica() throws IOException {
        Path others = Files.writeString(scene.path("others.yml"), """
                lease-ttl: 1h
                dbs:
                  - { path: app.db, state-dir: others, replica: { path: replica } }
                """);
        Child other = scene.start("replicate", "-config", others);
        new Databases(scene).awaitReplica(scene.path("replica"), "SELECT count(*) FROM t", "0", other);
        other.kill(); // which nobody elsewhere can know before the hour is over
        shell.run("INSERT INTO t VALUES (1)");
        Files.writeString(config, "shutdown-sync-timeout: 1s\nlease-ttl: 1s\n" + Files.readString(config));
        Scene.Run run = scene.run("replicate", "-once", "-config", config);
        assertThat(run.code()).as(run.text()).isEqualTo(1);
        assertThat(run.err())
                .as(run.text())
                .anyMatch(line -> line.startsWith("Error: ")
                        && line.contains("not everything could be stored")
                        && line.contains("another Runnel ("));
    }

    @Test
    void saysWhyItCannotStoreEverything() throws IOException {
        Files.writeString(config, "shutdown-sync-timeout: 1s\n" + Files.readString(config));
        Files.writeString(scene.path("replica"), "a file where the directory should be");
        Scene.Run run = scene.run("replicate", "-once", "-config", config);
        assertThat(run.code()).as(run.text()).isEqualTo(1);
        assertThat(run.err()).as(run.text()).anyMatch(line -> line.startsWith("Error: ") && line.contains("replica"));
    }
}
