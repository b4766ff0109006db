package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.KeyLayout;
import dev.runnel.engine.SystemTime;
import dev.runnel.s3.S3ObjectStore;
import dev.runnel.s3.S3Settings;
import dev.runnel.testkit.s3.S3TestServer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An accessory of Kamal, as far as a test can be one without a container: everything is mounted read-only, the database's
 * volume, too; only the directory for temporary files can be written to; the daemon is no user of rights, has one
 * configuration file and hardly a variable, and {@code litestream databases} is the health check beside it.
 */
class KamalTest {

    private static final String COUNT = "SELECT count(*) FROM t";

    @TempDir
    Path folder;

    private Scene scene;
    private S3TestServer server;
    private Path database;
    private Path config;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        database = Files.createDirectory(scene.path("volume")).resolve("app.db");
        server = S3TestServer.start();
        config = Files.writeString(scene.path("litestream.yml"), """
                access-key-id: KEY
                secret-access-key: SECRET
                dbs:
                  - path: DATABASE
                    replicas:
                      - type: s3
                        bucket: BUCKET
                        path: app
                        endpoint: ENDPOINT
                """.replace("KEY", S3TestServer.ACCESS_KEY_ID)
                .replace("SECRET", S3TestServer.SECRET_ACCESS_KEY)
                .replace("DATABASE", database.toString())
                .replace("BUCKET", S3TestServer.BUCKET)
                .replace("ENDPOINT", server.endpoint().toString()));
        scene.withoutEnvironment().set("PATH", System.getenv("PATH"));
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
        server.close();
    }

    @Test
    void theHealthCheckIsGreenWhileItReplicatesAndRedWhenTheBucketIsGone() throws IOException {
        List<String> user = unprivileged();
        List<String> container = inReadOnlyMounts(user);
        Shell application = scene.shell(
                database,
                "PRAGMA journal_mode=wal",
                "CREATE TABLE t(id INTEGER PRIMARY KEY, v)",
                "INSERT INTO t(v) VALUES ('one')");
        List<Path> before = listing();
        Child daemon = scene.start(container, "replicate", "-config", config);
        awaitGreen(daemon, user);
        assertReplicated("1", daemon);
        application.run("INSERT INTO t(v) VALUES ('two')");
        assertReplicated("2", daemon);
        awaitGreen(daemon, user);
        assertThat(listing()).as("files in the volume").isEqualTo(before);

        server.close();
        application.run("INSERT INTO t(v) VALUES ('three')");
        Await.untilAsserted(
                "a red health check with the reason",
                () -> {
                    Scene.Run red = check(daemon, user);
                    assertThat(red.code()).as(red.text()).isEqualTo(1);
                    assertThat(red.err())
                            .as(red.text())
                            .singleElement()
                            .asString()
                            .startsWith("Error: " + database + " -> s3: failing since ")
                            .contains(S3TestServer.BUCKET);
                    assertThat(red.out().get(0)).as("as Litestream prints it").matches("path +replica *");
                },
                daemon::output);
        assertThat(daemon.isAlive()).isTrue();
    }

    private List<Path> listing() throws IOException {
        try (Stream<Path> files = Files.list(database.getParent())) {
            return files.sorted().toList();
        }
    }

    /** The check, in the container of the daemon. */
    private Scene.Run check(Child daemon, List<String> user) throws IOException {
        List<String> beside = new ArrayList<>(List.of("nsenter", "--mount", "--target", Long.toString(daemon.pid())));
        beside.addAll(user);
        Child check = scene.named("litestream").start(beside, "databases", "-config", config);
        scene.named("runnel");
        int code = check.awaitEnd();
        return new Scene.Run(code, check.out(), check.err());
    }

    private void awaitGreen(Child daemon, List<String> user) {
        Scene.Run[] last = new Scene.Run[1];
        Await.until(
                "a green health check",
                () -> {
                    last[0] = check(daemon, user);
                    return last[0].code() == 0 && last[0].err().isEmpty();
                },
                () -> last[0].text() + "\n" + daemon.output());
    }

    private void assertReplicated(String expected, Child daemon) {
        try (S3ObjectStore store = new S3ObjectStore(
                S3Settings.builder()
                        .bucket(S3TestServer.BUCKET)
                        .endpoint(server.endpoint())
                        .accessKeyId(S3TestServer.ACCESS_KEY_ID)
                        .secretAccessKey(S3TestServer.SECRET_ACCESS_KEY)
                        .build(),
                new SystemTime())) {
            new Databases(scene).awaitReplica(store, "app", KeyLayout.S3, COUNT, expected, daemon);
        }
    }

    /**
     * What runs the daemon as a user without rights: another one, where he may read the classes of this test, else root
     * without any capability.
     */
    private List<String> unprivileged() throws IOException {
        List<String> nobody = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
        List<String> probe = new ArrayList<>(nobody);
        probe.addAll(List.of("sh", "-c", "for f; do test -r \"$f\" || exit 1; done", "sh"));
        probe.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        probe.addAll(List.of(System.getProperty("java.class.path").split(File.pathSeparator)));
        probe.add(config.toString());
        if (code(probe) == 0) {
            return nobody;
        }
        return List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all");
    }

    private List<String> inReadOnlyMounts(List<String> user) throws IOException {
        String all = scene.path("").toString();
        String temporary = scene.path("tmp").toString();
        List<String> prefix = new ArrayList<>(List.of(
                "unshare",
                "-m",
                "--propagation",
                "private",
                "sh",
                "-c",
                "mount --bind '" + all + "' '" + all + "' && mount -t tmpfs -o mode=1777 tmpfs '" + temporary
                        + "' || exit 90\n" + ReadOnlyMount.of(all, "/")
                        + "for d in '" + database.getParent() + "' '" + all
                        + "' /; do touch \"$d/probe\" 2>/dev/null && exit 91; done\n"
                        + "exec \"$@\"",
                "sh"));
        prefix.addAll(user);
        Possible.require("read-only mounts", prefix, "touch", temporary + "/probe");
        return prefix;
    }

    private static int code(List<String> command) throws IOException {
        return Child.start(new ProcessBuilder(command)).awaitEnd();
    }
}
