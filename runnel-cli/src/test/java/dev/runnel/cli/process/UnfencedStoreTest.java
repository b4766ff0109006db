package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.testkit.s3.S3TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon on a store without conditional writes says that it cannot fence, wherever one looks. */
class UnfencedStoreTest {

    private static final String SAYS = "the store has no conditional writes and cannot fence";

    private Scene scene;
    private S3TestServer server;

    @BeforeEach
    void begin(@TempDir Path folder) throws IOException {
        scene = new Scene(folder);
        server = S3TestServer.start();
        scene.set("LITESTREAM_ACCESS_KEY_ID", S3TestServer.ACCESS_KEY_ID)
                .set("LITESTREAM_SECRET_ACCESS_KEY", S3TestServer.SECRET_ACCESS_KEY);
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
        server.close();
    }

    private Path config(String name, String keys) throws IOException {
        Path database = scene.path(name + ".db");
        scene.shell(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(v)");
        return Files.writeString(
                scene.path(name + ".yml"),
                "dbs:\n  - path: " + database + "\n    replicas:\n      - url: s3://" + S3TestServer.BUCKET + "/" + name
                        + "?endpoint=" + server.endpoint() + "\n" + keys);
    }

    @Test
    void saysSoInLogStatusHealthAndMetricsAndStaysGreen() throws IOException {
        Path config = config("one", "        conditional-writes: false\n");
        Child daemon = scene.start("replicate", "-config", config);
        assertThat(daemon.awaitLine(SAYS)).contains("level=WARN", "see to it that nobody else writes there", "one");
        Await.untilAsserted(
                "everything to be stored",
                () -> {
                    Scene.Run sync = scene.run("sync", "-wait", "-config", config, scene.path("one.db"));
                    assertThat(sync.code()).as(sync.text()).isZero();
                },
                daemon::output);

        Await.untilAsserted(
                "the daemon to say so",
                () -> {
                    Scene.Run status = scene.runHere("status", "-config", config);
                    assertThat(status.code()).as(status.text()).isZero();
                    assertThat(status.text()).contains("OK; s3 OK: " + SAYS);
                    Scene.Run health = scene.runHere("databases", "-health", "-config", config);
                    assertThat(health.code()).as(health.text()).isZero();
                    assertThat(health.text()).contains("unfenced", SAYS);
                },
                daemon::output);
    }

    @Test
    void whoTurnsTheLeaseOffIsNotToldAllTheTime() throws IOException {
        Path config = config("two", "        conditional-writes: false\n        lease: false\n");
        Child daemon = scene.start("replicate", "-config", config);
        daemon.awaitLine("replica opened"); // what is to be said of its lease is said before
        daemon.awaitLine("attached");
        assertThat(daemon.output()).doesNotContain(SAYS);
        Await.untilAsserted(
                "the daemon to know that everything is stored",
                () -> assertThat(scene.runHere("status", "-config", config).text())
                        .contains(" OK")
                        .doesNotContain("fence"),
                daemon::output);
    }
}
