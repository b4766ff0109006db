package dev.runnel.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.runnel.model.PageSize;
import dev.runnel.source.AttachedDatabase.Standing;
import dev.runnel.source.SourceUnavailableException.Reason;
import dev.runnel.testing.Seeds;
import dev.runnel.testing.SqliteShell;
import dev.runnel.wal.WalIndexHeader;
import dev.runnel.wal.WalState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be attached to, what cannot, what is said then, and what becomes of attached files. */
class AttachTest {

    private final DescriptorRegistry registry = new DescriptorRegistry();

    @TempDir
    Path directory;

    private Path database = Path.of("");

    @BeforeEach
    void name() {
        database = directory.resolve("app.db");
    }

    private AttachedDatabase attach() throws IOException {
        return attach(database);
    }

    private AttachedDatabase attach(Path path) throws IOException {
        return AttachedDatabase.attach(path, registry, KernelLocks.ofThisProcess());
    }

    private SqliteShell app() {
        return SqliteShell.open(
                database, "pragma journal_mode=wal", "pragma wal_autocheckpoint=0", "create table if not exists t(x)");
    }

    private SourceUnavailableException refused() {
        SourceUnavailableException refused =
                catchThrowableOfType(SourceUnavailableException.class, () -> attach().close());
        assertThat(refused).isNotNull();
        assertThat(refused).hasMessageContaining("app.db");
        return refused;
    }

    @Test
    void absent() {
        assertThat(refused().reason()).isEqualTo(Reason.ABSENT);
        assertThat(Reason.ABSENT.isPassing()).isTrue();
    }

    @Test
    void empty() throws IOException {
        Files.createFile(database);
        assertThat(refused().reason()).isEqualTo(Reason.EMPTY);
        assertThat(Reason.EMPTY.isPassing()).isTrue();
    }

    @Test
    void notInWalMode() throws IOException {
        SqliteShell.once(database, "create table t(x)");
        SourceUnavailableException refused = refused();
        assertThat(refused.reason()).isEqualTo(Reason.NOT_WAL);
        assertThat(refused).hasMessageContaining("PRAGMA journal_mode=wal");
        assertThat(Reason.NOT_WAL.isPassing()).isFalse();
    }

    @Test
    void heldInExclusiveMode() throws IOException {
        try (SqliteShell app = SqliteShell.open(
                database, "pragma journal_mode=wal", "create table t(x)", "pragma locking_mode=exclusive")) {
            app.run("insert into t values(1)");
            SourceUnavailableException refused = refused();
            assertThat(refused.reason()).isEqualTo(Reason.EXCLUSIVE);
            assertThat(refused).hasMessageContaining("locking_mode");
            assertThat(ProcLocks.ours(database)).isEmpty();
        }
        try (AttachedDatabase attached = attach()) {
            assertThat(attached.standing()).isEqualTo(Standing.GOOD);
        }
    }

    /** The other way round: while we are attached, exclusive mode cannot be had, and no lock of ours is ignored. */
    @Test
    void exclusiveModeHasToWaitForUs() throws IOException {
        try (SqliteShell app = app();
                AttachedDatabase attached = attach()) {
            app.run(".timeout 0");
            app.run("pragma locking_mode=exclusive");
            assertThat(app.attempt("insert into t values(1)")).contains("locked");
            assertThat(attached.standing()).isEqualTo(Standing.GOOD);
        }
    }

    @Test
    void noDatabase() throws IOException {
        byte[] noise = new byte[8192];
        Seeds.random("AttachTest").nextBytes(noise);
        Files.write(database, noise);
        SourceUnavailableException refused = refused();
        assertThat(refused.reason()).isEqualTo(Reason.NOT_A_DATABASE);
        assertThat(refused).hasMessageContaining("encrypted");
        Files.writeString(database, "hello");
        assertThat(refused().reason()).isEqualTo(Reason.NOT_A_DATABASE);
        byte[] damaged = new byte[100];
        System.arraycopy("SQLite format 3\0".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, damaged, 0, 16);
        damaged[18] = 2;
        damaged[19] = 2;
        Files.write(database, damaged);
        assertThat(refused().reason()).isEqualTo(Reason.NOT_A_DATABASE);
    }

    @Test
    void aDirectoryIsNoDatabase() throws IOException {
        Files.createDirectory(database);
        assertThat(refused().reason()).isEqualTo(Reason.NOT_A_DATABASE);
    }

    @Test
    void refusingLeavesNothingOpenAndNothingLocked() throws IOException {
        SqliteShell.once(database, "create table t(x)");
        refused();
        assertThat(ProcLocks.ours(database)).isEmpty();
        SqliteShell.once(database, "pragma journal_mode=wal");
        try (AttachedDatabase attached = attach()) {
            assertThat(attached.path()).isEqualTo(database);
        }
    }

    @Test
    void theSameFileTwice() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link.db"), database);
        Path hard = directory.resolve("hard.db");
        try (SqliteShell app = app()) {
            Files.createLink(hard, database);
            try (AttachedDatabase attached = attach()) {
                for (Path other : new Path[] {database, link, hard}) {
                    SourceUnavailableException refused = catchThrowableOfType(
                            SourceUnavailableException.class,
                            () -> attach(other).close());
                    assertThat(refused).isNotNull();
                    assertThat(refused.reason()).isEqualTo(Reason.ATTACHED_ALREADY);
                    assertThat(refused).hasMessageContaining(database.toString());
                }
                assertThat(ProcLocks.ours(database))
                        .as("our locks are still there")
                        .isNotEmpty();
                assertThat(attached.standing()).isEqualTo(Standing.GOOD);
            }
            try (AttachedDatabase again = attach(link)) {
                assertThat(again.indexed())
                        .as("the index of the file that the link leads to")
                        .isTrue();
                app.run("insert into t values(1)");
                WalState state = again.state();
                assertThat(state).isNotNull();
                assertThat(state.mxFrame()).isPositive();
                assertThat(again.standing()).isEqualTo(Standing.GOOD);
            }
        }
    }

    @Test
    void deletedReplacedAndMadeAnew() throws IOException {
        SqliteShell.once(database, "pragma journal_mode=wal", "create table t(x)");
        try (AttachedDatabase attached = attach()) {
            Files.delete(database);
            assertThat(attached.standing()).isEqualTo(Standing.DATABASE_GONE);
            SqliteShell.once(database, "pragma journal_mode=wal", "create table other(x)");
            assertThat(attached.standing()).isEqualTo(Standing.DATABASE_REPLACED);
        }
        try (AttachedDatabase attached = attach()) {
            assertThat(attached.standing()).isEqualTo(Standing.GOOD);
            Path copy = directory.resolve("copy.db");
            SqliteShell.once(copy, "pragma journal_mode=wal", "create table third(x)");
            Files.move(copy, database, StandardCopyOption.REPLACE_EXISTING);
            assertThat(attached.standing()).isEqualTo(Standing.DATABASE_REPLACED);
        }
    }

    @Test
    void theIndexAppearsAndIsReplaced() throws IOException {
        SqliteShell.once(database, "pragma journal_mode=wal", "create table t(x)");
        try (AttachedDatabase attached = attach()) {
            assertThat(attached.indexed()).isFalse();
            assertThat(attached.gate()).isNull();
            try (SqliteShell app = app()) {
                assertThat(app.run("select count(*) from t")).isEqualTo("0");
                assertThat(attached.standing()).isEqualTo(Standing.INDEX_APPEARED);
            }
        }
        try (SqliteShell app = app();
                AttachedDatabase attached = attach()) {
            app.run("select count(*) from t");
            assertThat(attached.indexed()).isTrue();
            assertThat(attached.standing()).isEqualTo(Standing.GOOD);
            Files.delete(Path.of(database + "-shm"));
            assertThat(attached.standing()).isEqualTo(Standing.INDEX_REPLACED);
        }
    }

    @Test
    void aDatabaseAtRestIsReadWithItsWal() throws IOException {
        SqliteShell app = app();
        app.run("insert into t select randomblob(3000) from generate_series(1,20)");
        app.kill();
        Files.delete(Path.of(database + "-shm"));
        try (AttachedDatabase attached = attach()) {
            WalState state = attached.state();
            assertThat(state).isNotNull();
            assertThat(state.indexed()).isFalse();
            assertThat(state.mxFrame()).isGreaterThan(15);
            assertThat(attached.walSize()).isGreaterThan(15 * 4096);
            assertThat(attached.hasLivingWriter()).isFalse();
        }
        assertThat(Path.of(database + "-shm")).as("nothing is made").doesNotExist();
    }

    /** The next application mends it, which may be long from now. */
    @Test
    void anIndexThatCannotBeReadCostsFewReadsALook() throws IOException {
        SqliteShell app = app();
        app.run("insert into t select randomblob(3000) from generate_series(1,20)");
        app.kill();
        byte[] index = Files.readAllBytes(Path.of(database + "-shm"));
        index[60] ^= 1; // in the second copy of the header
        Files.write(Path.of(database + "-shm"), index);
        try (AttachedDatabase attached = attach()) {
            WalState state = attached.state();
            assertThat(state).isNotNull();
            assertThat(state.mxFrame()).as("what the WAL holds").isGreaterThan(15);
            long before = bytesRead();
            for (int look = 0; look < 100; look++) {
                assertThat(attached.state()).isEqualTo(state);
            }
            assertThat(bytesRead() - before).isLessThan(100 * 30 * WalIndexHeader.SIZE);
        }
    }

    /** By this thread, through any file. */
    private static long bytesRead() throws IOException {
        return Files.readAllLines(Path.of("/proc/thread-self/io")).stream()
                .filter(line -> line.startsWith("rchar: "))
                .mapToLong(line -> Long.parseLong(line.substring("rchar: ".length())))
                .sum();
    }

    @Test
    void pagesBeyondTheEndAreZeros() throws IOException {
        SqliteShell.once(database, "pragma journal_mode=wal", "create table t(x)");
        try (AttachedDatabase attached = attach()) {
            PageSize pageSize = new PageSize(4096);
            assertThat(attached.filePages(pageSize)).isEqualTo(2);
            assertThat(attached.filePages(new PageSize(65536)))
                    .as("a page in part")
                    .isEqualTo(1);
            assertThat(attached.fileSize()).isEqualTo(8192);
            byte[] page = new byte[4096];
            page[7] = 1;
            attached.readPage(pageSize, 100, page);
            assertThat(page).containsOnly(0);
            byte[] large = new byte[65536];
            large[8192] = 1;
            attached.readPage(new PageSize(65536), 1, large);
            assertThat(large[0]).isEqualTo((byte) 'S');
            assertThat(large[8192]).isZero();
        }
    }

    @Test
    void messagesNameTheRemedy() {
        assertThatThrownBy(this::attach)
                .isInstanceOf(SourceUnavailableException.class)
                .hasMessageContaining("does not exist");
        assertThat(Reason.EXCLUSIVE.isPassing()).isTrue();
        assertThat(Reason.FORBIDDEN.isPassing()).isFalse();
        assertThat(Reason.NO_LOCKS.isPassing()).isFalse();
        assertThat(Reason.ATTACHED_ALREADY.isPassing()).isFalse();
    }
}
