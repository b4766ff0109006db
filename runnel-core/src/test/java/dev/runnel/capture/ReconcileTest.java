package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.capture.Capture.Step;
import dev.runnel.capture.Continuity.Reason;
import dev.runnel.testing.SqliteShell;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;

/** What happens across a break: what can be proved is continued, and all else is found by a page diff. */
class ReconcileTest extends RigTest {

    private static final String TABLE = "create table if not exists t(id integer primary key, x)";
    private static final String FILL = "insert into t(x) select randomblob(1500) from generate_series(1,%d)";

    private static String fill(int rows) {
        return String.format(FILL, rows);
    }

    private SqliteShell app() {
        return rig.app(TABLE);
    }

    private Path file(String suffix) {
        return Path.of(rig.database + suffix);
    }

    @Test
    void aRestartGoesOnWhereTheLastCutEnded() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(100));
            rig.attach();
            rig.capturedAll();
            app.run("insert into t(x) values(1)");
            rig.restart();
            app.run("insert into t(x) values(2)");
            CutFile cut = rig.capturedAll();
            assertThat(cut).isNotNull();
            assertThat(cut.pages()).isLessThan(5);
            assertThat(rig.capture().counts().breaks()).isEmpty();
            rig.assertEqual(app);
        }
    }

    /** After a restart the counter of the index proves nothing, not even that nothing happened. */
    @Test
    void aResetWhileNobodyWatchedIsReconciled() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(100));
            rig.attach();
            rig.capturedAll();
            History history = rig.history();
            rig.detach();
            app.run("update t set x=randomblob(1500) where id=50");
            app.run("pragma wal_checkpoint(truncate)");
            app.run("update t set x=randomblob(1500) where id=60");
            app.run("pragma wal_checkpoint(truncate)");
            rig.attach(history);
            CutFile cut = rig.capturedAll();
            assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Reason.WAL_CHANGED_UNSEEN);
            assertThat(cut).isNotNull();
            assertThat(cut.pages()).as("only what differs").isBetween(2, 4);
            assertThat(cut.header().txIds().min().value()).isEqualTo(2);
            rig.assertEqual(app);
        }
    }

    @Test
    void nothingDiffersAfterACheckpointAlone() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(100));
            rig.attach();
            rig.capturedAll();
            History history = rig.history();
            rig.detach();
            app.run("pragma wal_checkpoint(truncate)");
            rig.attach(history);
            assertThat(rig.capturedAll()).isNull();
            assertThat(rig.capture().reconcileNeeded()).isFalse();
            assertThat(rig.capture().txId()).isEqualTo(history.txId());
            app.run("insert into t(x) values(2)");
            assertThat(rig.capturedAll()).isNotNull();
            rig.assertEqual(app);
        }
    }

    @Test
    void theDatabaseShrankAndGrewMeanwhile() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(400));
            rig.attach();
            rig.capturedAll();
            History history = rig.history();
            rig.detach();
            app.run("delete from t where id>10");
            app.run("vacuum");
            app.run("pragma wal_checkpoint(truncate)");
            rig.attach(history);
            CutFile smaller = rig.capturedAll();
            assertThat(smaller).isNotNull();
            assertThat(smaller.header().commit()).isLessThan(20);
            rig.assertEqual(app);
            history = rig.history();
            rig.detach();
            app.run(fill(300));
            app.run("pragma wal_checkpoint(truncate)");
            rig.attach(history);
            rig.assertEqual(app);
        }
    }

    @Test
    void writesGoOnBetweenTheChunksOfThePageDiff() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(400));
            rig.attach();
            rig.capturedAll();
            History history = rig.history();
            rig.detach();
            app.run("update t set x=randomblob(1500) where id%3=0");
            app.run("pragma wal_checkpoint(truncate)");
            rig.attach(history);
            rig.time.stepBy(1_000_000_000);
            rig.settle();
            int chunks = 0;
            for (Capture.Result result = rig.capture().cut();
                    ;
                    result = rig.capture().cut()) {
                if (result.step() == Step.DONE) {
                    rig.accept(result);
                    break;
                }
                chunks++;
                if (chunks < 12) {
                    app.run("update t set x=randomblob(1500) where id%40=" + chunks);
                    app.run("delete from t where id=" + (400 - chunks));
                    app.run(chunks == 5 ? "pragma wal_checkpoint(passive)" : fill(2));
                }
            }
            assertThat(chunks).isGreaterThan(10);
            rig.assertEqual(app);
            assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Reason.WAL_CHANGED_UNSEEN);
        }
    }

    @Test
    void anotherPageSizeBeginsWithAllPages() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(50));
            rig.attach();
            rig.capturedAll();
            app.run(fill(1));
            rig.capturedAll();
            History history = rig.history();
            rig.detach();
            app.run("pragma journal_mode=delete");
            app.run("pragma page_size=8192");
            app.run("vacuum");
            app.run("pragma journal_mode=wal");
            app.run(fill(1));
            rig.attach(history);
            CutFile cut = rig.capturedAll();
            assertThat(cut).isNotNull();
            assertThat(cut.header().txIds().toString()).isEqualTo("0000000000000001-0000000000000003");
            assertThat(cut.header().pageSize().bytes()).isEqualTo(8192);
            app.run(fill(1));
            rig.assertEqual(app);
        }
    }

    @Test
    void aMapWithoutAPositionIsEnoughForAPageDiff() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(100));
            rig.attach();
            rig.capturedAll();
            History history = rig.history();
            rig.detach();
            app.run("update t set x=1 where id=50");
            rig.attach(new History(history.txId(), history.map(), null, history.timestampMillis()));
            CutFile cut = rig.capturedAll();
            assertThat(cut).isNotNull();
            assertThat(cut.pages()).isLessThan(4);
            assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Reason.NO_POSITION);
            rig.assertEqual(app);
        }
    }

    /** As after Litestream: the header of the newest file tells where the WAL stood, but not its checksum. */
    @Test
    void aPositionFromAHeaderIsProvedByTheMap() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(100));
            rig.attach();
            rig.capturedAll();
            app.run(fill(3));
            CutFile last = rig.capturedAll();
            assertThat(last).isNotNull();
            History history = rig.history();
            rig.detach();
            app.run("update t set x=1 where id=50");
            Position position = Position.of(last.header());
            assertThat(position).isNotNull();
            assertThat(position.checksum()).isNull();
            rig.attach(new History(history.txId(), history.map(), position, history.timestampMillis()));
            CutFile cut = rig.capturedAll();
            assertThat(cut).isNotNull();
            assertThat(rig.capture().counts().breaks()).isEmpty();
            rig.assertEqual(app);
        }
    }

    /** Nobody has the database open: no index, no locks on one, and the WAL is read as recovery would. */
    @Test
    void aDatabaseAtRest() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(50));
        }
        assertThat(file("-wal")).doesNotExist();
        rig.attach();
        assertThat(rig.capture().database().indexed()).isFalse();
        assertThat(rig.capturedAll()).isNotNull();
        assertThat(rig.capturedAll()).isNull();
        rig.restart();
        assertThat(rig.capturedAll()).isNull();
        assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Reason.WAL_CHANGED_UNSEEN);
        rig.detach();
        Rig.assertSameFile(rig.database, rig.replica.file());
    }

    @Test
    void anApplicationThatComesWhileADatabaseAtRestIsReadEndsTheRead() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(200));
        }
        rig.attach();
        rig.settle();
        rig.time.stepBy(1_000_000_000);
        assertThat(rig.capture().cut().step()).isEqualTo(Step.AGAIN);
        try (SqliteShell app = app()) {
            app.run("update t set x=1");
            for (int i = 0; i < 100; i++) {
                rig.capture().look();
                assertThat(rig.capture().cut().file()).isNull();
            }
            rig.detach();
            rig.attach();
            rig.time.stepBy(0);
            rig.assertEqual(app);
        }
    }

    @Test
    void lockedOutForAMomentNothingIsLostAndNothingIsDiffed() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(10));
            rig.attach();
            rig.capturedAll();
            rig.capture().letGo();
            rig.settle();
            app.run(fill(1));
            rig.capturedAll();
            rig.capture().letGo();
            app.run(fill(1));
            rig.assertEqual(app);
            assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Reason.NO_POSITION);
        }
    }

    /** What the counter says of a time in which we held no lock is not believed. */
    @Test
    void aResetWhileTheLocksWereLetGoIsReconciled() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(10));
            rig.attach();
            rig.capturedAll();
            rig.capture().letGo();
            app.run("pragma wal_checkpoint(truncate)");
            app.run(fill(1));
            rig.assertEqual(app);
            assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Reason.NO_POSITION, Reason.WAL_CHANGED_UNSEEN);
        }
    }

    @Test
    void framesThatWereCapturedAreGone() throws IOException {
        leftByAKilledApplication(fill(10), "update t set x=1 where id=3");
        rig.attach();
        rig.capturedAll();
        History history = rig.history();
        rig.detach();
        try (RandomAccessFile wal = new RandomAccessFile(file("-wal").toFile(), "rw")) {
            wal.setLength(wal.length() - 1);
        }
        rig.attach(history);
        CutFile cut = rig.capturedAll();
        assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Reason.FRAMES_LOST);
        assertThat(cut).isNotNull();
        rig.detach();
        try (SqliteShell app = app()) {
            app.run("pragma wal_checkpoint(truncate)");
        }
        Rig.assertSameFile(rig.database, rig.replica.file());
    }

    /** Two futures of one WAL, with the same salts: that of the other one is no continuation. */
    @Test
    void framesThatWereCapturedAreOthersNow() throws IOException {
        leftByAKilledApplication(fill(10));
        Path other = Files.createDirectory(directory.resolve("other"));
        Files.copy(rig.database, other.resolve("app.db"));
        Files.copy(file("-wal"), other.resolve("app.db-wal"));
        SqliteShell elsewhere = SqliteShell.open(other.resolve("app.db"), "pragma wal_autocheckpoint=0");
        elsewhere.run("update t set x='elsewhere' where id=3");
        elsewhere.run("update t set x='elsewhere' where id=4");
        elsewhere.kill();
        leftByAKilledApplication("update t set x='here' where id=3");
        rig.attach();
        rig.capturedAll();
        History history = rig.history();
        rig.detach();
        Files.copy(other.resolve("app.db-wal"), file("-wal"), StandardCopyOption.REPLACE_EXISTING);
        rig.attach(history);
        rig.capturedAll();
        assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Reason.FRAMES_REPLACED);
        rig.detach();
        try (SqliteShell app = app()) {
            assertThat(app.run("select x from t where id=4")).isEqualTo("elsewhere");
            app.run("pragma wal_checkpoint(truncate)");
        }
        Rig.assertSameFile(rig.database, rig.replica.file());
    }

    private void leftByAKilledApplication(String... sql) throws IOException {
        SqliteShell app = app();
        for (String statement : sql) {
            app.run(statement);
        }
        app.kill();
        Files.deleteIfExists(file("-shm"));
    }

    /** The application goes on with a damaged page, so that is its database; a page diff proves what is stored. */
    @Test
    void aBrokenChainIsReconciledWithWhatTheApplicationReads() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(10));
            rig.attach();
            rig.capturedAll();
            app.run("update t set x=randomblob(1500) where id=3");
            try (RandomAccessFile wal = new RandomAccessFile(file("-wal").toFile(), "rw")) {
                long at = wal.length() - 1000;
                wal.seek(at);
                int old = wal.read();
                wal.seek(at);
                wal.write(old ^ 1);
            }
            app.run("update t set x=randomblob(1500) where id=9");
            rig.capturedAll();
            assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Reason.NO_POSITION, Reason.CHAIN_BROKEN);
            app.run(fill(2));
            rig.assertEqual(app);
            assertThat(rig.capture().counts().breaks()).containsEntry(Reason.CHAIN_BROKEN, 1);
        }
    }

    /**
     * SQLite before 3.51 commits frames without salts and checksum here. Its recovery would stop before them, but the
     * running application reads them.
     */
    @Test
    void framesWithoutChecksumAfterASavepoint() throws IOException {
        SqliteShell.once(
                rig.database,
                "pragma page_size=4096",
                "pragma auto_vacuum=full",
                "pragma journal_mode=wal",
                TABLE,
                "create index i on t(x)");
        try (SqliteShell app = rig.app("pragma cache_size=5")) {
            app.run("insert into t(x) select randomblob(300) from generate_series(1,40)");
            rig.attach();
            rig.capturedAll();
            for (int i = 0; i < 3; i++) {
                app.run("begin; insert into t(x) select randomblob(30) from generate_series(1,100); savepoint s;"
                        + "delete from t; rollback to s; commit");
                rig.capturedAll();
                app.run("insert into t(x) values(randomblob(50))");
                rig.capturedAll();
            }
            rig.assertEqual(app);
            // None where SQLite is new enough, else one for each transaction that left such frames.
            assertThat(rig.capture().counts().breaks())
                    .containsKey(Reason.NO_POSITION)
                    .doesNotContainKeys(Reason.COMMITS_MISCOUNTED, Reason.FRAMES_REPLACED, Reason.FRAMES_LOST);
        }
    }

    /** An index that tells of frames which are not there: not silently for ever. */
    @Test
    void aWalThatIsShorterThanItsIndexSaysIsAnError() throws IOException {
        try (SqliteShell app = app()) {
            app.run(fill(10));
            rig.attach();
            rig.capturedAll();
            app.run("update t set x=1 where id=3");
            try (RandomAccessFile wal = new RandomAccessFile(file("-wal").toFile(), "rw")) {
                wal.setLength(wal.length() - 1);
            }
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 1000; i++) {
                            assertThat(rig.capture().look()).isEqualTo(Step.AGAIN);
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("app.db-wal does not hold")
                    .hasMessageContaining("integrity_check");
        }
    }
}
