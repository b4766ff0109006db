package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.testkit.azure.AzuriteServer;
import dev.runnel.testkit.gcs.GcsTestServer;
import dev.runnel.testkit.s3.S3TestServer;
import dev.runnel.testkit.webdav.ApacheServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon and the commands with replicas in the stores that are neither files nor S3, on real servers. */
class WebStoresTest {

    @TempDir
    Path folder;

    private Scene scene;
    private Path config;
    private Path database;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        config = scene.path("runnel.yml");
        database = scene.path("app.db");
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    @Test
    void azure() throws Exception {
        assumeTrue(AzuriteServer.isPossible(), "node and npm are not installed");
        AzuriteServer server = scene.closing(AzuriteServer.start());
        server.createContainer("backups");
        scene.set("LITESTREAM_AZURE_ACCOUNT_KEY", AzuriteServer.ACCOUNT_KEY);
        String replica = "{type: abs, account-name: %s, bucket: backups, path: apps/one, endpoint: \"%s\"}"
                .formatted(AzuriteServer.ACCOUNT, server.endpoint());

        roundTrip(replica, "abs", true);

        scene.set("LITESTREAM_AZURE_ACCOUNT_KEY", "d3Jvbmc=");
        assertRefused("account-key does not belong to account " + AzuriteServer.ACCOUNT);
    }

    @Test
    void gcs() throws Exception {
        GcsTestServer server = scene.closing(GcsTestServer.start());
        server.createBucket("backups");
        scene.set("STORAGE_EMULATOR_HOST", server.endpoint());
        Path key = server.writeCredentials(scene.path("key.json"));
        scene.set("GOOGLE_APPLICATION_CREDENTIALS", key.toString());

        roundTrip("{type: gs, bucket: backups, path: apps/one}", "gs", true);

        scene.set("GOOGLE_APPLICATION_CREDENTIALS", scene.path("none.json").toString());
        assertRefused("none.json cannot be read");
    }

    @Test
    void webDav() throws Exception {
        assumeTrue(ApacheServer.isPossible(), "apache2-bin is not installed");
        ApacheServer server = scene.closing(ApacheServer.start());
        String url = server.createFolder("dav");
        scene.set("DAV_PASSWORD", ApacheServer.PASSWORD);
        String replica =
                "{type: webdav, webdav-url: \"%s\", webdav-username: %s, webdav-password: \"${DAV_PASSWORD}\", path: apps/one}"
                        .formatted(url, ApacheServer.USERNAME);

        roundTrip(replica, "webdav", false);

        try (var files = Files.list(server.folder().resolve("dav/apps/one/ltx/0"))) {
            assertThat(files)
                    .as("Litestream's layout")
                    .isNotEmpty()
                    .allMatch(file -> file.getFileName().toString().matches("[0-9a-f]{16}-[0-9a-f]{16}\\.ltx"));
        }
        scene.set("DAV_PASSWORD", "wrong");
        assertRefused("webdav-password is wrong");
    }

    @Test
    void oss() throws Exception {
        S3TestServer server = scene.closing(S3TestServer.start());
        scene.set("OSS_ACCESS_KEY_ID", S3TestServer.ACCESS_KEY_ID);
        scene.set("OSS_ACCESS_KEY_SECRET", S3TestServer.SECRET_ACCESS_KEY);

        roundTrip(
                "{type: oss, bucket: %s, path: apps/one, endpoint: \"%s\"}"
                        .formatted(S3TestServer.BUCKET, server.endpoint()),
                "oss",
                true);
    }

    /** Replicates, looks, stops, goes on, checks and restores. */
    private void roundTrip(String replica, String type, boolean fenced) throws IOException {
        Files.writeString(config, "dbs:\n  - path: %s\n    replica: %s\n".formatted(database, replica));
        Shell shell = scene.shell(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        Child daemon = scene.start("replicate", "-config", config);
        insert(shell);
        awaitStored(daemon);
        Await.untilAsserted(
                "a green health check",
                () -> {
                    Scene.Run listed = scene.runHere("databases", "-config", config);
                    assertThat(listed.code()).as(listed.text()).isZero();
                    assertThat(listed.out().get(1)).contains(type);
                },
                daemon::output);
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(daemon.err()).as(daemon.output()).isEmpty();

        insert(shell);
        Child second = scene.start("replicate", "-config", config);
        insert(shell);
        awaitStored(second);
        Scene.Run checked = scene.runHere("config", "check", "-config", config);
        assertThat(checked.code()).as(checked.text()).isZero();
        assertThat(checked.text()).contains(fenced ? "refuses to overwrite" : "does not refuse to overwrite");
        assertThat(second.terminate()).as(second.output()).isZero();

        Path copy = scene.path("copy.db");
        Scene.Run restored = scene.runHere("restore", "-config", config, "-o", copy, database);
        assertThat(restored.code()).as(restored.text()).isZero();
        assertThat(restored.text()).contains("proof=verified");
        assertThat(Shell.once(copy, "SELECT count(*) FROM t")).isEqualTo("6000");
        new Databases(scene).assertSame(database, copy);
        Scene.Run scrubbed = scene.runHere("scrub", "-config", config, database);
        assertThat(scrubbed.code()).as(scrubbed.text()).isZero();
    }

    private void assertRefused(String message) {
        Scene.Run run = scene.runHere("restore", "-config", config, "-o", scene.path("never.db"), database);
        assertThat(run.code()).as(run.text()).isEqualTo(1);
        assertThat(run.text()).contains(message).doesNotContain("\tat dev.runnel");
    }

    private static void insert(Shell shell) {
        shell.run("INSERT INTO t(v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000)"
                + " SELECT hex(randomblob(100)) FROM n");
    }

    /** The daemon may not listen yet. */
    private void awaitStored(Child daemon) {
        String[] last = {""};
        Await.until(
                "the daemon to store everything",
                () -> {
                    Scene.Run run = scene.runHere("sync", "-wait", "-config", config, database);
                    last[0] = run.text();
                    return run.code() == 0;
                },
                () -> last[0] + "\n" + daemon.output());
    }
}
