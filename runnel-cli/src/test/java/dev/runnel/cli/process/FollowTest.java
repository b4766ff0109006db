package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The daemon follows a database that the shell writes to, and ends as it should. */
class FollowTest {

    private static final String COUNT = "SELECT count(*) FROM t";

    @TempDir
    Path folder;

    private Scene scene;
    private Databases databases;
    private Path database;
    private Path replica;

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

    private Shell application() {
        return scene.shell(
                database, "PRAGMA journal_mode=wal", "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v)");
    }

    private static String insert(int rows) {
        return "INSERT INTO t(v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " + rows
                + ") SELECT hex(randomblob(50)) FROM n";
    }

    @Test
    void followsTheShellAndRestoresTheSame() throws IOException {
        Shell application = application();
        Child daemon = scene.start("replicate", "app.db", scene.fileUrl("replica"));
        daemon.awaitLine("attached");
        for (int i = 0; i < 50; i++) {
            application.run(insert(20));
            application.run("UPDATE t SET v = 'again' WHERE id % 7 = " + i % 7);
        }
        databases.awaitReplica(replica, COUNT, "1000", daemon);
        application.run("DELETE FROM t WHERE id % 2 = 0");
        application.run("VACUUM");
        application.run("PRAGMA wal_checkpoint(TRUNCATE)");
        application.run(insert(3));
        databases.awaitReplica(replica, COUNT, "503", daemon);

        Path live = scene.path("live.db");
        Scene.Run whileLive = scene.run("restore", "-o", live, scene.fileUrl("replica"));
        assertThat(whileLive.code()).as(whileLive.text()).isZero();
        assertThat(whileLive.out())
                .as(whileLive.text())
                .singleElement()
                .asString()
                .contains("msg=restored ", "proof=verified");
        databases.assertSame(database, live);

        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(daemon.err()).as(daemon.output()).isEmpty();
        assertThat(daemon.out()).as("warnings").noneMatch(line -> line.contains("WARN") || line.contains("ERROR"));
        application.close();
        Path after = scene.path("after.db");
        assertThat(scene.run("restore", "-o", after, scene.fileUrl("replica")).code())
                .isZero();
        databases.assertSame(database, after);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void storesACommitMadeJustBeforeTheSignal(String signal) throws IOException {
        Shell application = application();
        // Who builds in the background of a shell script ignores SIGINT, and so would every process of the tests.
        List<String> listening = List.of("env", "--default-signal=INT");
        Child daemon = scene.start(listening, "replicate", "app.db", scene.fileUrl("replica"));
        application.run(insert(10));
        databases.awaitReplica(replica, COUNT, "10", daemon);
        application.run(insert(1)); // a cut follows at once, and
        application.run(insert(1)); // the next one only after the sync interval
        assertThat(daemon.signal(signal)).as(daemon.output()).isZero();
        Path copy = scene.path("copy.db");
        Scene.Run restore = scene.run("restore", "-o", copy, scene.fileUrl("replica"));
        assertThat(restore.code()).as(restore.text()).isZero();
        assertThat(Shell.once(copy, COUNT)).as(daemon.output()).isEqualTo("12");
        databases.assertSame(database, copy);
    }

    @Test
    void exitsWith1AndNamesTheReplicaWhenTheFinalUploadFails() throws IOException {
        Path config = scene.path("runnel.yml");
        Files.writeString(
                config,
                "shutdown-sync-timeout: 1s\ndbs:\n  - path: " + database + "\n    replicas:\n      - path: " + replica
                        + "\n");
        Shell application = application();
        Child daemon = scene.start("replicate", "-config", config);
        application.run(insert(10));
        databases.awaitReplica(replica, COUNT, "10", daemon);
        Files.move(replica, scene.path("replica.away"));
        Files.writeString(replica, "a file stands where the replica was");
        application.run(insert(1));
        assertThat(daemon.terminate()).as(daemon.output()).isEqualTo(1);
        assertThat(daemon.out())
                .as(daemon.output())
                .anyMatch(line -> line.contains("level=ERROR") && line.contains(replica.toString()));
    }

    @Test
    void replicatesOnceAndEnds() throws IOException {
        application().run(insert(10));
        Scene.Run run = scene.run("replicate", "-once", "app.db", scene.fileUrl("replica"));
        assertThat(run.code()).as(run.text()).isZero();
        Path copy = scene.path("copy.db");
        assertThat(scene.run("restore", "-o", copy, scene.fileUrl("replica")).code())
                .isZero();
        databases.assertSame(database, copy);
    }

    @Test
    void aChildThatCannotBeStartedIsAFailure() throws IOException {
        Shell.once(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(a)");
        Scene.Run run =
                scene.run("replicate", "-exec", "./no-such-server --port 1", "app.db", scene.fileUrl("replica"));
        assertThat(run.code()).as(run.text()).isEqualTo(1);
        assertThat(run.err()).as(run.text()).hasSize(1);
        assertThat(run.err().get(0)).startsWith("Error: ").contains("./no-such-server");
        assertThat(run.text()).contains("msg=stopped");
    }

    @Test
    void endsWithItsChildAndStoresWhatTheChildWrote() throws IOException {
        application().run(insert(10));
        Path script = scene.path("child.sh");
        Files.writeString(script, "sqlite3 app.db 'INSERT INTO t(v) VALUES (1)'; exit $1\n");
        Scene.Run good = scene.run("replicate", "-exec", "sh child.sh 0", "app.db", scene.fileUrl("replica"));
        assertThat(good.code()).as(good.text()).isZero();
        databases.awaitReplica(replica, COUNT, "11", scene.start("version"));
        Scene.Run bad = scene.run("replicate", "-exec", "sh child.sh 7", "app.db", scene.fileUrl("replica"));
        assertThat(bad.code()).as(bad.text()).isEqualTo(1);
        assertThat(bad.err()).as(bad.text()).containsExactly("Error: exit status 7");
        databases.awaitReplica(replica, COUNT, "12", scene.start("version"));
    }

    @Test
    void passesASignalOnToItsChildAndStoresWhatTheChildWroteLast() throws IOException {
        application().run(insert(10));
        Path script = scene.path("child.sh");
        Files.writeString(
                script,
                "trap \"sqlite3 app.db 'INSERT INTO t(v) VALUES (1)'; exit 3\" TERM\necho ready\n"
                        + "while kill -0 $PPID; do sleep 0.05; done\n");
        Child daemon = scene.start("replicate", "-exec", "sh child.sh", "app.db", scene.fileUrl("replica"));
        daemon.awaitLine("ready");
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(daemon.err()).as(daemon.output()).isEmpty();
        databases.awaitReplica(replica, COUNT, "11", daemon);
    }
}
