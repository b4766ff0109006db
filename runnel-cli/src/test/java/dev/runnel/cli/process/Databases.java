package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.KeyLayout;
import dev.runnel.Restore;
import dev.runnel.restore.NothingToRestoreException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.file.FileObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Compares databases. Only copies are opened through SQLite in the process of the tests; what an application has open is
 * read byte by byte.
 */
final class Databases {

    private static final int WAL_INDEX_HEADER = 48;

    private final Path folder;
    private final AtomicInteger copies = new AtomicInteger();

    /** @param scene in whose folder copies are made */
    Databases(Scene scene) {
        this.folder = scene.path("tmp");
    }

    /**
     * Asserts that a restored database is the source, page for page, and row for row. Nothing may write to the source
     * meanwhile; its WAL counts.
     */
    void assertSame(Path source, Path restored) throws IOException {
        Path copy = checkpointedCopy(source);
        byte[] expected = Files.readAllBytes(copy);
        byte[] actual = Files.readAllBytes(restored);
        int pageSize = ((expected[16] & 0xff) << 8) | (expected[17] & 0xff);
        assertThat(actual.length / pageSize)
                .as("pages of the restored database")
                .isEqualTo(expected.length / pageSize);
        int at = Arrays.mismatch(expected, actual);
        assertThat(at < 0 ? "" : "page " + (at / pageSize + 1) + " from byte " + at % pageSize)
                .as("first difference between " + source + " and " + restored)
                .isEmpty();
        assertThat(dump(restored)).as("content of " + restored).isEqualTo(dump(copy));
        assertThat(Shell.once(restored, "PRAGMA integrity_check")).isEqualTo("ok");
    }

    /** The content of a database, as the shell dumps it. */
    static String dump(Path database) {
        return Shell.once(database, ".dump");
    }

    /** A copy of a database with everything in the database file. Nothing may write to the source meanwhile. */
    Path checkpointedCopy(Path source) throws IOException {
        Path copy = folder.resolve("copy-" + copies.incrementAndGet() + ".db");
        Files.copy(source, copy);
        try {
            Files.copy(wal(source), wal(copy));
        } catch (NoSuchFileException e) {
            return copy; // everything is in the database file
        }
        Shell.once(copy, "PRAGMA wal_checkpoint(TRUNCATE)");
        return copy;
    }

    /** The WAL of a database. */
    static Path wal(Path database) {
        return database.resolveSibling(database.getFileName() + "-wal");
    }

    /** Length of the WAL in bytes; 0 when there is none. */
    static long walSize(Path database) throws IOException {
        try {
            return Files.size(wal(database));
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /**
     * How far a WAL is in use; its file keeps the length it once had.
     *
     * @param generation another one each time the WAL is begun anew
     * @param bytes from its beginning to the end of the last commit
     */
    record WalExtent(int generation, long bytes) {}

    /** What the index of a WAL says of it, in a header and its copy; null while these are being written. */
    static @Nullable WalExtent walExtent(Path database) throws IOException {
        byte[] headers;
        try (InputStream in = Files.newInputStream(database.resolveSibling(database.getFileName() + "-shm"))) {
            headers = in.readNBytes(2 * WAL_INDEX_HEADER);
        }
        if (!Arrays.equals(headers, 0, WAL_INDEX_HEADER, headers, WAL_INDEX_HEADER, headers.length)) {
            return null;
        }
        ByteBuffer header = ByteBuffer.wrap(headers).order(ByteOrder.nativeOrder());
        int pageSize = Short.toUnsignedInt(header.getShort(14));
        return new WalExtent(header.getInt(32), header.getInt(16) * (24L + pageSize));
    }

    /** Waits until what a directory replica restores to answers {@code sql} with {@code expected}. */
    void awaitReplica(Path replica, String sql, String expected, Child daemon) {
        awaitReplica(new FileObjectStore(replica), "", KeyLayout.FILES, sql, expected, daemon);
    }

    /** Waits until what a replica restores to answers {@code sql} with {@code expected}. */
    void awaitReplica(ObjectStore store, String path, KeyLayout layout, String sql, String expected, Child daemon) {
        String[] last = {"nothing"};
        Await.until(
                "the replica to answer " + sql + " with " + expected,
                () -> {
                    String answer = askReplica(Restore.from(store, path, layout), sql);
                    last[0] = String.valueOf(answer);
                    return expected.equals(answer);
                },
                () -> "the last answer was: " + last[0] + "\n" + daemon.output());
    }

    /** What a directory replica restores to answers now; null when there is nothing to restore. */
    @Nullable
    String askReplica(Path replica, String sql) throws IOException {
        return askReplica(Restore.from(new FileObjectStore(replica), "", KeyLayout.FILES), sql);
    }

    /** What a restored database answers; null when there is nothing to restore, or not this table. */
    private @Nullable String askReplica(Restore restore, String sql) throws IOException {
        Path target = folder.resolve("look-" + copies.incrementAndGet() + ".db");
        try {
            Restore.Result result = restore.to(target);
            assertThat(result.proved()).as("proof of " + result).isTrue();
            return ask(target, sql);
        } catch (NothingToRestoreException e) {
            return null;
        } catch (SQLException e) {
            return e.getMessage();
        } finally {
            Files.deleteIfExists(target);
        }
    }

    private static @Nullable String ask(Path database, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return result.next() ? result.getString(1) : null;
        }
    }
}
