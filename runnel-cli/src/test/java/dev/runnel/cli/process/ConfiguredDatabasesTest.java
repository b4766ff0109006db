package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.KeyLayout;
import dev.runnel.engine.SystemTime;
import dev.runnel.s3.S3ObjectStore;
import dev.runnel.s3.S3Settings;
import dev.runnel.storage.ObjectStore;
import dev.runnel.testkit.s3.S3TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** Databases of a configuration file, in both spellings, with replicas in an S3 server that checks signatures. */
class ConfiguredDatabasesTest {

    private static final String COUNT = "SELECT count(*) FROM t";

    @TempDir
    Path folder;

    private Scene scene;
    private Databases databases;
    private S3TestServer server;
    private ObjectStore store;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        databases = new Databases(scene);
        server = S3TestServer.start();
        store = new S3ObjectStore(
                S3Settings.builder()
                        .bucket(S3TestServer.BUCKET)
                        .endpoint(server.endpoint())
                        .accessKeyId(S3TestServer.ACCESS_KEY_ID)
                        .secretAccessKey(S3TestServer.SECRET_ACCESS_KEY)
                        .build(),
                new SystemTime());
        scene.set("KEY_ID", S3TestServer.ACCESS_KEY_ID).set("SECRET", S3TestServer.SECRET_ACCESS_KEY);
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
        store.close();
        server.close();
    }

    /** Litestream 0.3 with all its keys, the fourth database with those of 0.5. */
    private Path config() throws IOException {
        Path config = scene.path("litestream.yml");
        Files.writeString(config, """
                access-key-id: ${KEY_ID}
                secret-access-key: $SECRET
                levels:
                  - interval: 2s
                  - interval: 5m
                dbs:
                  - path: FOLDER/one.db
                    replicas:
                      - type: s3
                        bucket: BUCKET
                        path: one
                        endpoint: ENDPOINT
                        retention: 72h
                        retention-check-interval: 30m
                        snapshot-interval: 12h
                        validation-interval: 6h
                        sync-interval: 100ms
                  - path: FOLDER/two.db
                    replicas:
                      - name: near
                        path: FOLDER/two-replica
                      - name: far
                        url: s3://BUCKET/two?endpoint=ENDPOINT
                  - path: FOLDER/three.db
                    replicas:
                      - url: s3://BUCKET/three
                        endpoint: ENDPOINT
                        region: us-east-1
                        force-path-style: true
                  - path: FOLDER/four.db
                    replica:
                      type: s3
                      bucket: BUCKET
                      path: four
                      endpoint: ENDPOINT
                      part-size: 5MiB
                """.replace("FOLDER", scene.path("").toString())
                .replace("BUCKET", S3TestServer.BUCKET)
                .replace("ENDPOINT", server.endpoint()));
        return config;
    }

    private Shell application(String name) {
        return scene.shell(
                scene.path(name + ".db"), "PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
    }

    private static void insert(Shell shell, int rows) {
        shell.run("INSERT INTO t(v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " + rows
                + ") SELECT hex(randomblob(50)) FROM n");
    }

    private void awaitS3(String path, int count, Child daemon) {
        databases.awaitReplica(store, path, KeyLayout.S3, COUNT, "" + count, daemon);
    }

    private static Instant nextMillisecond() {
        Instant instant = Instant.now().plusMillis(1).truncatedTo(ChronoUnit.MILLIS);
        Await.until("the clock to go on", () -> Instant.now().isAfter(instant));
        return instant;
    }

    @Test
    void fourDatabasesOfOneFileComeBackByTheirPaths() throws IOException {
        Path config = config();
        List<String> names = List.of("one", "two", "three", "four");
        List<Shell> shells = new ArrayList<>();
        names.forEach(name -> shells.add(application(name)));
        Child daemon = scene.start("replicate", "-config", config);
        shells.forEach(shell -> insert(shell, 10));
        names.forEach(name -> awaitS3(name, 10, daemon));
        Instant middle = nextMillisecond();
        shells.forEach(shell -> insert(shell, 5));
        names.forEach(name -> awaitS3(name, 15, daemon));
        databases.awaitReplica(scene.path("two-replica"), COUNT, "15", daemon);
        checkListings(config, daemon);
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(daemon.err()).as(daemon.output()).isEmpty();

        for (String name : names) {
            Path copy = scene.path(name + "-copy.db");
            Scene.Run run = scene.runHere("restore", "-config", config, "-o", copy, scene.path(name + ".db"));
            assertThat(run.code()).as(run.text()).isZero();
            assertThat(run.out()).as(run.text()).singleElement().asString().contains("proof=verified");
            databases.assertSame(scene.path(name + ".db"), copy);
            Path earlier = scene.path(name + "-earlier.db");
            Scene.Run past = scene.runHere(
                    "restore", "--config", config, "--timestamp", middle, "-o", earlier, scene.path(name + ".db"));
            assertThat(past.code()).as(past.text()).isZero();
            assertThat(Shell.once(earlier, COUNT)).as(past.text()).isEqualTo("10");
        }
        checkRestoreFlags(config);
    }

    private void checkListings(Path config, Child daemon) {
        Scene.Run list = scene.runHere("databases", "-config", config);
        assertThat(list.out()).as(list.text()).hasSize(5);
        assertThat(list.out().get(0)).matches("path +replica *");
        assertThat(list.out().get(1)).matches(".*/one\\.db +s3 *");
        assertThat(list.out().get(2)).matches(".*/two\\.db +near,far *");

        Await.untilAsserted(
                "the daemon to know that everything is stored",
                () -> {
                    Scene.Run status = scene.runHere("status", "-config", config);
                    assertThat(status.code()).as(status.text()).isZero();
                    assertThat(status.out().get(0)).matches("database +status +local txid +wal size +daemon *");
                    assertThat(status.out().get(4)).matches(".*/four\\.db +ok +[0-9a-f]{16} +[0-9.]+ k?B +OK *");
                },
                daemon::output);

        Scene.Run ltx = scene.runHere("ltx", "-config", config, "-level", "all", scene.path("one.db"));
        assertThat(ltx.code()).as(ltx.text()).isZero();
        assertThat(ltx.out().get(0)).matches("level +min_txid +max_txid +size +created *");
        assertThat(ltx.out()).as(ltx.text()).anyMatch(line -> line.matches("9 +0{15}1 +[0-9a-f]{16} +[0-9]+ +.*Z *"));
        Scene.Run json = scene.runHere("ltx", "-config", config, "-level=9", "-json", scene.path("one.db"));
        assertThat(parse(json))
                .as(json.text())
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                .hasSize(1);
        Scene.Run several = scene.runHere("ltx", "-config", config, scene.path("two.db"));
        assertThat(several.code()).as(several.text()).isEqualTo(1);
        assertThat(several.err()).anyMatch(line -> line.contains("-replica near or far"));
    }

    private void checkRestoreFlags(Path config) throws IOException {
        Path database = scene.path("one.db");
        Path output = scene.path("flags.db");
        Scene.Run dry = scene.runHere("restore", "-config", config, "-dry-run", "-json", "-o", output, database);
        Map<?, ?> plan = (Map<?, ?>) parse(dry);
        assertThat(plan.get("target_path")).isEqualTo(output.toString());
        assertThat(output).doesNotExist();
        Object first = ((Map<?, ?>) ((List<?>) plan.get("files")).get(0)).get("max_txid");

        Scene.Run run = scene.runHere(
                "restore",
                "-config",
                config,
                "-json",
                "-integrity-check",
                "full",
                "-txid",
                first,
                "-o",
                output,
                database);
        Map<?, ?> result = (Map<?, ?>) parse(run);
        assertThat(result.get("txid")).isEqualTo(first);
        assertThat(result.get("integrity_check")).isEqualTo("full");
        assertThat(result.get("proof")).isEqualTo("verified");
        byte[] before = Files.readAllBytes(output);

        Scene.Run exists = scene.runHere("restore", "-config", config, "-o", output, database);
        assertThat(exists.code()).as(exists.text()).isEqualTo(1);
        assertThat(exists.err().get(0)).as(exists.text()).contains(output.toString(), "exists");
        Scene.Run skipped = scene.runHere("restore", "-config", config, "-if-db-not-exists", "-o", output, database);
        assertThat(skipped.code()).as(skipped.text()).isZero();
        assertThat(output).hasBinaryContent(before);
        Scene.Run forced = scene.runHere("restore", "-config", config, "-force", "-o", output, database);
        assertThat(forced.code()).as(forced.text()).isZero();
        databases.assertSame(database, output);

        Path nothing = scene.path("nothing.db");
        String absent = "s3://" + S3TestServer.BUCKET + "/absent?endpoint=" + server.endpoint();
        scene.set("LITESTREAM_ACCESS_KEY_ID", S3TestServer.ACCESS_KEY_ID)
                .set("LITESTREAM_SECRET_ACCESS_KEY", S3TestServer.SECRET_ACCESS_KEY);
        Scene.Run none = scene.runHere("restore", "-o", nothing, absent);
        assertThat(none.code()).as(none.text()).isEqualTo(1);
        assertThat(none.err()).as(none.text()).containsExactly("Error: no matching backup files available");
        Scene.Run allowed = scene.runHere("restore", "-if-replica-exists", "-o", nothing, absent);
        assertThat(allowed.code()).as(allowed.text()).isZero();
        assertThat(nothing).doesNotExist();
    }

    private static Object parse(Scene.Run run) {
        assertThat(run.code()).as(run.text()).isZero();
        return new Yaml().load(String.join("\n", run.out())); // of which JSON is a part
    }

    @Test
    void exitsWith1AndNamesTheEndpointWhenTheServerIsGone() throws IOException {
        Path config = scene.path("runnel.yml");
        Files.writeString(
                config,
                "shutdown-sync-timeout: 1s\naccess-key-id: ${KEY_ID}\nsecret-access-key: ${SECRET}\n"
                        + "dbs:\n  - path: one.db\n    replica: { type: s3, bucket: " + S3TestServer.BUCKET
                        + ", path: one, endpoint: \"" + server.endpoint() + "\" }\n");
        Shell shell = application("one");
        Child daemon = scene.start("replicate", "-config", config);
        insert(shell, 10);
        awaitS3("one", 10, daemon);
        String endpoint = server.endpoint();
        server.close();
        insert(shell, 1);
        assertThat(daemon.terminate()).as(daemon.output()).isEqualTo(1);
        assertThat(daemon.out())
                .as(daemon.output())
                .anyMatch(line -> line.contains("level=ERROR") && line.contains(endpoint));
    }

    @Test
    void refusesWrongKeysWithOneLine() throws IOException {
        scene.set("LITESTREAM_ACCESS_KEY_ID", S3TestServer.ACCESS_KEY_ID).set("LITESTREAM_SECRET_ACCESS_KEY", "wrong");
        Scene.Run run = scene.runHere(
                "restore",
                "-o",
                scene.path("copy.db"),
                "s3://" + S3TestServer.BUCKET + "/one?endpoint=" + server.endpoint());
        assertThat(run.code()).as(run.text()).isEqualTo(1);
        assertThat(run.err())
                .as(run.text())
                .singleElement()
                .asString()
                .startsWith("Error: ")
                .contains(S3TestServer.BUCKET, "SignatureDoesNotMatch");
    }
}
