package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.json.JsonReader;
import dev.runnel.testkit.process.Freezing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two daemons on one replica, or on one database: whatever happens, nothing is overwritten and nothing is corrupt. */
class TwoDaemonsTest {

    private static final String WHO = "SELECT name || ' ' || max(n) FROM t";

    @TempDir
    Path folder;

    private Scene scene;
    private Databases databases;
    private Path replica;
    private final Map<String, Integer> seenFiles = new TreeMap<>();

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        databases = new Databases(scene);
        replica = scene.path("replica");
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private Shell application(String name) {
        return scene.shell(
                scene.path(name + ".db"),
                "PRAGMA journal_mode=wal",
                "CREATE TABLE t(n INTEGER PRIMARY KEY, name)",
                "INSERT INTO t(name) VALUES ('" + name + "')");
    }

    private static void insert(Shell shell, String name) {
        shell.run("INSERT INTO t(name) VALUES ('" + name + "')");
    }

    /** A daemon with a configuration of its own, as in a container of its own: only database and replica are shared. */
    private Child daemon(String container, String database, String keys) throws IOException {
        Path config = scene.path(container + ".yml");
        Files.writeString(
                config,
                keys + "\ndbs:\n  - path: " + scene.path(database) + "\n    state-dir: "
                        + scene.path("state-" + container) + "\n    replica: {path: " + replica + "}\n");
        return scene.start("replicate", "-config", config);
    }

    private void checkRestore(String database) throws IOException {
        Path copy = scene.path("copy.db");
        Scene.Run restore = scene.run("restore", "-o", copy, scene.fileUrl("replica"));
        assertThat(restore.text()).contains("proof=verified");
        databases.assertSame(scene.path(database), copy);
    }

    /** The new container starts before the old one stops. */
    @Test
    void aDeployHandsTheReplicaOver() throws IOException {
        Shell application = application("one");
        Child old = daemon("old", "one.db", "");
        databases.awaitReplica(replica, WHO, "one 1", old);
        insert(application, "one");
        databases.awaitReplica(replica, WHO, "one 2", old);
        Child fresh = daemon("fresh", "one.db", "");
        fresh.awaitLine("attached");
        for (int i = 3; i <= 20; i++) {
            insert(application, "one");
        }
        databases.awaitReplica(replica, WHO, "one 20", old);
        assertThat(fresh.awaitLine("standing by", "holder")).contains("epoch 1");
        checkNothingOverwritten();
        assertThat(old.terminate()).as(old.output()).isZero();
        insert(application, "one");
        databases.awaitReplica(replica, WHO, "one 21", fresh);
        fresh.awaitLine("lease acquired", "epoch=2");
        checkNothingOverwritten();
        for (int i = 22; i <= 30; i++) {
            insert(application, "one");
        }
        assertThat(fresh.terminate()).as(fresh.output()).isZero();
        checkNothingOverwritten();
        checkRestore("one.db");
    }

    /** A deploy that is taken back: the new one goes, the old one stays, and all is stored. */
    @Test
    void oneThatStoodByEndsWellWhenAllIsStored() throws IOException {
        Shell application = application("one");
        Child old = daemon("old", "one.db", "");
        databases.awaitReplica(replica, WHO, "one 1", old);
        Child fresh = daemon("fresh", "one.db", "");
        fresh.awaitLine("attached");
        for (int i = 2; i <= 5; i++) {
            insert(application, "one");
        }
        fresh.awaitLine("standing by");
        databases.awaitReplica(replica, WHO, "one 5", old);
        Await.untilAsserted(
                "the commands to say so",
                () -> {
                    Scene.Run status = scene.runHere("status", "-config", scene.path("fresh.yml"));
                    assertThat(status.out().get(1)).as(status.text()).contains("file STANDBY: another Runnel (");
                    Scene.Run health = scene.runHere("databases", "-health", "-config", scene.path("fresh.yml"));
                    assertThat(health.out()).as(health.text()).hasSizeGreaterThan(2);
                    assertThat(health.out().get(2))
                            .as(health.text())
                            .matches(".* file +standby .* standby +- +another Runnel .*");
                },
                fresh::output);
        assertThat(fresh.terminate()).as(fresh.output()).isZero();
        insert(application, "one");
        databases.awaitReplica(replica, WHO, "one 6", old);
        assertThat(old.terminate()).as(old.output()).isZero();
        checkNothingOverwritten();
        checkRestore("one.db");
    }

    /** The lease is long enough for a busy machine: who is idle for twice its time gives it back. */
    @Test
    void aFrozenDaemonIsReplacedAndKnowsItWhenItThaws() throws IOException {
        Shell application = application("one");
        Child frozen = daemon("old", "one.db", "lease-ttl: 10s");
        databases.awaitReplica(replica, WHO, "one 1", frozen);
        int rows = freezeTheHolder(frozen, application);
        long epoch = (Long) lease().get("generation");
        Child fresh = daemon("fresh", "one.db", "lease-ttl: 10s");
        fresh.awaitLine("attached");
        insert(application, "one");
        databases.awaitReplica(replica, WHO, "one " + ++rows, fresh);
        fresh.awaitLine("lease taken over", "epoch=" + (epoch + 1));
        Freezing.thaw(frozen.pid());
        // It comes back when the other has nothing to write and gives the lease back, but not before.
        for (int i = 0; i < 7; i++) {
            insert(application, "one");
            rows++;
        }
        frozen.awaitLine("lease lost", "epoch " + (epoch + 1));
        databases.awaitReplica(replica, WHO, "one " + rows, fresh);
        checkNothingOverwritten();
        assertThat(fresh.terminate()).as(fresh.output()).isZero();
        insert(application, "one");
        databases.awaitReplica(replica, WHO, "one " + ++rows, frozen);
        assertThat(frozen.terminate()).as(frozen.output()).isZero();
        checkNothingOverwritten();
        checkRestore("one.db");
    }

    /**
     * Freezes a daemon that has stored what there is while it holds the lease, and not the lock of the replica: nobody gets
     * past one who is frozen with that. Returns how many rows there are then.
     */
    private int freezeTheHolder(Child daemon, Shell application) {
        int[] rows = {1};
        Await.until(
                "the daemon to be frozen with the lease, and without the lock of the replica",
                () -> {
                    insert(application, "one");
                    databases.awaitReplica(replica, WHO, "one " + ++rows[0], daemon);
                    Freezing.freeze(daemon.pid());
                    if (Boolean.FALSE.equals(lease().get("released")) && !isLocked(replica.resolve(".runnel.lock"))) {
                        return true;
                    }
                    Freezing.thaw(daemon.pid());
                    return false;
                },
                daemon::output);
        return rows[0];
    }

    /** The lease, as the replica has it. */
    private Map<String, ?> lease() throws IOException {
        return JsonReader.object(Files.readString(replica.resolve("lock.json")));
    }

    /** Whether any process has a lock on a file, as the kernel tells. */
    private static boolean isLocked(Path file) throws IOException {
        String inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
        return Files.readAllLines(Path.of("/proc/locks")).stream().anyMatch(line -> line.contains(inode));
    }

    @Test
    void aKilledDaemonIsReplacedByOneElsewhereWhenItsLeaseHasRunOut() throws IOException {
        Shell application = application("one");
        Child killed = daemon("old", "one.db", "lease-ttl: 2s");
        databases.awaitReplica(replica, WHO, "one 1", killed);
        insert(application, "one");
        databases.awaitReplica(replica, WHO, "one 2", killed);
        killed.kill();
        insert(application, "one");
        Child fresh = daemon("fresh", "one.db", "lease-ttl: 2s");
        databases.awaitReplica(replica, WHO, "one 3", fresh);
        assertThat(fresh.terminate()).as(fresh.output()).isZero();
        checkNothingOverwritten();
        checkRestore("one.db");
    }

    /** Nobody waits an hour in a test. */
    @Test
    void aKilledDaemonTakesItsLeaseOverAtOnceInTheSameDirectory() throws IOException {
        Shell application = application("one");
        Child killed = daemon("same", "one.db", "lease-ttl: 1h");
        databases.awaitReplica(replica, WHO, "one 1", killed);
        killed.kill();
        insert(application, "one");
        Child fresh = daemon("same", "one.db", "lease-ttl: 1h");
        databases.awaitReplica(replica, WHO, "one 2", fresh);
        fresh.awaitLine("lease taken over", "epoch=2");
        assertThat(fresh.terminate()).as(fresh.output()).isZero();
    }

    @Test
    void aCopyOfDatabaseAndStateStandsByWhileTheOriginalRuns() throws IOException, InterruptedException {
        Shell application = application("one");
        Child original = daemon("original", "one.db", "");
        databases.awaitReplica(replica, WHO, "one 1", original);
        insert(application, "one");
        databases.awaitReplica(replica, WHO, "one 2", original);
        // As a snapshot of the volume would: a file that goes while it is copied is no copy.
        Freezing.freeze(original.pid());
        copy("state-original", "state-copy");
        copy("one.db", "copied.db");
        copy("one.db-wal", "copied.db-wal");
        Freezing.thaw(original.pid());
        Child copy = daemon("copy", "copied.db", "shutdown-sync-timeout: 1s");
        copy.awaitLine("attached");
        insert(scene.shell(scene.path("copied.db")), "copy");
        assertThat(copy.awaitLine("standing by", "holder")).contains("epoch 1");
        insert(application, "one");
        databases.awaitReplica(replica, WHO, "one 3", original);
        checkNothingOverwritten();
        assertThat(copy.terminate()).as(copy.output()).isEqualTo(1);
        assertThat(original.terminate()).as(original.output()).isZero();
        checkRestore("one.db");
    }

    private void copy(String from, String to) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("cp", "-r", "" + scene.path(from), "" + scene.path(to))
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void anotherDatabaseWaitsAndSaysForWhom() throws IOException {
        Shell one = application("one");
        application("two");
        Child first = daemon("one", "one.db", "");
        databases.awaitReplica(replica, WHO, "one 1", first);
        Child second = daemon("two", "two.db", "shutdown-sync-timeout: 1s");
        second.awaitLine("standing by", "holder");
        checkNothingOverwritten();
        insert(one, "one");
        databases.awaitReplica(replica, WHO, "one 2", first);
        assertThat(second.terminate()).as(second.output()).isEqualTo(1);
        assertThat(second.awaitLine("level=ERROR", "stopped before")).contains("another Runnel", "writes this replica");
        assertThat(first.terminate()).as(first.output()).isZero();
        checkNothingOverwritten();
        checkRestore("one.db");
    }

    @Test
    void oneThatWasReplacedByAnotherDatabaseIsRefused() throws IOException {
        Shell one = application("one");
        Shell two = application("two");
        Child first = daemon("one", "one.db", "lease-ttl: 1s");
        databases.awaitReplica(replica, WHO, "one 1", first);
        first.awaitLine("lease released"); // it has nothing to write
        Child second = daemon("two", "two.db", "lease-ttl: 1s");
        databases.awaitReplica(replica, WHO, "two 1", second);
        checkNothingOverwritten();
        insert(one, "one");
        assertThat(first.awaitLine("level=ERROR", "replica stopped"))
                .contains("replicates another database", "nothing was overwritten");
        insert(two, "two");
        databases.awaitReplica(replica, WHO, "two 2", second);
        assertThat(first.terminate()).as(first.output()).isEqualTo(1);
        assertThat(second.terminate()).as(second.output()).isZero();
        checkNothingOverwritten();
        checkRestore("two.db");
    }

    @Test
    void withoutALeaseOneOfTwoDatabasesStopsAndSaysWhy() throws IOException {
        Shell one = application("one");
        Shell two = application("two");
        Child first = daemon("one", "one.db", "lease: false");
        databases.awaitReplica(replica, WHO, "one 1", first);
        checkNothingOverwritten();
        Child second = daemon("two", "two.db", "lease: false");
        databases.awaitReplica(replica, WHO, "two 1", second);
        checkNothingOverwritten();

        insert(one, "one");
        String conflict = first.awaitLine("level=ERROR", "another writer's file is there");
        assertThat(conflict).contains(replica.toString(), "nothing was overwritten", "Stop the other writer");
        checkNothingOverwritten();
        for (int i = 0; i < 3; i++) {
            insert(one, "one");
            insert(two, "two");
        }
        databases.awaitReplica(replica, WHO, "two 4", second);
        checkNothingOverwritten();

        assertThat(first.terminate()).as(first.output()).isEqualTo(1);
        assertThat(second.terminate()).as(second.output()).isZero();
        checkNothingOverwritten();
        Path copy = scene.path("copy.db");
        Scene.Run restore = scene.run("restore", "-o", copy, scene.fileUrl("replica"));
        assertThat(restore.text()).contains("proof=verified");
        databases.assertSame(scene.path("two.db"), copy);
    }

    @Test
    void ofTwoDaemonsOnOneDatabaseTheSecondWaitsForTheFirst() throws IOException {
        Shell application = application("one");
        Child first = scene.start("replicate", "one.db", scene.fileUrl("replica"));
        databases.awaitReplica(replica, WHO, "one 1", first);
        Child second = scene.start("replicate", "one.db", scene.fileUrl("replica"));
        assertThat(second.awaitLine("in use by another")).contains("one.db-litestream");
        for (int i = 2; i <= 40; i++) {
            insert(application, "one");
            if (i % 8 == 0) {
                databases.awaitReplica(replica, WHO, "one " + i, first);
                checkNothingOverwritten();
            }
        }
        Child third = scene.start("replicate", "one.db", scene.fileUrl("replica"));
        third.awaitLine("in use by another");
        assertThat(third.terminate()).as(third.output()).isEqualTo(1);
        assertThat(first.terminate()).as(first.output()).isZero();
        insert(application, "one");
        databases.awaitReplica(replica, WHO, "one 41", second);
        checkNothingOverwritten();
        assertThat(second.terminate()).as(second.output()).isZero();
        Path copy = scene.path("copy.db");
        Scene.Run restore = scene.run("restore", "-o", copy, scene.fileUrl("replica"));
        assertThat(restore.text()).contains("proof=verified");
        databases.assertSame(scene.path("one.db"), copy);
    }

    @Test
    void aDeletedStateDirectoryIsNoDoorForASecondDaemon() throws IOException {
        Shell application = application("one");
        Child first = scene.start("replicate", "one.db", scene.fileUrl("replica"));
        databases.awaitReplica(replica, WHO, "one 1", first);
        // In one step, lest the daemon make something of it anew in between.
        Files.move(scene.path(".one.db-litestream"), scene.path("deleted"), StandardCopyOption.ATOMIC_MOVE);
        insert(application, "one");
        databases.awaitReplica(replica, WHO, "one 2", first);
        first.awaitLine("made anew and locked again");
        Child second = scene.start("replicate", "one.db", scene.fileUrl("replica"));
        second.awaitLine("in use by another");
        assertThat(first.terminate()).as(first.output()).isZero();
        insert(application, "one");
        databases.awaitReplica(replica, WHO, "one 3", second);
        checkNothingOverwritten();
        assertThat(second.terminate()).as(second.output()).isZero();
    }

    /**
     * A deploy, while the state directory is deleted under the old one again and again until the new one is up: either may
     * be the first to make it anew. Whoever is, one writes, the other takes its turn, and nothing is lost.
     */
    @Test
    void aStateDirectoryThatIsDeletedInTheMiddleOfADeployHarmsNobody() throws IOException {
        Shell application = application("one");
        Child old = scene.start("replicate", "one.db", scene.fileUrl("replica"));
        databases.awaitReplica(replica, WHO, "one 1", old);
        int rows = 1;
        for (int round = 0; round < 3; round++) {
            Child fresh = scene.start("replicate", "one.db", scene.fileUrl("replica"));
            CompletableFuture<Void> deletion = CompletableFuture.runAsync(() -> {
                do {
                    deleteUnderWriters(scene.path(".one.db-litestream"));
                } while (fresh.isAlive() && fresh.out().stream().noneMatch(line -> line.contains("replicating")));
            });
            rows = insertUntil(application, rows, deletion);
            deletion.join();
            databases.awaitReplica(replica, WHO, "one " + rows, fresh);
            checkNothingOverwritten();
            int code = old.terminate();
            // It may just have failed to make the directory anew while that was being deleted, and says so.
            assertThat(code == 0
                            || old.output().contains("in use by another")
                            || old.output().contains("cannot write to the state directory"))
                    .as(old.output())
                    .isTrue();
            insert(application, "one");
            databases.awaitReplica(replica, WHO, "one " + ++rows, fresh);
            checkNothingOverwritten();
            old = fresh;
        }
        assertThat(old.terminate()).as(old.output()).isZero();
        checkNothingOverwritten();
        checkRestore("one.db");
        Scene.Run verify = scene.run("verify", "-full", "-no-receipt", scene.fileUrl("replica"));
        assertThat(verify.code()).as(verify.text()).isZero();
    }

    private static int insertUntil(Shell application, int rows, CompletableFuture<Void> end) {
        int written = rows;
        do {
            insert(application, "one");
            written++;
        } while (!end.isDone());
        return written;
    }

    /** As {@code rm -rf} does: what others make meanwhile may stay. */
    private static void deleteUnderWriters(Path directory) {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
                try {
                    Files.deleteIfExists(file);
                } catch (DirectoryNotEmptyException e) {
                    // somebody has just made something in it
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // somebody was quicker
        }
    }

    /** Every file that was seen once has its content, unless it was deleted. */
    private void checkNothingOverwritten() throws IOException {
        Files.walkFileTree(replica, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (file.toString().endsWith(".ltx")) {
                    checkNotOverwritten(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException && !file.equals(replica)) {
                    return FileVisitResult.CONTINUE; // gone meanwhile
                }
                throw e;
            }
        });
    }

    private void checkNotOverwritten(Path file) throws IOException {
        try {
            int content = Arrays.hashCode(Files.readAllBytes(file));
            Integer before = seenFiles.putIfAbsent(file.toString(), content);
            assertThat(before == null || before == content)
                    .as(file + " was overwritten")
                    .isTrue();
        } catch (NoSuchFileException e) {
            seenFiles.remove(file.toString()); // merged, and deleted
        }
    }
}
