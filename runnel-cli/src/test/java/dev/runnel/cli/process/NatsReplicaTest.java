package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.KeyLayout;
import dev.runnel.engine.SystemTime;
import dev.runnel.nats.NatsObjectStore;
import dev.runnel.nats.NatsSettings;
import dev.runnel.testkit.nats.NatsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas in a bucket of a NATS server, through the command line. */
class NatsReplicaTest {

    private static final String COUNT = "SELECT count(*) FROM t";
    private static final String PASSWORD = "p@ss:word";

    @TempDir
    Path folder;

    private Scene scene;
    private Databases databases;
    private NatsServer server;
    private Path database;

    @BeforeEach
    void begin() throws IOException {
        assumeTrue(NatsServer.isPossible(), "nats-server is not installed");
        scene = new Scene(folder);
        databases = new Databases(scene);
        server = scene.closing(NatsServer.start(
                folder.resolve("server"),
                "jetstream: {}\nauthorization {timeout: 60, users: [{user: runnel, password: \"" + PASSWORD + "\"}]}"));
        server.request(
                "$JS.API.STREAM.CREATE.OBJ_backup",
                "{\"name\":\"OBJ_backup\",\"subjects\":[\"$O.backup.>\"],\"discard\":\"new\",\"storage\":\"file\","
                        + "\"allow_rollup_hdrs\":true,\"allow_direct\":true}",
                "\"user\":\"runnel\",\"pass\":\"" + PASSWORD + "\"");
        database = scene.path("app.db");
    }

    @AfterEach
    void end() throws IOException {
        if (scene != null) {
            scene.close();
        }
    }

    /** Who is not let in waits the whole timeout. */
    private Path config(String password, String timeout) throws IOException {
        Path config = scene.path("litestream.yml");
        Files.writeString(config, """
                shutdown-sync-timeout: 10s
                dbs:
                  - path: DATABASE
                    replica:
                      url: nats://127.0.0.1:PORT/backup
                      username: runnel
                      password: "PASSWORD"
                      timeout: TIMEOUT
                      sync-interval: 100ms
                """.replace("DATABASE", database.toString())
                .replace("PORT", "" + server.port())
                .replace("PASSWORD", password)
                .replace("TIMEOUT", timeout));
        return config;
    }

    private void insert(Shell shell, int rows) {
        shell.run("INSERT INTO t(v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " + rows
                + ") SELECT hex(randomblob(2000)) FROM n");
    }

    private void awaitReplica(String rows, Child daemon) {
        NatsSettings settings = new NatsSettings(
                List.of(new NatsSettings.Server("127.0.0.1", server.port())),
                "backup",
                new NatsSettings.Login.User("runnel", PASSWORD),
                null,
                Duration.ofSeconds(10));
        try (NatsObjectStore store = new NatsObjectStore(settings, new SystemTime())) {
            databases.awaitReplica(store, "", KeyLayout.FILES, COUNT, rows, daemon);
        }
    }

    @Test
    void replicatesThroughARestartOfTheServerAndComesBack() throws IOException {
        Path config = config(PASSWORD, "60s");
        Shell shell = scene.shell(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        Child daemon = scene.start("replicate", "-config", config);
        insert(shell, 200);
        awaitReplica("200", daemon);
        server.kill();
        insert(shell, 100);
        daemon.awaitLine("level=", "is a NATS server running there");
        server.restart();
        awaitReplica("300", daemon);
        assertThat(daemon.output()).as("a lease keeps others out").doesNotContain("cannot fence");

        Scene.Run status = scene.runHere("status", "-config", config);
        assertThat(status.code()).as(status.text()).isZero();
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(daemon.err()).as(daemon.output()).isEmpty();
        assertThat(daemon.output()).doesNotContain(PASSWORD);

        Scene.Run listed = scene.runHere("databases", "-config", config);
        assertThat(listed.out()).as(listed.text()).anyMatch(line -> line.matches(".*/app\\.db +nats *"));
        Path copy = scene.path("copy.db");
        Scene.Run run = scene.runHere("restore", "-config", config, "-o", copy, database);
        assertThat(run.out()).as(run.text()).anyMatch(line -> line.contains("proof=verified"));
        databases.assertSame(database, copy);
        Path second = scene.path("second.db");
        Scene.Run byUrl = scene.runHere(
                "restore", "-o", second, "nats://runnel:p%40ss%3Aword@127.0.0.1:" + server.port() + "/backup");
        assertThat(byUrl.code()).as(byUrl.text()).isZero();
        assertThat(byUrl.text()).doesNotContain("p%40ss").doesNotContain(PASSWORD);
        databases.assertSame(database, second);
    }

    @Test
    void doctorTriesTheBucket() throws IOException {
        scene.shell(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(x)");
        Scene.Run healthy = scene.runHere("doctor", "-config", config(PASSWORD, "60s"));
        assertThat(healthy.code()).as(healthy.text()).isZero();
        assertThat(healthy.text())
                .contains("put, get, list and delete work", "password or token go over the line as they are")
                .doesNotContain("does not refuse to overwrite");

        Scene.Run wrong = scene.runHere("doctor", "-config", config("guess", "10s"));
        assertThat(wrong.code()).as(wrong.text()).isEqualTo(1);
        assertThat(wrong.out())
                .anyMatch(line -> line.startsWith("  PROBLEM  ")
                        && line.contains("refused the login with `username` and `password`"));
    }
}
