package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Restores in processes that die, and on disks that are too small. */
class RestoreKilledTest {

    private static final int MEGABYTES = 64;

    @TempDir
    Path folder;

    private final long seed = Long.getLong("runnel.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private Scene scene;
    private Path database;
    private Path copy;

    @BeforeEach
    void replicate() throws IOException {
        System.out.println("seed of the kills: -Drunnel.seed=" + seed);
        scene = new Scene(folder);
        database = scene.path("app.db");
        copy = Files.createDirectory(scene.path("restored")).resolve("copy.db");
        Shell.once(
                database,
                "PRAGMA journal_mode=wal",
                "CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)",
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + MEGABYTES + ")"
                        + " INSERT INTO t SELECT i, randomblob(1 << 20) FROM n");
        Scene.Run run = scene.runHere("replicate", "-once", "-config", config());
        assertThat(run.code()).as(run.text()).isZero();
    }

    private Path config() throws IOException {
        return Files.writeString(
                scene.path("runnel.yml"),
                "dbs:\n  - path: " + database + "\n    replica: {path: " + scene.path("replica") + "}\n");
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private Child start() throws IOException {
        return scene.start("restore", "-parallelism", "1", "-o", copy, scene.fileUrl("replica"));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(copy.getParent())) {
            return files.toList();
        }
    }

    /** How much of the database stands beside the target. */
    private long written() throws IOException {
        long size = 0;
        for (Path file : files()) {
            if (!file.toString().endsWith(".journal")) {
                size = Math.max(size, file.toFile().length());
            }
        }
        return size;
    }

    @Test
    void aKilledRestoreLeavesNoHalfDatabaseAndIsContinued() throws IOException {
        for (int kill = 0; kill < 6; kill++) {
            Child restore = start();
            long until = kill == 0 ? 0 : (long) random.nextInt(MEGABYTES) << 20;
            Await.until("the restore to come to " + until, () -> !restore.isAlive() || written() >= until);
            restore.kill();
            restore.awaitEnd();
            if (Files.exists(copy)) {
                assertSame();
                Files.delete(copy);
            }
            assertThat(files()).as("seed %d: %s", seed, files()).hasSizeLessThanOrEqualTo(2);
        }
        long enough = 24L << 20;
        Child killed = start();
        Await.until("a part to be complete", () -> !killed.isAlive() || written() >= enough);
        killed.kill();
        killed.awaitEnd();
        boolean wasCutOff = !Files.exists(copy);
        Files.deleteIfExists(copy);

        Scene.Run last = scene.run("restore", "-o", copy, scene.fileUrl("replica"));
        assertThat(last.code()).as(last.text()).isZero();
        assertThat(last.text()).contains("proof=verified");
        if (wasCutOff) {
            assertThat(last.text()).as("seed %d", seed).contains("parts of an interrupted restore");
        }
        assertSame();
        assertThat(files()).containsExactly(copy);
    }

    private void assertSame() throws IOException {
        assertThat(Files.mismatch(copy, database))
                .as("seed %d: first byte that differs", seed)
                .isEqualTo(-1);
    }

    @Test
    void aDiskThatIsTooSmallIsRefusedBeforeAnythingIsWritten() throws IOException {
        List<String> inNamespace = List.of(
                "unshare",
                "-m",
                "--propagation",
                "private",
                "sh",
                "-c",
                "mount -t tmpfs -o size=8m tmpfs '" + copy.getParent() + "' || exit 90\n\"$@\"; code=$?\n" + "ls -A '"
                        + copy.getParent() + "'\nexit $code",
                "sh");
        Possible.require("a tmpfs mount", inNamespace, "true");

        Child restore = scene.start(inNamespace, "restore", "-o", copy, scene.fileUrl("replica"));
        assertThat(restore.awaitEnd()).isEqualTo(1);
        assertThat(restore.err()).singleElement().asString().contains("has room for only", copy.toString(), "-o");
        assertThat(restore.out()).as("what is left on that disk").isEmpty();
    }
}
