package dev.runnel.testkit.engine;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An application: the {@code sqlite3} shell in a process of its own. */
public final class SqliteSession implements AutoCloseable {

    private static final String SENTINEL = "--done--";

    private final Process process;
    private final Writer in;
    private final BufferedReader out;

    /** A connection to a database, which is made if it is not there. */
    public SqliteSession(Path database) {
        try {
            process = new ProcessBuilder("sqlite3", "-batch", "-init", "/dev/null", database.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("the tests need the sqlite3 shell on the PATH", e);
        }
        in = process.outputWriter();
        out = process.inputReader();
        run(".timeout 300000");
    }

    /** Runs statements in a connection of their own. */
    public static String once(Path database, String... sql) {
        try (SqliteSession session = new SqliteSession(database)) {
            List<String> answers = new ArrayList<>();
            for (String statement : sql) {
                answers.add(session.run(statement));
            }
            return String.join("\n", answers);
        }
    }

    /** Runs statements, or a dot command; returns what they printed. An error fails the test. */
    public String run(String sql) {
        try {
            in.write((sql.startsWith(".") ? sql : sql + ";") + "\n.print " + SENTINEL + "\n");
            in.flush();
            List<String> lines = new ArrayList<>();
            for (String line = out.readLine(); !SENTINEL.equals(line); line = out.readLine()) {
                if (line == null || line.contains("rror: ") || line.contains("rror near line")) {
                    throw new AssertionError("sqlite3: " + sql + ": " + line);
                }
                lines.add(line);
            }
            return String.join("\n", lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            in.close();
            process.waitFor();
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
