package dev.runnel.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An application: the {@code sqlite3} shell in a process of its own, kept open over pipes, so that it holds its locks and
 * can be killed. Each shell is one connection. Several may be open on one database.
 *
 * <p>POSIX record locks belong to a process, so the JVM of a test never opens a database that Runnel is attached to.
 */
public final class SqliteShell implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 600;

    private final Process process;
    private final Writer in;
    private final Queue<Pending> pending = new ArrayDeque<>();
    private int sentinels;

    private SqliteShell(Process process) {
        this.process = process;
        this.in = process.outputWriter();
        Thread reader = new Thread(this::readAnswers, "sqlite3-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** Opens a database, with statements to run first: pragmas belong to a connection. */
    public static SqliteShell open(Path database, String... sql) {
        return open(database.toString(), sql);
    }

    /** Opens a database by its path or a {@code file:} URI. */
    public static SqliteShell open(String database, String... sql) {
        try {
            ProcessBuilder builder = new ProcessBuilder("sqlite3", "-batch", "-init", "/dev/null", database);
            SqliteShell shell =
                    new SqliteShell(builder.redirectErrorStream(true).start());
            shell.run(".timeout 300000");
            for (String statement : sql) {
                shell.run(statement);
            }
            return shell;
        } catch (IOException e) {
            throw new UncheckedIOException("the tests need the sqlite3 shell on the PATH", e);
        }
    }

    /** Runs statements in a connection of their own, which is closed again: the last one checkpoints. */
    public static String once(Path database, String... sql) {
        try (SqliteShell shell = open(database)) {
            StringBuilder all = new StringBuilder();
            for (String statement : sql) {
                String answer = shell.run(statement);
                all.append(all.isEmpty() || answer.isEmpty() ? "" : "\n").append(answer);
            }
            return all.toString();
        }
    }

    /** Runs one or more statements, or a dot command; returns what it printed. Fails the test on an error. */
    public String run(String sql) {
        String answer = attempt(sql);
        if (answer.contains("rror: ") || answer.contains("rror near line")) {
            throw new AssertionError("sqlite3: " + sql + "\n" + answer);
        }
        return answer;
    }

    /** Like {@link #run}, but an error is an answer like any other. */
    public String attempt(String sql) {
        try {
            return start(sql).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("sqlite3 gave no answer: " + sql, e);
        }
    }

    /** Begins to run statements, for a test that does something meanwhile. */
    public CompletableFuture<String> start(String sql) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        try {
            String sentinel = "--done-" + ++sentinels + "--";
            synchronized (pending) {
                pending.add(new Pending(sentinel, answer));
            }
            in.write(sql.startsWith(".") || sql.endsWith(";") ? sql : sql + ";");
            in.write("\n.print " + sentinel + "\n");
            in.flush();
        } catch (IOException e) {
            answer.completeExceptionally(e);
        }
        return answer;
    }

    private void readAnswers() {
        List<String> lines = new ArrayList<>();
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                Pending first;
                synchronized (pending) {
                    first = pending.peek();
                }
                if (first != null && line.equals(first.sentinel)) {
                    synchronized (pending) {
                        pending.remove();
                    }
                    first.answer.complete(String.join("\n", lines));
                    lines.clear();
                } else {
                    lines.add(line);
                }
            }
            endAll(null);
        } catch (IOException e) {
            endAll(e);
        }
    }

    private void endAll(@Nullable IOException cause) {
        synchronized (pending) {
            for (Pending waiting : pending) {
                waiting.answer.completeExceptionally(new IOException("sqlite3 has ended", cause));
            }
            pending.clear();
        }
    }

    /** Process id, as the kernel's table of locks shows it. */
    public long pid() {
        return process.pid();
    }

    /** Ends the process with SIGKILL: no rollback, no checkpoint, no clean-up. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Closes the connection in order. The last connection checkpoints and deletes the WAL, if it can. */
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
            throw new AssertionError(e);
        }
    }

    private record Pending(String sentinel, CompletableFuture<String> answer) {}
}
