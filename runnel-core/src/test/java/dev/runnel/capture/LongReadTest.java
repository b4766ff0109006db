package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.capture.Capture.Result;
import dev.runnel.capture.Capture.Step;
import dev.runnel.testing.SqliteShell;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Long reads go in chunks while the application writes on, and are closed by an exact cut. */
class LongReadTest extends RigTest {

    private static final String FILL = "insert into t(x) select randomblob(400) from generate_series(1,%d)";

    @BeforeEach
    void setUp() throws IOException {
        SqliteShell.once(
                rig.database,
                "pragma page_size=512",
                "pragma journal_mode=wal",
                "create table t(id integer primary key, x)");
    }

    private static String fill(int rows) {
        return String.format(FILL, rows);
    }

    @Test
    void aLongCutIsTakenInChunksAndIsExact() throws IOException {
        try (SqliteShell app = rig.app(fill(100))) {
            rig.attach();
            rig.capturedAll();
            app.run(fill(4000));
            rig.settle();
            rig.time.stepBy(20_000_000);
            int chunks = 0;
            Result result = rig.capture().cut();
            while (result.step() == Step.AGAIN) {
                assertThat(rig.capture().longReadActive()).isTrue();
                chunks++;
                if (chunks % 10 == 0) {
                    app.run("update t set x=randomblob(400) where id%100=" + chunks / 10);
                    app.run("delete from t where id>" + (4100 - chunks));
                    app.run("pragma wal_checkpoint(passive)");
                    rig.capture().look();
                }
                result = rig.capture().cut();
            }
            assertThat(rig.accept(result)).isNotNull();
            assertThat(chunks).isGreaterThan(100);
            assertThat(rig.files).hasSize(2);
            rig.assertEqual(app);
        }
    }

    /** The commit comes between the look and the locks: it must not be read in one hold of them. */
    @Test
    void aLargeCommitJustBeforeTheLocksIsNotReadInOneHold() throws IOException {
        try (SqliteShell app = rig.app(fill(10))) {
            rig.attach();
            rig.capturedAll();
            app.run(fill(1));
            rig.settle();
            app.run(fill(3000));
            assertThat(rig.capture().cut().step()).isEqualTo(Step.AGAIN);
            assertThat(rig.capture().longReadActive()).isFalse();
            rig.time.stepBy(20_000_000);
            assertThat(rig.capture().cut().step()).isEqualTo(Step.AGAIN);
            assertThat(rig.capture().longReadActive()).isTrue();
            rig.assertEqual(app);
        }
    }

    /** Commits, checkpoints and resets come between two pages of one chunk; none of them waits, and nothing is missed. */
    @Test
    void theApplicationGoesOnWithinAChunk() throws IOException {
        try (SqliteShell app = rig.app(fill(100))) {
            rig.attach();
            rig.capturedAll();
            app.run(fill(3000));
            rig.settle();
            List<String> checkpoints = new ArrayList<>();
            rig.time.whenAsked(() -> {
                int turn = checkpoints.size() + 1;
                app.run("update t set x=randomblob(400) where id%300=" + turn % 300);
                checkpoints.add(app.run("pragma wal_checkpoint(passive)"));
            });
            assertThat(rig.capture().cut().step()).isEqualTo(Step.AGAIN);
            rig.time.whenAsked(() -> {});
            assertThat(checkpoints).hasSizeGreaterThan(100);
            assertThat(checkpoints).as("none is busy").allMatch(checkpoint -> checkpoint.startsWith("0|"));
            // After a reset nothing is backfilled before our next look.
            assertThat(checkpoints.stream().filter(checkpoint -> checkpoint.matches("0\\|(\\d+)\\|\\1")))
                    .as("all of the WAL is backfilled")
                    .hasSizeGreaterThan(checkpoints.size() / 3);
            assertThat(rig.capture().counts().resetsFollowed()).isGreaterThan(10);
            rig.assertEqual(app);
            assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Continuity.Reason.NO_POSITION);
        }
    }

    /** Another pass would find as much again; what is in the WAL is taken by the cut that closes the read. */
    @Test
    void aStormOfLargeCommitsIsClosedFromTheWal() throws IOException {
        try (SqliteShell app = rig.app(fill(4000))) {
            rig.attach();
            rig.capturedAll();
            rig.time.stepBy(1_000_000_000);
            CutFile file = null;
            int commits = 0;
            for (int chunk = 0; file == null; chunk++) {
                assertThat(chunk).as("passes without end").isLessThan(3000);
                if (chunk % 200 == 0) {
                    app.run("update t set x=randomblob(400)");
                    app.run("pragma wal_checkpoint(passive)");
                    app.run("update t set x=randomblob(400)");
                    commits++;
                }
                rig.capture().look();
                file = rig.accept(rig.capture().cut());
            }
            assertThat(commits).as("one pass, and the cut").isBetween(2, 3);
            rig.assertEqual(app);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSnapshotIsTheDatabaseAtItsTransaction(boolean shrinking) throws IOException {
        try (SqliteShell app = rig.app(fill(2000))) {
            rig.attach();
            rig.capturedAll();
            rig.time.stepBy(20_000_000);
            assertThat(rig.capture().beginSnapshot()).isTrue();
            assertThat(rig.capture().beginSnapshot()).as("one at a time").isFalse();
            CutFile snapshot = null;
            for (int i = 1; snapshot == null; i++) {
                rig.accept(rig.capture().advance());
                snapshot = rig.capture().takeSnapshot();
                if (snapshot == null && i % 20 == 0) {
                    app.run("update t set x=randomblob(400) where id%100=" + i / 20);
                    if (shrinking && i % 60 == 0) {
                        app.run("delete from t where id>" + (2000 - 3 * i));
                        app.run("vacuum");
                    } else {
                        app.run(fill(20));
                    }
                    app.run("pragma wal_checkpoint(passive)");
                    rig.capture().look();
                    rig.accept(rig.capture().cut());
                }
            }
            assertThat(rig.files.size()).as("cuts go on meanwhile").isGreaterThan(3);
            assertIsSnapshotOfNow(snapshot);
            assertThat(rig.capture().takeSnapshot()).as("once").isNull();
            rig.assertEqual(app);
        }
    }

    private void assertIsSnapshotOfNow(CutFile snapshot) throws IOException {
        Replica restored = new Replica(directory.resolve("restored.db"));
        restored.apply(snapshot);
        assertThat(snapshot.header().txIds().min().value()).isEqualTo(1);
        assertThat(snapshot.header().txIds().max()).isEqualTo(rig.capture().txId());
        Rig.assertSameFile(rig.replica.file(), restored.file());
    }

    @Test
    void aSnapshotOfADatabaseThatRestsMakesNoOtherFile() throws IOException {
        try (SqliteShell app = rig.app(fill(200))) {
            rig.attach();
            rig.capturedAll();
            assertThat(rig.capture().beginSnapshot()).isTrue();
            Result result = rig.capture().advance();
            while (result.step() == Step.AGAIN) {
                result = rig.capture().advance();
            }
            assertThat(result.file()).isNull();
            CutFile snapshot = rig.capture().takeSnapshot();
            assertThat(snapshot).isNotNull();
            assertIsSnapshotOfNow(snapshot);
            rig.assertEqual(app);
        }
    }

    /** A disk that loses a bit, or a tool that writes past SQLite: no frame tells of it, and no cut has it. */
    @Test
    void aPageThatChangedWithoutAFrameIsCapturedBeforeTheSnapshotIsMade() throws IOException {
        try (SqliteShell app = rig.app(fill(200))) {
            rig.attach();
            app.run("pragma wal_checkpoint(passive)");
            rig.capturedAll();
            Rig.run("dd", "if=/dev/urandom", "of=" + rig.database, "bs=1", "count=8", "seek=81000", "conv=notrunc");
            assertThat(rig.capturedAll()).isNull();
            assertThat(rig.capture().beginSnapshot()).isTrue();
            Result result = rig.capture().advance();
            while (result.step() == Step.AGAIN) {
                result = rig.capture().advance();
            }
            assertThat(rig.capture().takeSnapshot())
                    .as("its checksum would be wrong, and no restore of it would pass")
                    .isNull();
            CutFile difference = rig.capturedAll();
            assertThat(difference).isNotNull();
            assertThat(difference.pages()).isEqualTo(1);
            assertThat(rig.capture().beginSnapshot()).isTrue();
            result = rig.capture().advance();
            while (result.step() == Step.AGAIN) {
                result = rig.capture().advance();
            }
            CutFile snapshot = rig.capture().takeSnapshot();
            assertThat(snapshot).isNotNull();
            assertIsSnapshotOfNow(snapshot);
            rig.assertEqual(app);
        }
    }

    @Test
    void noSnapshotBeforeTheFirstCutOrDuringAPageDiff() throws IOException {
        try (SqliteShell app = rig.app(fill(200))) {
            rig.attach();
            assertThat(rig.capture().beginSnapshot()).isFalse();
            rig.settle();
            assertThat(rig.capture().beginSnapshot()).isFalse();
            rig.cut();
            assertThat(rig.capture().beginSnapshot()).isTrue();
            rig.assertEqual(app);
        }
    }

    /** An application that changes more pages than are read must not keep the read from its end. */
    @Test
    void aSnapshotEndsHoweverMuchChanges() throws IOException {
        try (SqliteShell app = rig.app(fill(3000))) {
            rig.attach();
            rig.capturedAll();
            rig.time.stepBy(500_000);
            assertThat(rig.capture().beginSnapshot()).isTrue();
            CutFile snapshot = null;
            for (int i = 0; snapshot == null; i++) {
                assertThat(i).isLessThan(500);
                app.run("update t set x=randomblob(400) where id%2=" + i % 2);
                rig.accept(rig.capture().advance());
                snapshot = rig.capture().takeSnapshot();
            }
            assertIsSnapshotOfNow(snapshot);
            rig.assertEqual(app);
        }
    }

    /** The lock page lies between pages of the database. Reads a gibibyte several times. */
    @Test
    @EnabledIfSystemProperty(named = "runnel.large", matches = "true")
    void beyondOneGibibyteTheLockPageIsLeftOut() throws IOException {
        Rig large = new Rig(Files.createDirectory(directory.resolve("large")));
        SqliteShell.once(large.database, "pragma page_size=65536", "pragma journal_mode=wal", "create table t(x)");
        extend(large.database, 16383);
        try (large;
                SqliteShell app = large.app("insert into t values(zeroblob(65000))")) {
            large.attach();
            CutFile first = large.capturedAll();
            assertThat(first).isNotNull();
            assertThat(first.header().commit()).isEqualTo(16383);
            // Grows over the lock page.
            app.run("insert into t values(randomblob(200000))");
            CutFile across = large.capturedAll();
            assertThat(across).isNotNull();
            assertThat(across.header().commit()).isGreaterThan(16386);
            app.run("insert into t values(randomblob(65000))");
            large.assertEqual(app);
            History history = large.history();
            large.detach();
            app.run("insert into t values(randomblob(65000))");
            app.run("pragma wal_checkpoint(truncate)");
            large.attach(history);
            large.assertEqual(app);
        }
    }

    /** Makes the database as large as {@code pages} with pages that nothing uses: a hole in the file. */
    private static void extend(Path database, int pages) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(database.toFile(), "rw")) {
            file.seek(28);
            file.writeInt(pages);
            file.setLength(pages * 65536L);
        }
    }
}
