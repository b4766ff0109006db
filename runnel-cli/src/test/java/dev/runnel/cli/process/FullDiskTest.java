package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.testkit.volume.SmallVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands whose disk fills up: each says what file and what to do, leaves nothing half done, and works with room. */
class FullDiskTest {

    /** Temporary files, but for the spare one of the lease, which is there to be written into when there is no room. */
    private static final String LEFT_BEHIND = ".*(?<![.]spare)[.]tmp";

    private static final Path FIXTURE = Path.of(System.getProperty("runnel.fixtures"), "litestream-0.3-4k");
    private static final int ROOM = 32 << 10;
    private static final String VALUES = "SELECT min(v), max(v) FROM t";

    @TempDir
    Path folder;

    private Scene scene;
    private Path database;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        database = scene.path("app.db");
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private SmallVolume mount(String name, int kilobytes) throws IOException {
        return scene.closing(SmallVolume.mount(scene.path(name), kilobytes));
    }

    private Path twoReplicas() throws IOException {
        return Files.writeString(
                scene.path("runnel.yml"), """
                    dbs:
                      - path: %s
                        replicas:
                          - {name: one, path: %s}
                          - {name: two, path: %s}
                    """.formatted(database, scene.path("one"), scene.path("two")));
    }

    /** One transaction that gives all rows one value, on many pages, stored by a command of its own. */
    private void store(int rows, int value, Object... replicate) {
        Shell.once(
                database,
                "PRAGMA journal_mode=wal",
                "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v INTEGER, pad BLOB)",
                "BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " + rows
                        + ") INSERT OR IGNORE INTO t SELECT i, 0, randomblob(900) FROM n; UPDATE t SET v = " + value
                        + "; COMMIT");
        assertGood(scene.runHere(replicate));
    }

    private static void assertGood(Scene.Run run) {
        assertThat(run.code()).as(run.text()).isZero();
    }

    private static void assertRefused(Scene.Run run, String... words) {
        assertThat(run.code()).as(run.text()).isEqualTo(1);
        assertThat(run.text()).contains(words).doesNotContain("Exception", "\tat ");
    }

    private static List<String> files(Path tree, String pattern) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> tree.relativize(file).toString())
                    .filter(file -> file.matches(pattern))
                    .sorted()
                    .toList();
        }
    }

    private String restored(Path target, String url) throws IOException {
        assertGood(scene.runHere("restore", "-o", target, url));
        return Databases.dump(target);
    }

    /** What the old replica restores to. */
    private String expected() throws IOException {
        return restored(scene.path("expected.db"), "file://" + FIXTURE.resolve("replica"));
    }

    @Test
    void aMigrationOntoAFullReplicaGoesOnWhenThereIsRoom() throws IOException {
        SmallVolume volume = mount("new", ROOM);
        Object[] migrate = {"migrate", "file://" + FIXTURE.resolve("replica"), scene.fileUrl("new/replica")};
        int refused = 0;
        volume.leave(4);
        for (Scene.Run run = scene.runHere(migrate); run.code() != 0; run = scene.runHere(migrate)) {
            assertRefused(run, "cannot write object ltx/", "No space left", "free space");
            assertThat(run.err()).as(run.text()).hasSize(1);
            assertThat(files(volume.path(""), ".*tmp")).isEmpty();
            refused++;
            volume.leave(8 * refused);
        }
        assertThat(refused).isGreaterThan(3);
        assertThat(restored(database, scene.fileUrl("new/replica"))).isEqualTo(expected());
        assertGood(scene.runHere("scrub", scene.fileUrl("new/replica")));
    }

    @Test
    void aMigrationWithoutRoomForTemporaryFilesNamesThePlace() throws IOException {
        SmallVolume temporary = mount("tmp", 8);
        Object[] migrate = {"migrate", "file://" + FIXTURE.resolve("replica"), scene.fileUrl("new")};
        assertRefused(
                scene.run(migrate),
                "cannot write " + scene.path("tmp"),
                "No space left",
                "make room",
                "java.io.tmpdir");
        assertThat(files(scene.path("tmp"), ".*")).isEmpty();
        temporary.resize(ROOM);
        assertGood(scene.run(migrate));
    }

    @Test
    void aReplicaOf03IsNotRestoredOntoAFullDiskByHalves() throws IOException {
        SmallVolume volume = mount("out", 4);
        Path copy = volume.path("copy.db");
        Object[] restore = {"restore", "-o", copy, "file://" + FIXTURE.resolve("replica")};
        String expected = expected();
        int refused = 0;
        for (int size = 4; !Files.exists(copy); size += 16) {
            volume.resize(size);
            Scene.Run run = scene.runHere(restore);
            if (!Files.exists(copy)) {
                assertRefused(run, copy.toString(), "-o", "free some");
                assertThat(files(volume.path(""), ".*")).as("%d KB", size).isEmpty();
                refused++;
            }
        }
        assertThat(refused).isPositive();
        volume.resize(ROOM); // SQLite writes a WAL-index to read
        assertThat(Databases.dump(copy)).isEqualTo(expected);
    }

    @Test
    void aRepairOntoAFullReplicaLeavesTheDamageAndIsDoneWhenThereIsRoom() throws IOException {
        SmallVolume volume = mount("one", ROOM);
        Path config = twoReplicas();
        for (int i = 0; i < 4; i++) {
            store(50 + 50 * i, i, "replicate", "-once", "-config", config);
        }
        List<String> cuts = files(scene.path("one"), "ltx/0/.*");
        Path broken = scene.path("one").resolve(cuts.get(0));
        byte[] damaged = Files.readAllBytes(broken);
        java.util.Arrays.fill(damaged, damaged.length / 2, damaged.length / 2 + 500, (byte) 1);
        Files.write(broken, damaged);
        Files.delete(scene.path("one").resolve(cuts.get(1)));
        volume.fill();

        Object[] repair = {"scrub", "-config", config, "-repair-from", "two", database};
        Scene.Run run = scene.runHere(repair);
        assertRefused(
                run,
                "not repaired  " + cuts.get(0) + ": cannot write object",
                "not repaired  " + cuts.get(1),
                "No space left",
                "free space");
        assertThat(broken).hasBinaryContent(damaged);
        assertThat(files(scene.path("one"), LEFT_BEHIND)).isEmpty();
        assertThat(files(scene.path("one"), "ltx/0/.*")).doesNotContain(cuts.get(1));

        volume.makeRoom();
        assertGood(scene.runHere(repair));
        for (String cut : cuts) {
            assertThat(scene.path("one").resolve(cut))
                    .hasSameBinaryContentAs(scene.path("two").resolve(cut));
        }
    }

    @Test
    void aVerificationOfAFullReplicaHasItsVerdictAndSaysWhyThereIsNoReceipt() throws IOException {
        SmallVolume volume = mount("one", ROOM);
        Path config = twoReplicas();
        store(50, 1, "replicate", "-once", "-config", config);
        volume.fill();
        Object[] verify = {"verify", "-config", config, "-replica", "one"};
        assertRefused(
                scene.runHere(verify),
                " verified ",
                "one: the receipt could not be stored: cannot write object receipts/",
                "No space left",
                "free space");
        assertThat(files(scene.path("one"), "receipts/.*|" + LEFT_BEHIND)).isEmpty();
        volume.makeRoom();
        assertGood(scene.runHere(verify));
        assertThat(files(scene.path("one"), "receipts/.*")).hasSize(1);
    }

    @Test
    void aVerificationOnAFullStateDirectoryHasItsVerdictAndItsReceipt() throws IOException {
        SmallVolume volume = mount(".app.db-litestream", ROOM);
        Path config = twoReplicas();
        store(50, 1, "replicate", "-once", "-config", config);
        volume.fill();
        Scene.Run run = scene.run("verify", "-config", config, "-replica", "one");
        assertGood(run);
        assertThat(run.text()).contains("verified-one.json", "No space left", "make room");
        assertThat(files(scene.path("one"), "receipts/.*")).hasSize(1);
        assertThat(files(volume.path(""), ".*verified.*")).isEmpty();
    }

    @Test
    void aVerificationWithoutRoomForACopyHasItsVerdictAndSaysWhatWasNotDone() throws IOException {
        Path config = twoReplicas();
        store(50, 1, "replicate", "-once", "-config", config);
        SmallVolume temporary = mount("tmp", 8);
        Object[] verify = {"verify", "-config", config, "-replica", "one", "-integrity-check", "full"};
        for (int kilobytes : new int[] {8, 128}) { // not enough for the copy; not enough for what reads it
            temporary.resize(kilobytes);
            assertRefused(
                    scene.run(verify),
                    " verified ",
                    "so that there is no receipt",
                    scene.path("tmp").toString(),
                    "java.io.tmpdir");
            assertThat(files(scene.path("tmp"), ".*\\.db.*")).isEmpty();
            assertThat(files(scene.path("one"), "receipts/.*")).isEmpty();
        }
        temporary.resize(ROOM);
        assertGood(scene.run(verify));
    }

    @Test
    void aRestoredDatabaseThatCannotBeCheckedStays() throws IOException {
        store(50, 1, "replicate", "-once", database, scene.fileUrl("replica"));
        mount("tmp", 128);
        Path copy = scene.path("copy.db");
        Scene.Run run = scene.run("restore", "-integrity-check", "quick", "-o", copy, scene.fileUrl("replica"));
        assertRefused(
                run,
                copy + " is restored, but could not be checked",
                scene.path("tmp").toString(),
                "make room");
        assertThat(Databases.dump(copy)).isEqualTo(Databases.dump(database));
    }

    /** However often it tries: somebody makes room in the end. */
    @Test
    void aFollowerOnAFullDiskGoesOnWhenThereIsRoomAndReadersSeeWholeTransactions() throws IOException {
        Object[] replicate = {"replicate", "-once", database, scene.fileUrl("replica")};
        store(50, 1, replicate);
        SmallVolume volume = mount("copies", ROOM);
        Path copy = volume.path("copy.db");
        Child follower = scene.start("restore", "-f", "-follow-interval", "10ms", "-o", copy, scene.fileUrl("replica"));
        follower.awaitLine("following");
        Shell reader = scene.shell(copy);
        assertThat(reader.run(VALUES)).isEqualTo("1|1");

        volume.leave(420); // enough for the changes and the journal, and not for the pages
        store(400, 2, replicate);
        Await.until(
                "as many attempts as end it when others fail",
                () -> follower.out().stream()
                                .filter(line -> line.contains("its disk is full"))
                                .count()
                        >= 5,
                follower::output);
        assertThat(reader.run(VALUES)).isEqualTo("1|1");
        assertThat(follower.out())
                .filteredOn(line -> line.contains("its disk is full"))
                .allMatch(line -> line.contains(copy.toString()) && line.contains("free some space"));

        volume.resize(ROOM);
        Await.until("the transaction in the copy", () -> reader.run(VALUES).equals("2|2"), follower::output);
        assertThat(follower.terminate()).as(follower.output()).isZero();
        assertThat(Databases.dump(copy)).isEqualTo(Databases.dump(database));
    }

    @Test
    void initOnAFullDiskChangesNothing() throws IOException {
        SmallVolume volume = mount("project", ROOM);
        Path project = volume.path("");
        String compose = "services:\n  web:\n    image: app\n    volumes:\n      - data:/data\n    environment:\n"
                + "      DATABASE_URL: sqlite:///data/app.db\nvolumes:\n  data:\n";
        Files.writeString(project.resolve("compose.yaml"), compose);
        assertGood(scene.runHere("init", "-dry-run", project));
        volume.fill();
        int refused = 0;
        for (Scene.Run run = scene.runHere("init", project); run.code() != 0; run = scene.runHere("init", project)) {
            assertRefused(run, "cannot write " + project, "No space left", "Nothing was changed", "make room");
            assertThat(project.resolve("compose.yaml")).hasContent(compose);
            assertThat(files(project, ".*")).containsExactly("ballast", "compose.yaml");
            refused++;
            volume.resize(ROOM + 4 * refused);
        }
        assertThat(refused).as("room for none of the files; for one of them").isGreaterThan(1);
    }
}
