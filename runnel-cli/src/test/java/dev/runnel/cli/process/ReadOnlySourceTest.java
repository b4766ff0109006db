package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A source that the daemon may only read: nothing appears beside the database, and everything is replicated. */
class ReadOnlySourceTest {

    private static final String COUNT = "SELECT count(*) FROM t";

    @TempDir
    Path folder;

    private Scene scene;
    private Databases databases;
    private Path source;
    private Path database;
    private Path replica;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        databases = new Databases(scene);
        source = Files.createDirectory(scene.path("source"));
        database = source.resolve("app.db");
        replica = scene.path("replica");
        scene.set("RUNNEL_STATE_DIR", scene.path("state").toString());
    }

    @AfterEach
    void end() throws IOException {
        if (Files.exists(source)) {
            Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        scene.close();
    }

    private Shell application() {
        return scene.shell(
                database, "PRAGMA journal_mode=wal", "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v)");
    }

    /** In a mount namespace of its own, so that nothing of it is left behind. */
    @Test
    void replicatesFromAReadOnlyMount() throws IOException {
        Path mount = Files.createDirectory(scene.path("mount"));
        List<String> inNamespace = List.of(
                "unshare",
                "-m",
                "--propagation",
                "private",
                "sh",
                "-c",
                "mount --bind '" + source + "' '" + mount + "' || exit 90\n" + ReadOnlyMount.of(mount)
                        + "touch '" + mount + "/probe' 2>/dev/null && exit 91\n"
                        + "exec \"$@\"",
                "sh");
        Possible.require("a read-only bind mount", inNamespace, "true");
        replicates(inNamespace, mount.resolve("app.db"));
    }

    /** Where mounts are not allowed, and beside them. */
    @Test
    void replicatesFromADirectoryItMayNotWriteTo() throws IOException {
        application().run("INSERT INTO t(v) VALUES (0); DELETE FROM t"); // while it may still create its files
        List<String> unprivileged = withoutWritePermission();
        replicates(unprivileged, database);
    }

    /** It says so once, and goes on without. */
    @Test
    void runsNoCheckpointsWhereItMayNotWrite() throws IOException {
        Shell application = application();
        application.run("PRAGMA wal_autocheckpoint=0");
        application.run("INSERT INTO t(v) VALUES (1)");
        List<String> unprivileged = withoutWritePermission();
        Path config = stateElsewhere("    checkpoint: always\n    min-checkpoint-page-count: 1\n");
        Child daemon = scene.start(unprivileged, "replicate", "-config", config);
        daemon.awaitLine("level=WARN", "no checkpoints", "may not write");
        for (int i = 2; i <= 5; i++) {
            application.run("INSERT INTO t(v) VALUES (" + i + ")");
            databases.awaitReplica(replica, COUNT, Integer.toString(i), daemon);
        }
        assertThat(daemon.out().stream().filter(line -> line.contains("no checkpoints")))
                .as("lines that tell of it")
                .hasSize(1);
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
    }

    @Test
    void tellsTheRemedyForADatabaseThatItMayNotSwitchToWal() throws IOException {
        Shell.once(database, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)", "INSERT INTO t(v) VALUES (1)");
        Files.setPosixFilePermissions(database, PosixFilePermissions.fromString("r--r--r--"));
        Child daemon = scene.start(withoutWritePermission(), "replicate", database, scene.fileUrl("replica"));
        assertThat(daemon.awaitLine("level=ERROR", "not in WAL mode"))
                .contains("sqlite3 '" + database + "' 'PRAGMA journal_mode=wal;'");
        assertThat(listing()).containsOnlyKeys("app.db");
        assertThat(daemon.terminate()).as(daemon.output()).isEqualTo(1);
    }

    /** The command in front of the daemon; the directory is closed to writers from now on. */
    private List<String> withoutWritePermission() throws IOException {
        Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("r-xr-xr-x"));
        List<String> unprivileged = new ArrayList<>();
        if (Files.isWritable(source)) { // as root, whom permissions do not stop
            unprivileged.addAll(List.of("setpriv", "--bounding-set", "-dac_override,-dac_read_search"));
        }
        unprivileged.addAll(
                List.of("sh", "-c", "touch '" + source + "/probe' 2>/dev/null && exit 91; exec \"$@\"", "sh"));
        Possible.require("a directory without write permission", unprivileged, "true");
        return unprivileged;
    }

    private void replicates(List<String> prefix, Path seenByDaemon) throws IOException {
        Shell application = application();
        application.run("INSERT INTO t(v) VALUES (1)");
        Map<String, FileTime> before = listing();
        FileTime folderBefore = Files.getLastModifiedTime(source);

        Child daemon = scene.start(prefix, "replicate", seenByDaemon, scene.fileUrl("replica"));
        databases.awaitReplica(replica, COUNT, "1", daemon);
        application.run("INSERT INTO t(v) VALUES (2)");
        application.run("PRAGMA wal_checkpoint(TRUNCATE)");
        application.run("INSERT INTO t(v) VALUES (3)");
        databases.awaitReplica(replica, COUNT, "3", daemon);

        assertThat(listing().keySet()).as("files beside the database").isEqualTo(before.keySet());
        assertThat(Files.getLastModifiedTime(source))
                .as("time of the directory")
                .isEqualTo(folderBefore);
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(scene.path("state")).isDirectoryRecursivelyContaining("glob:**/ltx/0/*.ltx");
        assertThat(daemon.err()).as(daemon.output()).isEmpty();
        Map<String, FileTime> after = listing();
        application.run("SELECT 1");
        assertThat(listing()).as("times of files while nobody writes").isEqualTo(after);

        Path copy = scene.path("copy.db");
        assertThat(scene.run("restore", "-o", copy, scene.fileUrl("replica")).code())
                .isZero();
        databases.assertSame(database, copy);
    }

    /** A database at rest has no WAL-index, and the daemon cannot make one; it waits for the application to. */
    @Test
    void followsAnApplicationThatStartsAfterTheDaemon() throws IOException {
        Shell first = application();
        first.run("INSERT INTO t(v) VALUES (1)");
        first.close();
        Map<String, FileTime> before = listing();
        assertThat(before).containsOnlyKeys("app.db");
        Child daemon = scene.start("replicate", "-config", stateElsewhere(""));
        databases.awaitReplica(replica, COUNT, "1", daemon);
        assertThat(listing()).as("a database at rest").isEqualTo(before);
        Shell second = application();
        for (int i = 2; i <= 10; i++) {
            second.run("INSERT INTO t(v) VALUES (" + i + ")");
        }
        databases.awaitReplica(replica, COUNT, "10", daemon);
        assertThat(listing()).containsOnlyKeys("app.db", "app.db-wal", "app.db-shm");
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        Path copy = scene.path("copy.db");
        assertThat(scene.run("restore", "-o", copy, scene.fileUrl("replica")).code())
                .isZero();
        databases.assertSame(database, copy);
    }

    private Path stateElsewhere(String more) throws IOException {
        Path config = scene.path("runnel.yml");
        Files.writeString(
                config,
                "dbs:\n  - path: " + database + "\n    state-dir: " + scene.path("state") + "\n" + more
                        + "    replica:\n      path: " + replica + "\n");
        return config;
    }

    private Map<String, FileTime> listing() throws IOException {
        try (Stream<Path> files = Files.list(source)) {
            Map<String, FileTime> times = new TreeMap<>();
            files.forEach(file -> {
                try {
                    times.put(file.getFileName().toString(), Files.getLastModifiedTime(file));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            return times;
        }
    }
}
