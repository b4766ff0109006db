package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.testkit.s3.S3TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The command lines of wrappers of Litestream, and their ways to read what is printed. What they start is a link called
 * {@code litestream} to the launcher, as in the folder that {@code LITESTREAM_INSTALL_DIR} names.
 */
class WrappersTest {

    private static final String DATABASE = "storage/production.sqlite3";

    @TempDir
    Path folder;

    private Scene scene;
    private S3TestServer server;
    private Shell application;

    @BeforeEach
    void begin() throws IOException {
        Path launcher = InstalledLauncher.in(folder.toRealPath());
        scene = new Scene(folder);
        scene.through(InstalledLauncher.link(launcher, scene.path("bin/litestream")));
        server = S3TestServer.start();
        scene.set("LITESTREAM_REPLICA_BUCKET", S3TestServer.BUCKET)
                .set("LITESTREAM_REPLICA_REGION", "us-east-1")
                .set("LITESTREAM_REPLICA_ENDPOINT", server.endpoint())
                .set("LITESTREAM_ACCESS_KEY_ID", S3TestServer.ACCESS_KEY_ID)
                .set("LITESTREAM_SECRET_ACCESS_KEY", S3TestServer.SECRET_ACCESS_KEY);
        Files.createDirectories(scene.path("storage"));
        Files.createDirectories(scene.path("config"));
        application = scene.shell(scene.path(DATABASE), "PRAGMA journal_mode=wal", "CREATE TABLE t(x)");
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
        server.close();
    }

    /** As litestream-ruby reads a table: cells split at blanks, under the words of the first line. */
    private static List<Map<String, String>> table(Scene.Run run) {
        assertThat(run.code()).as(run.text()).isZero();
        String[] keys = run.out().get(0).split("\\s+");
        List<Map<String, String>> rows = new ArrayList<>();
        for (String line : run.out().subList(1, run.out().size())) {
            String[] cells = line.split("\\s+");
            Map<String, String> row = new HashMap<>();
            for (int i = 0; i < keys.length; i++) {
                row.put(keys[i], i < cells.length ? cells[i] : "");
            }
            rows.add(row);
        }
        return rows;
    }

    private void awaitRows(Path config, Object database, String expected) {
        Path copy = scene.path("look.sqlite3");
        String[] last = {""};
        Await.until(
                expected + " rows in the replica",
                () -> {
                    Files.deleteIfExists(copy);
                    Scene.Run run = scene.run("restore", "-config", config, "-o", copy, database);
                    last[0] = run.text();
                    return run.code() == 0
                            && Shell.once(copy, "SELECT count(*) FROM sqlite_schema WHERE name = 't'")
                                    .equals("1")
                            && Shell.once(copy, "SELECT count(*) FROM t").equals(expected);
                },
                () -> last[0]);
        try {
            Files.delete(copy);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** What {@code databases} prints once it ends well: what the replica shows, the daemon knows a moment later. */
    private Scene.Run awaitGreen(Path config, Child daemon) {
        Scene.Run[] last = new Scene.Run[1];
        Await.until(
                "a green health check",
                () -> {
                    last[0] = scene.run("databases", "-config", config);
                    return last[0].code() == 0;
                },
                () -> last[0].text() + "\n" + daemon.output());
        return last[0];
    }

    @Test
    void rails() throws IOException {
        Path config = scene.path("config/litestream.yml");
        Files.writeString(config, """
                dbs:
                  - path: storage/production.sqlite3
                    replicas:
                      - type: s3
                        bucket: $LITESTREAM_REPLICA_BUCKET
                        path: storage/production.sqlite3
                        region: $LITESTREAM_REPLICA_REGION
                        endpoint: $LITESTREAM_REPLICA_ENDPOINT
                        access-key-id: $LITESTREAM_ACCESS_KEY_ID
                        secret-access-key: $LITESTREAM_SECRET_ACCESS_KEY
                """);
        Child replicate = scene.start("replicate", "--config", config);
        application.run("INSERT INTO t VALUES ('sentinel')");
        awaitRows(config, DATABASE, "1");

        // Litestream.databases, which fills the dashboard
        List<Map<String, String>> databases = table(awaitGreen(config, replicate));
        assertThat(databases).hasSize(1);
        String path = databases.get(0).get("path");
        assertThat(path).isEqualTo(scene.path(DATABASE).toString());
        Map<String, String> generation =
                table(scene.run("generations", "--config", config, path)).get(0);
        assertThat(generation.get("generation")).matches("[0-9a-f]{16}");
        assertThat(generation.get("lag")).matches("-?[0-9.hmµn]+s");
        assertThat(generation.get("start")).matches("[0-9T:-]+Z");
        assertThat(generation.get("end")).matches("[0-9T:-]+Z");
        List<Map<String, String>> snapshots = table(scene.run("snapshots", "--config", config, path));
        assertThat(snapshots).anySatisfy(snapshot -> {
            assertThat(snapshot.get("replica")).isEqualTo(generation.get("name"));
            assertThat(snapshot.get("generation")).isEqualTo(generation.get("generation"));
            assertThat(snapshot.get("index")).matches("[0-9]+");
            assertThat(snapshot.get("size")).matches("[0-9]+");
            assertThat(snapshot.get("created")).matches("[0-9T:-]+Z");
        });
        assertThat(table(scene.run("wal", "--config", config, DATABASE)))
                .allSatisfy(segment -> assertThat(segment)
                        .containsOnlyKeys("replica", "generation", "index", "offset", "size", "created"));

        // Litestream::Commands.restore, of verify! and of the dashboard
        Path backup = scene.path("tmp/20261122_uuid.sqlite3");
        Scene.Run restore = scene.run("restore", "--config", config, "-o", "tmp/20261122_uuid.sqlite3", DATABASE);
        assertThat(restore.code()).as(restore.text()).isZero();
        assertThat(Shell.once(backup, "SELECT 1 FROM t WHERE x = 'sentinel' LIMIT 1"))
                .isEqualTo("1");
        assertThat(replicate.terminate()).as(replicate.output()).isZero();
    }

    @Test
    void django() throws IOException {
        Path config = scene.path("django.yml");
        Files.writeString(config, """
                dbs:
                - path: DATABASE
                  replica:
                    type: s3
                    bucket: $LITESTREAM_REPLICA_BUCKET
                    path: prefix/production.sqlite3
                    endpoint: ENDPOINT
                access-key-id: $LITESTREAM_ACCESS_KEY_ID
                secret-access-key: $LITESTREAM_SECRET_ACCESS_KEY
                """.replace("DATABASE", scene.path(DATABASE).toString())
                .replace("ENDPOINT", server.endpoint()));
        Child replicate = scene.start("replicate", "-config", config);
        application.run("INSERT INTO t VALUES (1)");
        awaitRows(config, scene.path(DATABASE), "1");
        assertThat(table(awaitGreen(config, replicate)).get(0))
                .containsEntry("path", scene.path(DATABASE).toString())
                .containsEntry("replica", "s3");
        Scene.Run ltx = scene.run("ltx", "-config", config, "-level", "all", scene.path(DATABASE));
        assertThat(table(ltx).get(0)).containsOnlyKeys("level", "min_txid", "max_txid", "size", "created");
        assertThat(scene.run("version").out()).hasSize(1);
        Scene.Run doctor = scene.run("doctor", "-config", config);
        assertThat(doctor.code()).as(doctor.text()).isZero();
        assertThat(doctor.text()).contains("its clock agrees with that of this machine");
        Scene.Run unknown = scene.run("restore", "-config", config, "-o", "x.restored", scene.path("other.db"));
        assertThat(unknown.code()).as(unknown.text()).isNotZero();
        assertThat(replicate.terminate()).as(replicate.output()).isZero();
    }

    @Test
    void laravel() throws IOException {
        Path config = scene.path("litestream.yml");
        Files.writeString(config, """
                socket: { enabled: true, path: SOCKET }
                dbs:
                  - path: DATABASE
                    replica:
                      type: s3
                      bucket: ${LITESTREAM_REPLICA_BUCKET}
                      path: app
                      endpoint: ${LITESTREAM_REPLICA_ENDPOINT}
                      access-key-id: ${LITESTREAM_ACCESS_KEY_ID}
                      secret-access-key: ${LITESTREAM_SECRET_ACCESS_KEY}
                """.replace("SOCKET", scene.path("l.sock").toString())
                .replace("DATABASE", scene.path(DATABASE).toString()));
        Child replicate = scene.start("replicate", "-config", config);
        application.run("INSERT INTO t VALUES (1)");
        awaitRows(config, scene.path(DATABASE), "1");
        awaitGreen(config, replicate);
        assertThat(replicate.terminate()).as(replicate.output()).isZero();

        Scene.Run reset = scene.run("reset", "-config", config, scene.path(DATABASE));
        assertThat(reset.code()).as(reset.text()).isZero();
        // Errors are taken from standard error.
        Scene.Run exists = scene.run("restore", "-config", config, scene.path(DATABASE));
        assertThat(exists.code()).as(exists.text()).isNotZero();
        assertThat(exists.err()).as(exists.text()).isNotEmpty();
        application.close();
        Files.delete(scene.path(DATABASE));
        Scene.Run restore = scene.run("restore", "-config", config, scene.path(DATABASE));
        assertThat(restore.code()).as(restore.text()).isZero();
        assertThat(Shell.once(scene.path(DATABASE), "SELECT count(*) FROM t")).isEqualTo("1");
    }

    @Test
    void elixir() throws IOException {
        scene.withoutEnvironment()
                .set("RUNNEL_JAVA_HOME", System.getProperty("java.home"))
                .set("LITESTREAM_ACCESS_KEY_ID", S3TestServer.ACCESS_KEY_ID)
                .set("LITESTREAM_SECRET_ACCESS_KEY", S3TestServer.SECRET_ACCESS_KEY);
        String url = "s3://" + S3TestServer.BUCKET + ".localhost:"
                + server.endpoint().replaceAll(".*:", "") + "/" + "app";
        Child replicate = scene.start("replicate", scene.path(DATABASE), url);
        replicate.awaitLine("replica opened");
        application.run("INSERT INTO t VALUES (1)");
        assertThat(replicate.terminate()).as(replicate.output()).isZero();
        Path copy = scene.path("copy.db");
        Scene.Run restore = scene.run("restore", "-o", copy, url);
        assertThat(restore.code()).as(restore.text()).isZero();
        assertThat(Shell.once(copy, "SELECT count(*) FROM t")).isEqualTo("1");
    }

    @Test
    void datasetteStartsADaemonWithoutDatabases() throws IOException {
        Path config = scene.path("daemon.yml");
        Files.writeString(
                config,
                "{\"socket\": {\"enabled\": true, \"path\": \"" + scene.path("d.sock")
                        + "\", \"permissions\": 384}, \"logging\": {\"level\": \"debug\", \"type\": \"text\","
                        + " \"stderr\": true}}");
        Child daemon = scene.start("replicate", "-config", config);
        Await.until(
                "the daemon to be ready",
                () -> daemon.err().stream().anyMatch(line -> line.contains("started")) || !daemon.isAlive(),
                daemon::output);
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(daemon.out()).as(daemon.output()).isEmpty();
    }
}
