package dev.runnel.cli.services;

import dev.runnel.cli.RestoreRequest.IntegrityCheck;
import dev.runnel.engine.JournalSwitch;
import dev.runnel.restore.NotEnoughSpaceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteJDBCLoader;

/**
 * The few things that need SQLite itself. Never used on a database that this process is attached to: closing a connection
 * would drop the record locks of the whole process on it.
 */
final class SqliteTools {

    private static final int BUSY_TIMEOUT_MILLIS = 5000;

    private SqliteTools() {}

    /** Switches databases that may be written to WAL mode. */
    static JournalSwitch journalSwitch() {
        return database -> {
            Path parent = database.toAbsolutePath().getParent();
            if (!Files.isWritable(database) || parent == null || !Files.isWritable(parent)) {
                return false;
            }
            try (Connection connection = open(database);
                    Statement statement = connection.createStatement();
                    ResultSet mode = statement.executeQuery("PRAGMA journal_mode=wal")) {
                return mode.next() && mode.getString(1).equalsIgnoreCase("wal");
            } catch (SQLException e) {
                throw new IOException(e.getMessage(), e);
            }
        };
    }

    /** Has SQLite roll back what a killed writer left half done in a database with a rollback journal. */
    static void recover(Path database) throws IOException {
        try (Connection connection = open(database);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT count(*) FROM sqlite_schema")) {
            result.next();
        } catch (SQLException e) {
            throw full(database, new IOException(database + ": " + e.getMessage(), e));
        }
    }

    /**
     * Has SQLite check a database that was just restored, and deletes it if it is not whole.
     *
     * @throws IOException with what it found, if that is anything but "ok", or why it could not be checked, in which case
     *     it stays
     */
    static void checkRestored(Path database, IntegrityCheck check) throws IOException {
        try {
            check(database, check);
        } catch (NoSqliteException | NotEnoughSpaceException e) {
            throw new IOException(database + " is restored, but could not be checked: " + e.getMessage(), e);
        } catch (IOException e) {
            Files.deleteIfExists(database);
            throw e;
        }
    }

    /**
     * Has SQLite check a database.
     *
     * @throws NoSqliteException if it cannot be used
     * @throws NotEnoughSpaceException if it has no room for temporary files
     * @throws IOException with what it found, if that is anything but "ok"
     */
    static void check(Path database, IntegrityCheck check) throws IOException {
        if (check == IntegrityCheck.NONE) {
            return;
        }
        String pragma = check == IntegrityCheck.QUICK ? "quick_check" : "integrity_check";
        try (Connection connection = open(database);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA " + pragma)) {
            String answer = result.next() ? result.getString(1) : "no answer";
            if (!answer.equals("ok")) {
                throw new IOException(database + ": " + pragma + " failed: " + answer);
            }
        } catch (SQLException e) {
            throw full(database, new IOException(database + ": " + pragma + " failed: " + e.getMessage(), e));
        }
    }

    /**
     * Runs an assertion on a restored database: it holds if the first column of its first row is neither NULL nor 0 nor
     * empty.
     *
     * @return null if it holds, else what it gave
     * @throws NoSqliteException if SQLite cannot be used
     * @throws NotEnoughSpaceException if it has no room for temporary files
     */
    static @Nullable String check(Path database, String assertion) throws IOException {
        try (Connection connection = open(database);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(assertion)) {
            String value = result.next() ? result.getString(1) : null;
            if (value == null) {
                return "NULL, or no row";
            }
            return value.isEmpty() || value.matches("[+-]?0*\\.?0*") ? "\"" + value + "\"" : null;
        } catch (SQLException e) {
            IOException failure = full(database, new IOException(e.getMessage(), e));
            if (failure instanceof NotEnoughSpaceException) {
                throw failure;
            }
            return String.valueOf(e.getMessage());
        }
    }

    private static IOException full(Path database, IOException failure) {
        return NotEnoughSpaceException.orOther(
                database,
                failure,
                "free some space there, or in SQLite's directory for temporary files (SQLITE_TMPDIR)");
    }

    /** Makes SQLite usable in this process. */
    static void load() throws NoSqliteException {
        try {
            SQLiteJDBCLoader.initialize();
        } catch (Exception e) {
            throw new NoSqliteException(e);
        }
    }

    static Connection open(Path database) throws NoSqliteException, SQLException {
        load();
        return DriverManager.getConnection("jdbc:sqlite:" + database + "?busy_timeout=" + BUSY_TIMEOUT_MILLIS);
    }
}
