package dev.runnel.cli.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;

/**
 * An application that commits as fast as it can, with the checkpoints SQLite makes by default. Prints {@code ready}, begins
 * when it reads a line, goes on until it reads another one, and prints {@code commits=N longest_ms=N}. Argument: database.
 */
final class FlatOutWriter {

    private static final int ROWS = 20_000;

    private FlatOutWriter() {}

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws IOException, SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + Path.of(arguments[0]));
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode=wal");
            statement.execute("PRAGMA synchronous=normal");
            statement.execute("PRAGMA busy_timeout=300000");
            statement.execute("CREATE TABLE counter(n INTEGER)");
            statement.execute("INSERT INTO counter VALUES (0)");
            statement.execute("CREATE TABLE entry(id INTEGER PRIMARY KEY, n INTEGER, pad BLOB)");
            System.out.println("ready");
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            in.readLine();
            long[] result = write(connection, theEnd(in));
            System.out.println("commits=" + result[0] + " longest_ms=" + TimeUnit.NANOSECONDS.toMillis(result[1]));
        }
    }

    /** A thread that lives until there is another line, or nobody who could write one. */
    private static Thread theEnd(BufferedReader in) {
        Thread thread = new Thread(
                () -> {
                    try {
                        in.readLine();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                "end");
        thread.start();
        return thread;
    }

    private static long[] write(Connection connection, Thread end) throws SQLException {
        connection.setAutoCommit(false);
        long commits = 0;
        long longest = 0;
        try (PreparedStatement count = connection.prepareStatement("UPDATE counter SET n = ?");
                PreparedStatement insert =
                        connection.prepareStatement("INSERT OR REPLACE INTO entry VALUES (?, ?, randomblob(200))")) {
            long start = System.nanoTime();
            while (end.isAlive()) {
                commits++;
                count.setLong(1, commits);
                count.executeUpdate();
                insert.setLong(1, commits * 7919 % ROWS);
                insert.setLong(2, commits);
                insert.executeUpdate();
                connection.commit();
                long now = System.nanoTime();
                longest = Math.max(longest, now - start);
                start = now;
            }
        }
        return new long[] {commits, longest};
    }
}
