package dev.runnel.cli.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * An application: the {@code sqlite3} shell in a process of its own, kept open over pipes, so that it holds its locks and
 * can be killed. Used by one thread at a time, but for {@link #kill}.
 */
final class Shell implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 600;
    private static final String ENDED = "\0ended";

    private final Process process;
    private final Writer in;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private int sentinels;

    private Shell(Process process) {
        this.process = process;
        this.in = process.outputWriter();
        Thread reader = new Thread(this::read, "sqlite3-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** Opens a database, with statements to run first. */
    static Shell open(Path database, String... sql) {
        try {
            Shell shell = new Shell(new ProcessBuilder("sqlite3", "-batch", "-init", "/dev/null", database.toString())
                    .redirectErrorStream(true)
                    .start());
            shell.run(".timeout 300000");
            for (String statement : sql) {
                shell.run(statement);
            }
            return shell;
        } catch (IOException e) {
            throw new AssertionError("the tests need the sqlite3 shell on the PATH", e);
        }
    }

    /** Runs statements in a connection of their own, which is closed again. */
    static String once(Path database, String... sql) {
        try (Shell shell = open(database)) {
            StringBuilder all = new StringBuilder();
            for (String statement : sql) {
                all.append(shell.run(statement));
            }
            return all.toString();
        }
    }

    private void read() {
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add("(output ended: " + e + ")");
        }
        lines.add(ENDED);
    }

    /** Runs statements, or a dot command; returns what they printed. An error fails the test. */
    String run(String sql) {
        String answer = attempt(sql);
        if (answer.contains("rror: ") || answer.contains("rror near line")) {
            throw new AssertionError("sqlite3: " + sql + "\n" + answer);
        }
        return answer;
    }

    /** Like {@link #run}, but an error is an answer as well. */
    String attempt(String sql) {
        String sentinel = "--done-" + ++sentinels + "--";
        write((sql.startsWith(".") || sql.endsWith(";") ? sql : sql + ";") + "\n.print " + sentinel + "\n");
        List<String> answer = new ArrayList<>();
        try {
            while (true) {
                String line = lines.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
                if (line == null || line.equals(ENDED)) {
                    throw new AssertionError(
                            "sqlite3 " + (line == null ? "hangs" : "ended") + ": " + sql + "\n" + answer);
                }
                if (line.equals(sentinel)) {
                    return String.join("\n", answer);
                }
                answer.add(line);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Sends statements and does not wait for them. */
    void send(String sql) {
        write(sql + ";\n");
    }

    private void write(String text) {
        try {
            in.write(text);
            in.flush();
        } catch (IOException e) {
            throw new AssertionError("sqlite3 ended", e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** Ends the process with SIGKILL: no rollback, no checkpoint. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Closes the connection in order: the last one checkpoints and deletes the WAL, if it can. */
    @Override
    public void close() {
        if (process.isAlive()) {
            try {
                in.write(".exit\n");
                in.close();
            } catch (IOException e) {
                process.destroyForcibly();
            }
        }
        awaitEnd();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("sqlite3 does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
