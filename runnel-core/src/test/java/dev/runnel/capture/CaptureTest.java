package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.testing.SqliteShell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Looks and cuts beside a live application: what is replicated is the database, byte for byte, and no page diff is needed. */
class CaptureTest extends RigTest {

    private static final long HOUR = Duration.ofHours(1).toNanos();
    private static final String FILL = "insert into t(x) select randomblob(1500) from generate_series(1,%d)";

    private SqliteShell app(String... sql) {
        SqliteShell app = rig.app("create table if not exists t(id integer primary key, x)");
        for (String statement : sql) {
            app.run(statement);
        }
        return app;
    }

    private static String fill(int rows) {
        return String.format(FILL, rows);
    }

    private void assertNoBreaks() {
        assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Continuity.Reason.NO_POSITION);
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
    void everyPageSize(int pageSize) throws IOException {
        try (SqliteShell app =
                        SqliteShell.open(rig.database, "pragma page_size=" + pageSize, "pragma journal_mode=wal");
                SqliteShell second = app()) {
            rig.attach();
            CutFile first = rig.capturedAll();
            assertThat(first).isNotNull();
            assertThat(first.header().txIds().toString()).isEqualTo("0000000000000001-0000000000000001");
            assertThat(first.header().pageSize().bytes()).isEqualTo(pageSize);
            for (int i = 0; i < 5; i++) {
                second.run(fill(20));
                app.run("update t set x=randomblob(700) where id%5=" + i);
                CutFile cut = rig.capturedAll();
                assertThat(cut).isNotNull();
                assertThat(cut.header().txIds().min().value()).isEqualTo(i + 2);
            }
            rig.assertEqual(app);
            app.run(fill(3));
            rig.assertEqual(app);
            assertNoBreaks();
        }
    }

    @Test
    void nothingNewMakesNoFile() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            assertThat(rig.capturedAll()).isNotNull();
            assertThat(rig.capturedAll()).isNull();
            assertThat(rig.capture().hasWork()).isFalse();
            app.run("begin; insert into t(x) values(1); rollback");
            assertThat(rig.capturedAll()).isNull();
            app.run("select * from t");
            assertThat(rig.capture().hasWork()).isFalse();
        }
    }

    /** Who restores to a time has all that was committed before it: what took long to be written is not newer for that. */
    @Test
    void aFileHasTheTimeOfTheLookThatItIsOf() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            app.run(fill(1));
            rig.settle();
            Instant[] committed = new Instant[1];
            rig.whenWriting = () -> {
                rig.whenWriting = () -> {};
                rig.time.advance(HOUR);
                app.run(fill(1));
                committed[0] = rig.time.now();
                rig.time.advance(HOUR);
            };
            CutFile file = rig.cut();
            assertThat(file).isNotNull();
            assertThat(rig.capture().hasWork()).as("committed since").isFalse();
            assertThat(rig.capture().look()).as("committed since").isEqualTo(Capture.Step.DONE);
            assertThat(file.header().timestamp()).isBefore(committed[0]);
            rig.assertEqual(app);
        }
    }

    /** Who restores to a time before a commit does not get it. */
    @Test
    void aFileHasNothingThatIsNewerThanItsTime() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            app.run(fill(1));
            rig.settle();
            rig.time.whenTold(() -> {
                rig.time.advance(HOUR);
                app.run(fill(1));
            });
            CutFile file = rig.cut();
            assertThat(file).isNotNull();
            assertThat(file.header().timestamp().plusNanos(HOUR)).isEqualTo(rig.time.now());
            rig.settle();
            assertThat(rig.capture().hasWork()).as("the commit of later").isTrue();
            assertThat(rig.cut()).isNotNull();
            rig.assertEqual(app);
        }
    }

    @Test
    void aCutTakesDistinctPagesOnce() throws IOException {
        try (SqliteShell app = app(fill(0))) {
            rig.attach();
            rig.capturedAll();
            app.run("insert into t values(1,0)");
            rig.capturedAll();
            for (int i = 0; i < 50; i++) {
                app.run("update t set x=" + i);
            }
            CutFile cut = rig.capturedAll();
            assertThat(cut).isNotNull();
            assertThat(cut.pages()).isEqualTo(1);
            rig.assertEqual(app);
        }
    }

    @Test
    void aGrowingCommitWithPagesThatHaveNoFrame() throws IOException {
        try (SqliteShell app = app(fill(5))) {
            rig.attach();
            rig.capturedAll();
            app.run("begin; create table big(x); insert into big select randomblob(1500) from generate_series(1,300);"
                    + "drop table big; insert into t(x) values(1); commit");
            CutFile cut = rig.capturedAll();
            assertThat(cut).isNotNull();
            assertThat(cut.header().commit()).isGreaterThan(100);
            rig.assertEqual(app);
            assertNoBreaks();
        }
    }

    @Test
    void vacuumShrinksTheDatabase() throws IOException {
        try (SqliteShell app = app(fill(500))) {
            rig.attach();
            rig.capturedAll();
            app.run("delete from t where id>20");
            rig.capturedAll();
            app.run("vacuum");
            CutFile cut = rig.capturedAll();
            assertThat(cut).isNotNull();
            assertThat(cut.header().commit()).isLessThan(50);
            rig.assertEqual(app);
            app.run(fill(200));
            rig.assertEqual(app);
            assertNoBreaks();
        }
    }

    /** Between two cuts the database shrinks and grows again: pages were dropped and are others now. */
    @Test
    void shrunkAndGrownBetweenTwoCuts() throws IOException {
        try (SqliteShell app = app(fill(300))) {
            rig.attach();
            rig.capturedAll();
            app.run("delete from t where id>10");
            app.run("vacuum");
            rig.settle();
            rig.whileLooking(app, "pragma wal_checkpoint(truncate)");
            app.run("begin; create table big(x); insert into big select randomblob(1500) from generate_series(1,400);"
                    + "drop table big; commit");
            rig.assertEqual(app);
            assertNoBreaks();
        }
    }

    @ParameterizedTest
    @CsvSource({"full", "incremental"})
    void autoVacuum(String mode) throws IOException {
        try (SqliteShell first =
                        SqliteShell.open(rig.database, "pragma auto_vacuum=" + mode, "pragma journal_mode=wal");
                SqliteShell second = app(fill(300))) {
            assertThat(first.run("pragma auto_vacuum")).isNotEqualTo("0");
            rig.attach();
            rig.capturedAll();
            for (int i = 0; i < 5; i++) {
                second.run("delete from t where id%7=" + i);
                second.run("pragma incremental_vacuum(20)");
                rig.capturedAll();
                second.run(fill(10));
            }
            // The shell that vacuums keeps a read transaction open until its next statement.
            rig.assertEqual(second);
            assertNoBreaks();
        }
    }

    @Test
    void pageOneChanges() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            app.run("pragma user_version=42");
            CutFile cut = rig.capturedAll();
            assertThat(cut).isNotNull();
            assertThat(cut.pages()).isEqualTo(1);
            app.run("create index i on t(x)");
            rig.assertEqual(app);
            assertNoBreaks();
        }
    }

    @Test
    void spilledTransactionsRollbacksAndSavepoints() throws IOException {
        try (SqliteShell app = app("pragma cache_size=5", fill(50))) {
            rig.attach();
            rig.capturedAll();
            app.run("begin");
            app.run(fill(300));
            rig.settle();
            assertThat(rig.cut()).as("nothing is committed").isNull();
            app.run("rollback");
            rig.assertEqual(app);
            app.run("begin");
            app.run(fill(200));
            rig.settle();
            app.run("savepoint s");
            app.run("delete from t");
            rig.settle();
            app.run("rollback to s");
            app.run("commit");
            rig.assertEqual(app);
            assertNoBreaks();
        }
    }

    @Test
    void anApplicationKilledInMidTransaction() throws IOException {
        try (SqliteShell other = app(fill(20))) {
            rig.attach();
            rig.capturedAll();
            SqliteShell victim = app("pragma cache_size=5");
            victim.run("begin");
            victim.run("update t set x=randomblob(1500)");
            victim.run(fill(300));
            rig.settle();
            victim.kill();
            rig.settle();
            assertThat(rig.cut()).isNull();
            other.run(fill(10));
            rig.assertEqual(other);
            assertNoBreaks();
        }
    }

    /** The only application is killed; we keep its index alive, and the next one goes on where it stopped. */
    @Test
    void theOnlyApplicationIsKilledAndComesBack() throws IOException {
        SqliteShell victim = app(fill(20), "pragma cache_size=5");
        rig.attach();
        rig.capturedAll();
        victim.run("insert into t(x) values(1)");
        victim.run("begin");
        victim.run(fill(300));
        victim.kill();
        rig.capturedAll();
        try (SqliteShell next = app()) {
            assertThat(next.run("select count(*) from t")).isEqualTo("21");
            next.run(fill(10));
            rig.assertEqual(next);
            assertNoBreaks();
        }
    }

    @Test
    void resetsBetweenCutsAreFollowed() throws IOException {
        try (SqliteShell app = app("pragma wal_autocheckpoint=20")) {
            rig.attach();
            rig.capturedAll();
            for (int i = 0; i < 200; i++) {
                app.run("insert into t(x) values(randomblob(3000))");
                rig.capture().look();
                rig.capture().look();
                if (i % 37 == 0) {
                    rig.cut();
                }
            }
            rig.assertEqual(app);
            assertThat(rig.capture().counts().resetsFollowed()).isGreaterThan(5);
            assertThat(rig.capture().counts().swaps()).isGreaterThan(5);
            assertNoBreaks();
        }
    }

    @Test
    void severalTruncateCheckpointsInARow() throws IOException {
        try (SqliteShell app = app(fill(10))) {
            rig.attach();
            rig.capturedAll();
            for (int round = 0; round < 3; round++) {
                app.run(fill(10));
                for (int i = 0; i < 4; i++) {
                    assertThat(rig.whileLooking(app, "pragma wal_checkpoint(truncate)"))
                            .startsWith("0|");
                }
                rig.settle();
                // Without a look in between.
                for (int i = 0; i < 3; i++) {
                    assertThat(app.run("pragma wal_checkpoint(truncate)")).startsWith("0|");
                }
            }
            rig.assertEqual(app);
            assertNoBreaks();
        }
    }

    /** Sector padding repeats a commit frame; the index counts the commit once. */
    @Test
    void paddedCommits() throws IOException {
        try (SqliteShell app = SqliteShell.open(
                "file:" + rig.database + "?psow=0",
                "pragma journal_mode=wal",
                "pragma synchronous=full",
                "pragma wal_autocheckpoint=0",
                "create table t(id integer primary key, x)")) {
            rig.attach();
            rig.capturedAll();
            for (int i = 0; i < 5; i++) {
                app.run("insert into t(x) values(1)");
                app.run("update t set x=2");
                rig.capturedAll();
            }
            rig.assertEqual(app);
            assertNoBreaks();
        }
    }

    @Test
    void attachedByASymbolicLink() throws IOException {
        try (SqliteShell app = app(fill(5))) {
            Path link = directory.resolve("elsewhere");
            Files.createDirectory(link);
            link = Files.createSymbolicLink(link.resolve("link.db"), rig.database);
            rig.attach(History.none(), link);
            rig.capturedAll();
            app.run(fill(5));
            assertThat(rig.capturedAll()).isNotNull();
            rig.assertEqual(app);
        }
    }
}
