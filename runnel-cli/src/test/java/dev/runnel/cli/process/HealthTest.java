package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.testkit.process.Freezing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code databases} as a health check beside a daemon in another process: green as long as everything is protected, red with
 * the reason as soon as it is not, and green again.
 */
class HealthTest {

    @TempDir
    Path folder;

    private Scene scene;
    private Databases databases;
    private Path database;
    private Path config;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        databases = new Databases(scene);
        database = scene.path("app.db");
        config = Files.writeString(
                scene.path("runnel.yml"), """
                dbs:
                  - path: FOLDER/app.db
                    replica:
                      url: file://FOLDER/replica
                """.replace("FOLDER", scene.path("").toString()));
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private Shell application() {
        return scene.shell(
                database,
                "PRAGMA journal_mode=wal",
                "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v)",
                "INSERT INTO t(v) VALUES ('one')");
    }

    private Child daemon() throws IOException {
        return scene.start("replicate", "-config", config);
    }

    private Scene.Run check(Object... more) {
        Object[] words = Stream.concat(Stream.of("databases", "-config", config), Stream.of(more))
                .toArray();
        return scene.runHere(words);
    }

    private void awaitGreen(Child daemon) {
        Scene.Run[] last = new Scene.Run[1];
        Await.until(
                "a green health check",
                () -> {
                    last[0] = check();
                    return last[0].code() == 0 && last[0].err().isEmpty();
                },
                () -> last[0].text() + "\n" + daemon.output());
        assertThat(last[0].out().get(1)).matches(".*/app\\.db +file *");
    }

    private void awaitRed(Child daemon, String... words) {
        Scene.Run[] last = new Scene.Run[1];
        Await.until(
                "a red health check with " + List.of(words),
                () -> {
                    last[0] = check();
                    String err = String.join("\n", last[0].err());
                    return last[0].code() == 1 && Stream.of(words).allMatch(err::contains);
                },
                () -> last[0].text() + "\n" + daemon.output());
        assertThat(last[0].out())
                .as("the list is there all the same\n" + last[0].text())
                .hasSize(2);
    }

    @Test
    void aDaemonThatDoesNotRunIsNoHealth() {
        Scene.Run run = check();

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).containsExactly("Error: the daemon of " + config + " is not running");
        assertThat(check("-no-health").code()).isZero();
    }

    @Test
    void greenWhileReplicatingAndRedOnceTheDaemonIsKilled() throws IOException {
        Shell shell = application();
        Child daemon = daemon();
        awaitGreen(daemon);
        shell.run("INSERT INTO t(v) VALUES ('two')");
        databases.awaitReplica(scene.path("replica"), "SELECT count(*) FROM t", "2", daemon);
        awaitGreen(daemon);

        Await.untilAsserted(
                "the table of an idle database",
                () -> {
                    Scene.Run table = check("-health");
                    assertThat(table.out()).as(table.text()).hasSize(3);
                    assertThat(table.out().get(0)).matches("path +replica +state +lag +txid +lease +verified +reason");
                    assertThat(table.out().get(1)).matches(".*app\\.db +- +ok +0s +[0-9a-f]{16} +- +- +-");
                    assertThat(table.out().get(2)).matches(".*app\\.db +file +ok +0s +[0-9a-f]{16} +(held|free) +- +-");
                },
                daemon::output);

        daemon.kill();
        Scene.Run red = check();
        assertThat(red.code()).isEqualTo(1);
        assertThat(red.err())
                .singleElement()
                .asString()
                .contains("the daemon of " + config + " is not running", "ended without cleaning up");

        Child next = daemon();
        awaitGreen(next);
        assertThat(next.terminate()).isZero();
        assertThat(check().err()).containsExactly("Error: the daemon of " + config + " is not running");
    }

    /** The newest proof and the lease are part of what is asked for, by the table and as JSON. */
    @Test
    void theNewestProofAndTheLeaseAreShown() throws IOException {
        Files.writeString(
                config, Files.readString(config) + "      validation-interval: 1s\n      verify-max-age: 1h\n");
        application();
        Child daemon = daemon();
        awaitGreen(daemon);
        Await.until(
                "a verification in the table",
                () -> check("-health")
                        .out()
                        .get(2)
                        .matches(".*app\\.db +file +ok +0s +[0-9a-f]{16} +(held|free) +[0-9a-f]{16} verified 2.*Z +-"),
                () -> check("-health").text() + "\n" + daemon.output());
        Await.untilAsserted(
                "the same as JSON",
                () -> assertThat(check("-health", "-json").text())
                        .contains("\"standing\": ", "\"outcome\": \"verified\"", "\"overdue\": false"),
                daemon::output);
    }

    /** Litestream recorded no checksum: the state it left is restorable, which is all that can be told until the next cut. */
    @Test
    void whatLitestreamWroteIsGreenWithANote() throws IOException {
        Path fixture = Path.of(System.getProperty("runnel.fixtures"), "litestream-0.5-4k");
        try (Stream<Path> files = Files.walk(fixture.resolve("replica"))) {
            for (Path file : files.toList()) {
                Files.copy(
                        file,
                        scene.path("replica").resolve(fixture.resolve("replica").relativize(file)));
            }
        }
        Files.copy(fixture.resolve("source.db"), database);
        Files.copy(fixture.resolve("source.db-wal"), Databases.wal(database));
        Files.writeString(
                config,
                Files.readString(config)
                        + "      validation-interval: 1s\n      verify-max-age: 1h\n      snapshot-interval: 87600h\n");
        Shell shell = scene.shell(database, "SELECT count(*) FROM sqlite_schema");
        Child daemon = daemon();
        Await.until(
                "a note",
                () -> check("-health").out().get(2).matches(".* file +ok .* unproved 2.*Z +unproved: .*"),
                () -> check("-health").text() + "\n" + daemon.output());
        awaitGreen(daemon);
        shell.run("CREATE TABLE after_litestream(v)");
        Await.until(
                "a proof",
                () -> check("-health").out().get(2).matches(".* file +ok .* verified 2.*Z +-"),
                () -> check("-health").text() + "\n" + daemon.output());
    }

    /** Litestream's columns for programs that know these; ours has another, while a daemon runs. */
    @Test
    void statusAsksTheDaemonUnlessItIsCalledLitestream() throws IOException {
        Files.writeString(scene.path("replica"), "a file in the way");
        application();
        assertThat(status("runnel").get(0)).matches("database +status +local txid +wal size *");
        Child daemon = daemon();
        awaitRed(daemon, "app.db", "failing since", "replica");
        Await.untilAsserted(
                "what the daemon says",
                () -> {
                    List<String> status = status("runnel");
                    assertThat(status.get(0)).matches("database +status +local txid +wal size +daemon *");
                    assertThat(status.get(1)).contains("file FAILING: ");
                },
                daemon::output);
        assertThat(status("litestream").get(0)).matches("database +status +local txid +wal size *");
        Files.delete(scene.path("replica"));
        awaitGreen(daemon);
        Await.until("ok", () -> status("runnel").get(1).matches(".* OK *"), daemon::output);
        daemon.kill();
        assertThat(status("runnel").get(0)).matches("database +status +local txid +wal size *");
    }

    private List<String> status(String program) {
        Scene.Run run = scene.named(program).runHere("status", "-config", config);
        assertThat(run.code()).as(run.text()).isZero();
        scene.named("runnel");
        return run.out();
    }

    /** As a process of its own, as in a container: the same answer, and it takes nothing and changes nothing. */
    @Test
    void theCheckStartsNoSecondEngine() throws IOException {
        application();
        Child daemon = daemon();
        awaitGreen(daemon);
        databases.awaitReplica(scene.path("replica"), "SELECT count(*) FROM t", "1", daemon);
        assertThat(daemon.terminate()).isZero();
        Map<Path, FileTime> before = files();

        Scene.Run run = scene.run("databases", "-config", config);
        assertThat(run.code()).isEqualTo(1);
        assertThat(files()).as("without a daemon, nothing is made or touched").isEqualTo(before);

        Child again = daemon();
        awaitGreen(again);
        Await.untilAsserted(
                "a green health check of another process",
                () -> {
                    Scene.Run green = scene.run("databases", "-config", config);
                    assertThat(green.code()).as(green.text()).isZero();
                },
                again::output);
        assertThat(again.err()).isEmpty();
        assertThat(String.join("\n", again.out())).doesNotContain("level=WARN", "level=ERROR");
    }

    private Map<Path, FileTime> files() throws IOException {
        Map<Path, FileTime> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(scene.path(""))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(file, Files.getLastModifiedTime(file));
            }
        }
        return files;
    }

    @Test
    void anAbsentDatabaseIsGreenWithANote() throws IOException {
        Child daemon = daemon();
        awaitGreen(daemon);
        Await.untilAsserted(
                "the note",
                () -> assertThat(check("-health").text()).contains("waiting", "does not exist"),
                daemon::output);
        application();
        databases.awaitReplica(scene.path("replica"), "SELECT count(*) FROM t", "1", daemon);
        awaitGreen(daemon);
    }

    @Test
    void aBrokenStoreIsRedUntilItIsMended() throws IOException {
        Files.writeString(scene.path("replica"), "a file in the way");
        application();
        Child daemon = daemon();
        awaitRed(daemon, "app.db", "failing since", "replica");
        Files.delete(scene.path("replica"));
        awaitGreen(daemon);
        databases.awaitReplica(scene.path("replica"), "SELECT count(*) FROM t", "1", daemon);
    }

    @Test
    void whatCannotBeCapturedIsRed() throws IOException {
        Files.writeString(database, "not a database at all ".repeat(400));
        Child daemon = daemon();
        awaitRed(daemon, "app.db: failing since", "not a SQLite database");
        Files.delete(database);
        Shell exclusive = scene.shell(
                database,
                "PRAGMA locking_mode=exclusive",
                "PRAGMA journal_mode=wal",
                "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v)",
                "INSERT INTO t(v) VALUES ('one')");
        awaitRed(daemon, "app.db: locked since", "held exclusively");
        exclusive.close();
        awaitGreen(daemon);
    }

    private void awaitOneComplaint(Child daemon, String... words) {
        Await.untilAsserted(
                "a red health check that tells of " + words[0],
                () -> {
                    Scene.Run run = check();
                    assertThat(run.code()).as(run.text()).isEqualTo(1);
                    assertThat(run.err()).singleElement().asString().contains(words);
                },
                daemon::output);
    }

    @Test
    void theConfigurationIsComparedWithWhatRuns() throws IOException {
        application();
        Child daemon = daemon();
        awaitGreen(daemon);
        Files.writeString(config, Files.readString(config) + """
                  - path: /data/later.db
                    replica:
                      path: /data/replica-of-later
                """);
        awaitOneComplaint(daemon, "later.db", "not replicated by the daemon that runs");
    }

    @Test
    void aReplicaThatWasAddedToTheConfigurationIsMissed() throws IOException {
        application();
        Child daemon = daemon();
        awaitGreen(daemon);
        Files.writeString(config, """
                dbs:
                  - path: FOLDER/app.db
                    replicas:
                      - url: file://FOLDER/replica
                      - url: file://FOLDER/second
                        name: offsite
                """.replace("FOLDER", scene.path("").toString()));
        awaitOneComplaint(daemon, "app.db -> offsite: configured, but not replicated by the daemon that runs");
    }

    @Test
    void aLimitOfNothingIsNotReachedByAnIdleDatabase() throws IOException {
        application();
        Child daemon = daemon();
        awaitGreen(daemon);
        Await.until("nothing to wait for", () -> check("-max-lag", "0s").code() == 0, daemon::output);
        assertThat(check("-max-lag", "soon").err()).singleElement().asString().contains("invalid -max-lag");
    }

    /** A daemon that hangs does not answer; the check is back before the patience of those who call it ends. */
    @Test
    void aDaemonThatHangsIsRed() throws Exception {
        application();
        Child daemon = daemon();
        awaitGreen(daemon);
        Freezing.freeze(daemon.pid());
        try {
            Scene.Run run = check();
            assertThat(run.code()).as(run.text()).isEqualTo(1);
            assertThat(run.err()).singleElement().asString().contains("does not answer within 4 s");
        } finally {
            Freezing.thaw(daemon.pid());
        }
        awaitGreen(daemon);
    }

    @Test
    void theSocketIsFoundWithTheStateWhereNothingElseCanBeWritten() throws IOException {
        scene.set("RUNNEL_RUNTIME_DIR", "/proc/no-such-place");
        application();
        Child daemon = daemon();
        awaitGreen(daemon);
    }
}
