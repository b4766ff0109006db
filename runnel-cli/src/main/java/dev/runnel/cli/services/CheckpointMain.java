package dev.runnel.cli.services;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The process that runs checkpoints for the daemon: reads names of databases from standard input and answers each on
 * standard output with an error, or with nothing. Ends with its input.
 */
public final class CheckpointMain {

    /** Older libraries can damage a database when a checkpoint meets a reset of the WAL. */
    private static final int[] OLDEST_SAFE = {3, 51, 3};

    private CheckpointMain() {}

    /** Serves until the daemon closes the pipe, or ends. */
    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws IOException {
        serve(System.in, System.out);
    }

    static void serve(InputStream in, OutputStream out) throws IOException {
        DataInputStream requests = new DataInputStream(in);
        DataOutputStream answers = new DataOutputStream(out);
        while (true) {
            Path database;
            try {
                database = Path.of(requests.readUTF());
            } catch (EOFException e) {
                return;
            }
            answers.writeUTF(checkpoint(database));
            answers.flush();
        }
    }

    /** Runs a PASSIVE checkpoint. Returns what is wrong; nothing when all is well. */
    private static String checkpoint(Path database) {
        // By URI, because only there can it be said that an absent database is not to be made.
        String url =
                "jdbc:sqlite:" + database.toUri().toASCIIString().replaceFirst("^file:///*", "file:/") + "?mode=rw";
        try {
            SqliteTools.load();
        } catch (NoSqliteException e) {
            return String.valueOf(e.getMessage());
        }
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            String version = version(statement);
            if (!isSafe(version)) {
                return "SQLite " + version + " is too old to run checkpoints beside an application; use sqlite-jdbc"
                        + " 3.51.3 or later";
            }
            statement.execute("PRAGMA wal_checkpoint(PASSIVE)");
            return "";
        } catch (SQLException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static String version(Statement statement) throws SQLException {
        try (ResultSet result = statement.executeQuery("SELECT sqlite_version()")) {
            return result.next() ? result.getString(1) : "";
        }
    }

    static boolean isSafe(String version) {
        String[] parts = version.split("\\.");
        for (int i = 0; i < OLDEST_SAFE.length; i++) {
            int part = i < parts.length && parts[i].matches("\\d{1,6}") ? Integer.parseInt(parts[i]) : 0;
            if (part != OLDEST_SAFE[i]) {
                return part > OLDEST_SAFE[i];
            }
        }
        return true;
    }
}
