package dev.runnel.testkit.world;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;

/**
 * The process of an application: obeys one line of tab-separated words on standard input, and answers with one line on
 * standard output: {@code ok}, a tab and a value, or {@code error}, a tab, SQLite's code, a tab and a message. It never
 * waits for a lock: what is busy is an answer. Ends with its standard input.
 *
 * <p>A process of its own, because POSIX record locks do not exclude one another within a process.
 */
public final class SqliteApplicationMain {

    private static final String[] SUFFIXES = {"", "-wal", "-journal"};

    private final Map<String, Connection> connections = new HashMap<>();

    private SqliteApplicationMain() {}

    /** Serves until standard input ends. */
    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        SqliteApplicationMain application = new SqliteApplicationMain();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.print(application.answer(line.split("\t", -1)).replace('\n', ' ') + "\n");
            out.flush();
        }
        // Not closed in order: whoever lets an application go without a word wants to see what that does.
        Runtime.getRuntime().halt(0);
    }

    private String answer(String[] words) {
        try {
            return "ok\t" + obey(words);
        } catch (SQLException e) {
            return "error\t" + e.getErrorCode() + "\t" + e.getMessage();
        } catch (IOException | RuntimeException e) {
            return "error\t-1\t" + e;
        }
    }

    private String obey(String[] words) throws SQLException, IOException {
        return switch (words[0]) {
            case "open" -> open(words[1], words[2], words[3]);
            case "sql" -> sql(connection(words[1]), words[2]);
            case "fill" ->
                fill(
                        connection(words[1]),
                        words[2],
                        new Fill(
                                Integer.parseInt(words[3]),
                                Integer.parseInt(words[4]),
                                Integer.parseInt(words[5]),
                                Long.parseLong(words[6])));
            case "close" -> close(words[1]);
            case "close-all" -> closeAll();
            case "copy" -> copy(words[1], words[2]);
            case "settle" -> settle(words[1]);
            case "halt" -> halt();
            default -> throw new IllegalArgumentException("unknown command " + words[0]);
        };
    }

    private Connection connection(String name) {
        Connection connection = connections.get(name);
        if (connection == null) {
            throw new IllegalArgumentException("connection " + name + " is not open");
        }
        return connection;
    }

    private String open(String name, String uri, String pragmas) throws SQLException {
        Connection connection = connect(uri);
        try {
            for (String pragma : pragmas.split(";")) {
                if (!pragma.isEmpty()) {
                    sql(connection, "PRAGMA " + pragma);
                }
            }
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        connections.put(name, connection);
        return "";
    }

    private static Connection connect(String uri) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("busy_timeout", "0");
        return DriverManager.getConnection("jdbc:sqlite:" + uri, properties);
    }

    /** Executes a statement; gives the first row of its result, values joined by {@code |}. */
    private static String sql(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                return Integer.toString(statement.getUpdateCount());
            }
            try (ResultSet rows = statement.getResultSet()) {
                StringBuilder first = new StringBuilder();
                if (rows.next()) {
                    for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                        first.append(i == 1 ? "" : "|").append(rows.getString(i));
                    }
                }
                while (rows.next()) {
                    // to the end, so that nothing stays open
                }
                return first.toString();
            }
        }
    }

    private record Fill(int first, int count, int bytes, long seed) {}

    /** Inserts or replaces rows, half of each row's bytes compressible; one transaction unless one is open. */
    private static String fill(Connection connection, String table, Fill fill) throws SQLException {
        SplittableRandom random = new SplittableRandom(fill.seed);
        String insert = "INSERT OR REPLACE INTO " + table + "(id, n, data) VALUES (?, ?, ?)";
        boolean own = begin(connection);
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
            for (int i = 0; i < fill.count; i++) {
                byte[] data = new byte[fill.bytes];
                for (int at = 0; at < fill.bytes / 2; at++) {
                    data[at] = (byte) random.nextInt();
                }
                statement.setInt(1, fill.first + i);
                statement.setInt(2, random.nextInt(1000));
                statement.setBytes(3, data);
                statement.executeUpdate();
            }
            if (own) {
                sql(connection, "COMMIT");
            }
        } catch (SQLException e) {
            if (own) {
                rollBack(connection, e);
            }
            throw e;
        }
        return Integer.toString(fill.count);
    }

    private static void rollBack(Connection connection, SQLException cause) {
        try {
            sql(connection, "ROLLBACK");
        } catch (SQLException e) {
            cause.addSuppressed(e); // SQLite has rolled back already
        }
    }

    /** Begins a transaction unless one is open, which only trying tells. */
    private static boolean begin(Connection connection) throws SQLException {
        try {
            sql(connection, "BEGIN");
            return true;
        } catch (SQLException e) {
            if (String.valueOf(e.getMessage()).contains("within a transaction")) {
                return false;
            }
            throw e;
        }
    }

    private String close(String name) throws SQLException {
        Connection connection = connection(name);
        connections.remove(name);
        connection.close();
        return "";
    }

    private String closeAll() throws SQLException {
        for (Connection connection : connections.values()) {
            connection.close();
        }
        connections.clear();
        return "";
    }

    /** Copies a database with its WAL or its journal, as they stand. */
    private static String copy(String from, String to) throws IOException {
        Files.deleteIfExists(Path.of(to + "-shm"));
        for (String suffix : SUFFIXES) {
            Path source = Path.of(from + suffix);
            Path target = Path.of(to + suffix);
            if (Files.exists(source)) {
                Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
            } else {
                Files.deleteIfExists(target);
            }
        }
        return "";
    }

    /** Has SQLite recover a copy into the one database file; gives integrity and sum of balances. */
    private static String settle(String path) throws SQLException {
        try (Connection connection = connect(path)) {
            sql(connection, "PRAGMA synchronous=OFF");
            String checkpoint = sql(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
            if (checkpoint.startsWith("1")) {
                throw new SQLException("the copy is in use: " + checkpoint);
            }
            String accounts = sql(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'accounts'");
            return sql(connection, "PRAGMA integrity_check")
                    + "|"
                    + (accounts.equals("1") ? sql(connection, "SELECT sum(balance) FROM accounts") : "none");
        }
    }

    private static String halt() {
        Runtime.getRuntime().halt(137);
        return "";
    }
}
