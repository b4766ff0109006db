package dev.runnel.cli.services;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The application of the demo: a process of its own, because record locks do not exclude the process that holds them. Obeys
 * {@code write ROUNDS ROWS} and {@code summary} on its standard input.
 */
public final class DemoApplication {

    private final Process process;
    private final BufferedWriter commands;
    private final BufferedReader answers;

    private DemoApplication(Process process) {
        this.process = process;
        this.commands = process.outputWriter(StandardCharsets.UTF_8);
        this.answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts the process and has it make the database. */
    static DemoApplication start(Path database) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(List.of(
                        java,
                        "-XX:+UseSerialGC",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DemoApplication.class.getName(),
                        database.toString()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        DemoApplication application = new DemoApplication(process);
        application.summary();
        return application;
    }

    /** Writes {@code rounds} transactions of {@code rows} rows each. */
    void write(int rounds, int rows) throws IOException {
        ask("write " + rounds + " " + rows);
    }

    /** What is in the database, in one line. */
    String summary() throws IOException {
        return ask("summary");
    }

    private String ask(String command) throws IOException {
        commands.write(command + "\n");
        commands.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("the application of the demo ended before it answered \"" + command + "\"");
        }
        return answer;
    }

    /** Kills the process with SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    static String summaryOf(Path database) throws IOException {
        try (Connection connection = SqliteTools.open(database)) {
            return summary(connection);
        } catch (SQLException e) {
            throw new IOException(database + ": " + e.getMessage(), e);
        }
    }

    private static String summary(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT count(*), coalesce(sum(amount), 0), coalesce(sum(length(note)), 0) FROM entry")) {
            row.next();
            return row.getLong(1) + " rows, amounts " + row.getLong(2) + ", " + row.getLong(3) + " bytes of notes";
        }
    }

    /** The process itself. */
    public static void main(String[] arguments) throws IOException, SQLException {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Connection connection = SqliteTools.open(Path.of(arguments[0]));
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode=wal");
            statement.execute("PRAGMA synchronous=normal");
            statement.execute("CREATE TABLE IF NOT EXISTS entry(id INTEGER PRIMARY KEY, amount INTEGER, note TEXT)");
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                String[] words = line.split(" ", -1);
                if (words[0].equals("write")) {
                    write(connection, Integer.parseInt(words[1]), Integer.parseInt(words[2]));
                }
                answers.println(summary(connection));
            }
        }
    }

    private static void write(Connection connection, int rounds, int rows) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO entry(amount, note) VALUES (?, hex(randomblob(?)))")) {
            for (int round = 0; round < rounds; round++) {
                for (int row = 0; row < rows; row++) {
                    insert.setInt(1, round * rows + row);
                    insert.setInt(2, 20 + row % 80);
                    insert.executeUpdate();
                }
                connection.commit();
            }
        }
        connection.setAutoCommit(true);
    }
}
