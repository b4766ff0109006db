package dev.runnel.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.PageSize;
import dev.runnel.testing.SqliteShell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What real SQLite writes. Nothing here attaches to the database, so this JVM may read its files. */
class RealWalTest {

    @TempDir
    Path directory;

    private Path database = Path.of("");

    @BeforeEach
    void name() {
        database = directory.resolve("app.db");
    }

    private SqliteShell open(int pageSize, String... more) {
        SqliteShell shell = SqliteShell.open(
                database, "pragma page_size=" + pageSize, "pragma journal_mode=wal", "pragma wal_autocheckpoint=0");
        for (String sql : more) {
            shell.run(sql);
        }
        return shell;
    }

    private byte[] wal() throws IOException {
        return Files.readAllBytes(Path.of(database + "-wal"));
    }

    private WalIndexHeader index() throws IOException {
        WalIndexHeader header = WalIndexHeader.parse(Files.readAllBytes(Path.of(database + "-shm")));
        assertThat(header).isNotNull();
        return header;
    }

    private WalRecovery scan() throws IOException {
        WalRecovery found = WalRecovery.scan(ByteSource.of(wal()));
        assertThat(found).isNotNull();
        return found;
    }

    private void assertScanAgreesWithIndex() throws IOException {
        WalRecovery found = scan();
        WalIndexHeader index = index();
        assertThat(found.mxFrame()).isEqualTo(index.mxFrame());
        assertThat(found.pageCount()).isEqualTo(index.pageCount());
        assertThat(found.checksum()).isEqualTo(index.frameChecksum());
        assertThat(found.header().salts()).isEqualTo(index.salts());
        assertThat(found.header().pageSize()).isEqualTo(index.pageSize());
        assertThat(found.header().bigEndianChecksum()).isEqualTo(index.bigEndianChecksum());
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
    void everyPageSize(int pageSize) throws IOException {
        try (SqliteShell app = open(pageSize, "create table t(x)")) {
            for (int i = 0; i < 5; i++) {
                app.run("insert into t select randomblob(" + (200 + i * 1000) + ") from (select 1 union select 2)");
            }
            assertScanAgreesWithIndex();
            assertThat(index().pageSize()).isEqualTo(new PageSize(pageSize));
            assertThat(scan().commits()).isEqualTo(6);
            assertThat(index().backfill()).isZero();
            assertThat(index().readMarks().get(4)).isEqualTo(WalIndexHeader.MARK_UNUSED);
        }
    }

    /** The newest frame of each page over the database file is the database, as a checkpoint of SQLite makes it. */
    @ParameterizedTest
    @ValueSource(ints = {512, 4096, 65536})
    void framesOverTheFileAreTheDatabase(int pageSize) throws IOException {
        try (SqliteShell app = open(pageSize, "create table t(id integer primary key, x)")) {
            app.run("insert into t(x) select randomblob(3000) from generate_series(1,50)");
            app.run("update t set x=randomblob(2000) where id%7=0");
            app.run("delete from t where id>40");
            WalRecovery found = scan();
            FrameIndex frames = new FrameIndex();
            WalWalk.walk(
                    ByteSource.of(wal()),
                    WalWalk.Format.of(found.header()),
                    0,
                    found.header().checksum(),
                    found.mxFrame(),
                    (frame, page, commitSize) -> frames.put(page, frame));
            byte[] image = Arrays.copyOf(Files.readAllBytes(database), found.pageCount() * pageSize);
            byte[] wal = wal();
            for (int page = 1; page <= found.pageCount(); page++) {
                int frame = frames.frameOf(page);
                if (frame > 0) {
                    int at = (int) WalHeader.frameOffset(found.header().pageSize(), frame) + 24;
                    System.arraycopy(wal, at, image, (page - 1) * pageSize, pageSize);
                }
            }
            assertThat(app.run("pragma wal_checkpoint(truncate)")).startsWith("0|");
            assertThat(image).isEqualTo(Files.readAllBytes(database));
        }
    }

    @Test
    void aResetLeavesOlderFramesBehind() throws IOException {
        try (SqliteShell app = open(4096, "create table t(x)")) {
            app.run("insert into t select randomblob(3000) from generate_series(1,100)");
            WalIndexHeader before = index();
            app.run("pragma wal_checkpoint(restart)");
            assertThat(index().backfill()).isEqualTo(before.mxFrame());
            app.run("insert into t values(1)");
            WalIndexHeader after = index();
            assertThat(after.mxFrame()).isLessThan(5);
            assertThat(after.salts()).isNotEqualTo(before.salts());
            assertThat(wal().length).isGreaterThan(100 * 4096);
            assertScanAgreesWithIndex();
            assertThat(after.changeCounter() - before.changeCounter()).isEqualTo(scan().commits());
        }
    }

    @Test
    void aTruncateCheckpointAdvancesTheSaltsWithoutACommit() throws IOException {
        try (SqliteShell app = open(4096, "create table t(x)")) {
            WalIndexHeader first = index();
            app.run("pragma wal_checkpoint(truncate)");
            WalIndexHeader second = index();
            app.run("pragma wal_checkpoint(truncate)");
            WalIndexHeader third = index();
            assertThat(wal()).isEmpty();
            assertThat(WalRecovery.scan(ByteSource.of(wal()))).isNull();
            assertThat(second.salts().salt1()).isEqualTo(first.salts().salt1() + 1);
            assertThat(third.salts()).isNotEqualTo(second.salts());
            assertThat(third.mxFrame()).isZero();
            assertThat(third.changeCounter()).isEqualTo(first.changeCounter());
        }
    }

    @Test
    void aSpilledTransactionThatIsRolledBackLeavesFramesThatDoNotCount() throws IOException {
        try (SqliteShell app = open(4096, "create table t(x)", "insert into t values(1)", "pragma cache_size=5")) {
            WalIndexHeader before = index();
            app.run("begin");
            app.run("insert into t select randomblob(3000) from generate_series(1,200)");
            assertThat(wal().length).isGreaterThan(100 * 4096);
            assertScanAgreesWithIndex();
            assertThat(index().sameCommits(before)).isTrue();
            app.run("rollback");
            assertScanAgreesWithIndex();
            app.run("insert into t values(2)");
            assertThat(index().mxFrame()).isEqualTo(before.mxFrame() + 1);
            assertScanAgreesWithIndex();
        }
    }

    @Test
    void aSpilledTransactionThatCommitsIsOneCommit() throws IOException {
        try (SqliteShell app = open(4096, "create table t(x)", "pragma cache_size=5")) {
            int commits = scan().commits();
            app.run("begin");
            app.run("insert into t select randomblob(3000) from generate_series(1,200)");
            app.run("update t set x=randomblob(3000)");
            app.run("commit");
            assertThat(scan().commits()).isEqualTo(commits + 1);
            assertScanAgreesWithIndex();
        }
    }

    @Test
    void aWriterKilledInMidTransactionLeavesFramesThatDoNotCount() throws IOException {
        SqliteShell app = open(4096, "create table t(x)", "insert into t values(1)", "pragma cache_size=5");
        app.run("begin");
        app.run("insert into t select randomblob(3000) from generate_series(1,200)");
        app.kill();
        assertScanAgreesWithIndex();
        int mxFrame = scan().mxFrame();
        try (SqliteShell next = SqliteShell.open(database)) {
            assertThat(next.run("select count(*) from t")).isEqualTo("1");
            assertThat(index().mxFrame()).isEqualTo(mxFrame);
            assertThat(index().changeCounter()).as("set back by recovery").isZero();
        }
    }

    @Test
    void aReaderShowsInTheReadMarks() throws IOException {
        try (SqliteShell app = open(4096, "create table t(x)");
                SqliteShell reader = SqliteShell.open(database)) {
            reader.run("begin");
            reader.run("select * from t");
            int mark = index().mxFrame();
            app.run("insert into t values(1)");
            assertThat(index().readMarks()).contains(mark);
            app.run("pragma wal_checkpoint(passive)");
            assertThat(index().backfill()).isEqualTo(mark);
            assertThat(index().isBackfilled()).isFalse();
        }
    }
}
