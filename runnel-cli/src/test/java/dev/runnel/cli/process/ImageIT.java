package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.testkit.s3.S3TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the Dockerfile makes, run as its instructions say. After `package`, whose jars it takes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImageIT {

    /** No user of the image has this number. */
    private static final String UNKNOWN_USER = "4711:4711";

    private static final String REFUSE_OTHER_THAN_CACHED_CLASSES = "-XX:AOTMode=on";

    private Image image;
    private Scene scene;

    @BeforeAll
    void assemble(@TempDir Path folder) throws IOException, InterruptedException {
        Path jdk = Image.jdk().orElseGet(() -> notTested("there is no JDK 25 or newer"));
        int code = Child.start(new ProcessBuilder("sh", "-c", "! ldd \"$(command -v busybox)\""))
                .awaitEnd();
        if (code != 0) {
            notTested("there is no busybox without libraries: install busybox-static");
        }
        code = Child.start(new ProcessBuilder(
                        "unshare",
                        "-m",
                        "-p",
                        "-f",
                        "sh",
                        "-c",
                        "mount -t proc proc /proc && mount -t tmpfs tmpfs /mnt"))
                .awaitEnd();
        if (code != 0) {
            notTested("this machine does not allow mounts");
        }
        image = Image.assemble(jdk, Files.createDirectory(open(folder).resolve("image")));
    }

    private static Path notTested(String why) {
        System.out.println("NOT TESTED: " + why);
        return Assumptions.abort(why);
    }

    @BeforeEach
    void begin(@TempDir Path folder) throws IOException {
        scene = new Scene(open(folder));
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    /** Only the owner gets into a directory of JUnit. */
    private static Path open(Path directory) throws IOException {
        return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** A directory that is the whole content of a new volume, for every user, as an engine makes it out of the image's. */
    private Path newVolume(String name) throws IOException {
        Path directory = Files.createDirectory(scene.path(name));
        return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    private static void assertGreen(Scene.Run run) {
        assertThat(run.code()).as(run.text()).isZero();
        assertThat(run.err()).as(run.text()).isEmpty();
    }

    private static void awaitGreen(Container.Running container) {
        Await.untilAsserted("a green health check", () -> assertGreen(container.health()), container::output);
    }

    @Test
    void isCalledAsLitestreamsImage() throws IOException {
        Container container = new Container(scene, image).set("RUNNEL_JAVA_OPTS", REFUSE_OTHER_THAN_CACHED_CLASSES);
        for (String user : List.of(image.user(), UNKNOWN_USER, "0:0")) {
            container.user(user);
            Scene.Run version = container.run("version");
            assertGreen(version);
            assertThat(version.out()).singleElement().asString().matches("[0-9]+\\.[0-9]+\\.[0-9]+(-\\w+)?");
            assertGreen(container.run("ltx", "file:///var/lib/runnel/nothing"));
        }
        assertThat(image.user()).as("a user without rights").matches("[1-9]\\d*:[1-9]\\d*");

        Scene.Run unconfigured = container.run("databases");
        assertThat(unconfigured.code()).as(unconfigured.text()).isEqualTo(1);
        assertThat(unconfigured.err()).singleElement().asString().contains("config file not found");

        container.entryPoint("sh", "-c");
        Scene.Run shell = container.run("runnel version && ! touch /tmp/probe");
        assertThat(shell.code()).as(shell.text()).isZero();
        assertThat(shell.err())
                .as("the root is read-only")
                .singleElement()
                .asString()
                .contains("Read-only");
    }

    @Test
    void replicatesOutOfAVolumeThatItMayOnlyRead() throws IOException {
        S3TestServer server = scene.closing(S3TestServer.start());
        Path database = open(Files.createDirectory(scene.path("storage"))).resolve("production.sqlite3");
        Path config = Files.writeString(scene.path("litestream.yml"), """
                dbs:
                  - path: storage/production.sqlite3
                    replicas:
                      - type: s3
                        bucket: BUCKET
                        path: production
                        endpoint: ${LITESTREAM_REPLICA_ENDPOINT}
                """.replace("BUCKET", S3TestServer.BUCKET));
        Shell application = scene.shell(
                database,
                "PRAGMA journal_mode=wal",
                "CREATE TABLE t(id INTEGER PRIMARY KEY, v)",
                "INSERT INTO t(v) VALUES ('one')");
        Container container = new Container(scene, image)
                .user(UNKNOWN_USER)
                .set("LITESTREAM_REPLICA_ENDPOINT", server.endpoint())
                .set("LITESTREAM_ACCESS_KEY_ID", S3TestServer.ACCESS_KEY_ID)
                .set("LITESTREAM_SECRET_ACCESS_KEY", S3TestServer.SECRET_ACCESS_KEY)
                .readOnly(config, "/etc/litestream.yml")
                .readOnly(database.getParent(), "/storage")
                .volume(newVolume("state"), "/var/lib/runnel");
        Container.Running daemon = container.start("replicate");
        awaitGreen(daemon);
        Await.untilAsserted(
                "the same by the name of Litestream",
                () -> assertGreen(daemon.exec(List.of("litestream", "databases", "-health"))),
                daemon::output);
        assertGreen(daemon.exec(List.of("runnel", "status")));
        assertThat(daemon.exec(List.of("cat", "/proc/1/comm")).out())
                .as("who gets the signals")
                .containsExactly("java");
        assertThat(Files.readString(Path.of("/proc/" + daemon.first().pid() + "/maps")))
                .as("libraries are not unpacked into a directory for temporary files, of which there is none")
                .contains("/opt/runnel/jre/lib/liblz4-java.so");
        // What is not stored yet is, before it ends.
        application.run("INSERT INTO t(v) SELECT hex(randomblob(1000)) FROM pragma_function_list");
        assertThat(daemon.stop()).as(daemon.output()).isZero();
        application.close();

        Path restored = newVolume("restored").resolve("copy.sqlite3");
        Container restore = new Container(scene, image)
                .user(UNKNOWN_USER)
                .set("AWS_ACCESS_KEY_ID", S3TestServer.ACCESS_KEY_ID)
                .set("AWS_SECRET_ACCESS_KEY", S3TestServer.SECRET_ACCESS_KEY)
                .volume(restored.getParent(), "/storage");
        Scene.Run run = restore.run(
                "restore",
                "-o",
                "/storage/copy.sqlite3",
                "s3://" + S3TestServer.BUCKET + "/production?endpoint=" + server.endpoint());
        assertThat(run.code()).as(run.text()).isZero();
        new Databases(scene).assertSame(database, restored);
        assertThat(Files.getAttribute(restored, "unix:uid")).isEqualTo(4711);

        application = scene.shell(database);
        Container.Running next = container.start("replicate");
        awaitGreen(next);
        server.close();
        application.run("INSERT INTO t(v) VALUES ('three')");
        Await.untilAsserted(
                "a red health check with the reason",
                () -> {
                    Scene.Run red = next.health();
                    assertThat(red.code()).as(red.text()).isEqualTo(1);
                    assertThat(red.err())
                            .as(red.text())
                            .singleElement()
                            .asString()
                            .startsWith("Error: /storage/production.sqlite3 -> s3: failing since ");
                },
                next::output);
    }

    /** SQLite's library is met in a process of its own. */
    @Test
    void runsTheApplicationAndSwitchesItsDatabase() throws IOException {
        Path database = newVolume("data").resolve("app.db");
        Shell.once(database, "CREATE TABLE t(v)", "INSERT INTO t VALUES ('one')");
        Files.setPosixFilePermissions(database, PosixFilePermissions.fromString("rw-rw-rw-"));
        Path config = Files.writeString(scene.path("runnel.yml"), """
                dbs:
                  - path: /data/app.db
                    replica: {path: /replica}
                """);
        Path replica = newVolume("replica");
        Container container = new Container(scene, image)
                .readOnly(config, "/etc/runnel.yml")
                .volume(database.getParent(), "/data")
                .volume(replica, "/replica")
                .entryPoint("/opt/runnel/entrypoint.sh");
        Container.Running both = container.start(
                "sh", "-c", "trap 'echo \"$1\"; exit 0' TERM; while :; do sleep 1; done", "sh", "it's over");
        awaitGreen(both);
        assertThat(Shell.once(database, "PRAGMA journal_mode")).isEqualTo("wal");
        Shell.once(database, "INSERT INTO t VALUES ('two')");
        assertThat(both.stop()).as(both.output()).isZero();
        assertThat(both.child().out()).contains("it's over");
        new Databases(scene).awaitReplica(replica, "SELECT count(*) FROM t", "2", both.child());
    }
}
