package dev.runnel.benchmarks.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The process of an {@link Application}. */
final class ApplicationMain {

    private static final int NOTE_BYTES = 100;
    /** Three rows fill a page. */
    private static final int STORM_NOTE_BYTES = 1200;

    private static final int STORM_ROWS_PER_MEGABYTE = 3 * 1_000_000 / 4096;
    /** A prime number. */
    private static final int STORM_STRIDE = 7919;

    private final Connection connection;
    private final List<Connection> others = new ArrayList<>();

    private ApplicationMain(Connection connection) {
        this.connection = connection;
    }

    /** Obeys the commands on its standard input, one line each, until that ends. */
    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws IOException, SQLException {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Connection connection = open(Path.of(arguments[0]))) {
            ApplicationMain application = new ApplicationMain(connection);
            answers.println("ready");
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                answers.println(application.obey(line));
            }
            for (Connection other : application.others) {
                other.close();
            }
        }
    }

    private static Connection open(Path database) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode=wal");
            statement.execute("PRAGMA synchronous=normal");
            statement.execute("PRAGMA busy_timeout=10000");
            statement.execute("CREATE TABLE IF NOT EXISTS entry(id INTEGER PRIMARY KEY, amount INTEGER, note TEXT)");
        }
        return connection;
    }

    private String obey(String line) throws SQLException {
        String[] words = line.split(" ", 4);
        return switch (words[0]) {
            case "fill" -> fill(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            case "commit" -> commit();
            case "write" -> write(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            case "storm" ->
                storm(Integer.parseInt(words[1]), Integer.parseInt(words[2]), Boolean.parseBoolean(words[3]));
            case "many" -> many(Integer.parseInt(words[1]), Boolean.parseBoolean(words[2]), Path.of(words[3]));
            case "content" -> content(connection);
            default -> throw new IllegalArgumentException("unknown command " + line);
        };
    }

    private String fill(int rows, int bytes) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                        + " INSERT INTO entry(amount, note) SELECT i, randomblob(?) FROM n")) {
            insert.setInt(1, rows);
            insert.setInt(2, bytes);
            insert.executeUpdate();
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        return "done";
    }

    private PreparedStatement insert() throws SQLException {
        return connection.prepareStatement("INSERT INTO entry(amount, note) VALUES (?, hex(randomblob(?)))");
    }

    private String commit() throws SQLException {
        try (PreparedStatement insert = insert()) {
            insert.setInt(1, 1);
            insert.setInt(2, NOTE_BYTES / 2);
            insert.executeUpdate();
            return Long.toString(Waiting.nanoTime());
        }
    }

    private String write(int millis, int perSecond) throws SQLException {
        long[] taken = new long[1 << 16];
        int commits = 0;
        long start = Waiting.nanoTime();
        long end = start + Duration.ofMillis(millis).toNanos();
        long now = start;
        try (PreparedStatement insert = insert()) {
            insert.setInt(2, NOTE_BYTES / 2);
            while (now < end) {
                if (perSecond > 0) {
                    Waiting.pause(Duration.ofNanos(start + commits * 1_000_000_000L / perSecond - now));
                    now = Waiting.nanoTime();
                }
                insert.setInt(1, commits);
                insert.executeUpdate();
                long after = Waiting.nanoTime();
                if (commits == taken.length) {
                    taken = Arrays.copyOf(taken, 2 * commits);
                }
                taken[commits++] = after - now;
                now = after;
            }
        }
        return figures(taken, commits, now - start);
    }

    private static String figures(long[] taken, int commits, long nanos) {
        Arrays.sort(taken, 0, commits);
        return commits + " " + nanos + " " + taken[commits - 1] + " " + taken[(int) (commits * 0.999)];
    }

    /** Writes the same rows with other content, all of them in each transaction. */
    private String storm(int commits, int megabytes, boolean shuffled) throws SQLException {
        int rows = megabytes * STORM_ROWS_PER_MEGABYTE;
        long[] taken = new long[commits];
        long start = Waiting.nanoTime();
        long now = start;
        try (PreparedStatement write = connection.prepareStatement(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)"
                        + " INSERT OR REPLACE INTO entry(id, amount, note)"
                        + " SELECT (i * ?2) % ?1, ?3, randomblob(?4) FROM n")) {
            write.setInt(1, rows);
            write.setInt(2, shuffled ? STORM_STRIDE : 1);
            write.setInt(4, STORM_NOTE_BYTES);
            for (int i = 0; i < commits; i++) {
                write.setInt(3, i);
                write.executeUpdate();
                long after = Waiting.nanoTime();
                taken[i] = after - now;
                now = after;
            }
        }
        return figures(taken, commits, now - start);
    }

    private String many(int count, boolean keepOpen, Path directory) throws SQLException {
        for (int i = 0; i < count; i++) {
            Connection other = open(directory.resolve(i + ".db"));
            try (Statement statement = other.createStatement()) {
                statement.execute("INSERT INTO entry(amount, note) VALUES (1, 'one')");
            }
            if (keepOpen) {
                others.add(other);
            } else {
                other.close();
            }
        }
        return "done";
    }

    static String content(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT count(*), coalesce(sum(amount + 31 * length(note)), 0) FROM entry")) {
            row.next();
            return row.getLong(1) + " " + row.getLong(2);
        }
    }
}
