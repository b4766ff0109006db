package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code restore -f} under readers. Every transaction of the application gives all rows, on many pages, one new value. */
class FollowRestoreTest {

    private static final String VALUES = "SELECT min(v), max(v), count(*) = (SELECT n FROM size) FROM t";

    @TempDir
    Path folder;

    private Scene scene;
    private Shell application;
    private Path source;
    private Path copy;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        source = scene.path("app.db");
        copy = scene.path("copy.db");
        application = scene.shell(
                source,
                "PRAGMA journal_mode=wal",
                "CREATE TABLE t(id INTEGER PRIMARY KEY, v INTEGER, pad TEXT)",
                "CREATE TABLE size(n INTEGER)",
                "INSERT INTO size VALUES (0)");
        rows(400, 0);
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    /** One transaction after which there are {@code count} rows, all of one value. */
    private void rows(int count, int value) {
        application.run("BEGIN; DELETE FROM t WHERE id > " + count + "; INSERT OR IGNORE INTO t WITH RECURSIVE n(i) AS"
                + " (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " + count + ") SELECT i, 0, hex(randomblob(100))"
                + " FROM n; UPDATE t SET v = " + value + "; UPDATE size SET n = " + count + "; COMMIT");
    }

    private void replicateOnce() {
        try {
            Scene.Run run = scene.run("replicate", "-once", source, scene.fileUrl("replica"));
            assertThat(run.code()).as(run.text()).isZero();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Child follow() throws IOException {
        return scene.start("restore", "-f", "-follow-interval", "10ms", "-o", copy, scene.fileUrl("replica"));
    }

    /** Asks until the value is there; whatever is seen on the way is whole. */
    private void awaitValue(Shell reader, int value, Child follower) {
        String[] last = {""};
        Await.until(
                "value " + value + " in the copy",
                () -> {
                    last[0] = whole(reader);
                    return last[0].equals(value + "|" + value + "|1");
                },
                () -> last[0] + "\n" + follower.output());
    }

    private static String whole(Shell reader) {
        String answer = reader.run(VALUES);
        String[] words = answer.split("\\|");
        assertThat(words[0]).as("rows of one transaction: " + answer).isEqualTo(words[1]);
        assertThat(words[2]).as("rows of one transaction: " + answer).isEqualTo("1");
        return answer;
    }

    @Test
    void readersSeeEachTransactionWholeWhileTheCopyGrowsAndShrinks() throws IOException {
        replicateOnce();
        Child follower = follow();
        follower.awaitLine("following");
        Shell reader = scene.shell(copy);
        awaitValue(reader, 0, follower);

        reader.run("BEGIN");
        assertThat(whole(reader)).isEqualTo("0|0|1");
        rows(2000, 1);
        replicateOnce();
        assertThat(whole(reader)).as("in one read transaction nothing changes").isEqualTo("0|0|1");
        reader.run("COMMIT");
        awaitValue(reader, 1, follower);

        rows(100, 2);
        application.run("VACUUM");
        replicateOnce();
        awaitValue(reader, 2, follower);
        assertThat(Files.size(copy)).isLessThan(100_000);

        assertThat(follower.terminate()).as(follower.output()).isZero();
        rows(300, 3);
        replicateOnce();
        rows(500, 4);
        replicateOnce();
        Child again = follow();
        awaitValue(reader, 4, again);
        assertThat(again.output()).doesNotContain("msg=restored");
        assertThat(again.terminate()).as(again.output()).isZero();
        assertThat(Databases.dump(copy)).isEqualTo(Databases.dump(source));
        assertThat(Shell.once(copy, "PRAGMA integrity_check")).isEqualTo("ok");
        assertThat(Files.readString(scene.path("copy.db-txid"))).matches("[0-9a-f]{16}\n");
        try (Stream<Path> files = Files.list(copy.getParent())) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> name.startsWith("copy.db")))
                    .containsExactlyInAnyOrder("copy.db", "copy.db-txid", "copy.db-follow");
        }
    }

    @Test
    void aKilledFollowerLeavesAWholeDatabaseAndTheNextGoesOn() throws IOException {
        long seed = Long.getLong("runnel.seed", System.nanoTime());
        Random random = new Random(seed);
        replicateOnce();
        Child daemon = scene.start("replicate", source, scene.fileUrl("replica"));
        Child follower = follow();
        follower.awaitLine("following");
        Shell reader = scene.shell(copy);
        int value = 0;
        for (int round = 0; round < 12; round++) {
            int queries = random.nextInt(30);
            for (int i = 0; i < queries; i++) {
                rows(200 + random.nextInt(2000), ++value);
                whole(reader);
            }
            follower.kill();
            whole(reader);
            assertThat(Shell.once(copy, "PRAGMA integrity_check"))
                    .as("seed " + seed)
                    .isEqualTo("ok");
            follower = follow();
        }
        follower.awaitLine("following"); // the one before may have brought the value
        awaitValue(reader, value, follower);
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(follower.terminate())
                .as("seed " + seed + "\n" + follower.output())
                .isZero();
        assertThat(Databases.dump(copy)).as("seed " + seed).isEqualTo(Databases.dump(source));
    }

    @Test
    void aCopyThatSomebodyWroteToIsRefused() throws IOException {
        replicateOnce();
        Child follower = follow();
        follower.awaitLine("following");
        assertThat(follower.terminate()).as(follower.output()).isZero();
        Shell.once(copy, "UPDATE t SET v = 7 WHERE id = 1");
        Scene.Run again = scene.run("restore", "-f", "-o", copy, scene.fileUrl("replica"));
        assertThat(again.code()).as(again.text()).isEqualTo(1);
        assertThat(again.err())
                .as(again.text())
                .singleElement()
                .asString()
                .contains("changed by somebody else", "-force");
    }
}
