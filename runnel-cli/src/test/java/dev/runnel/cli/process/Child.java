package dev.runnel.cli.process;

import dev.runnel.testkit.process.Signals;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that was started by a test, with all it prints. Thread-safe. */
final class Child implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 120;

    private final Process process;
    private final List<String> out = new ArrayList<>();
    private final List<String> err = new ArrayList<>();
    private final Thread outReader;
    private final Thread errReader;

    private Child(Process process) {
        this.process = process;
        this.outReader = reader(process.inputReader(StandardCharsets.UTF_8), out, "out");
        this.errReader = reader(process.errorReader(StandardCharsets.UTF_8), err, "err");
    }

    static Child start(ProcessBuilder builder) throws IOException {
        return new Child(builder.start());
    }

    private Thread reader(BufferedReader reader, List<String> lines, String name) {
        Thread thread = new Thread(() -> read(reader, lines), "child-" + process.pid() + "-" + name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void read(BufferedReader reader, List<String> lines) {
        try (reader) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                synchronized (lines) {
                    lines.add(line);
                }
            }
        } catch (IOException e) {
            synchronized (lines) {
                lines.add("(output ended: " + e + ")"); // as it does when the process is killed
            }
        }
    }

    /** Lines of standard output so far. */
    List<String> out() {
        synchronized (out) {
            return List.copyOf(out);
        }
    }

    /** Lines of standard error so far. */
    List<String> err() {
        synchronized (err) {
            return List.copyOf(err);
        }
    }

    /** All lines so far, for messages. */
    String output() {
        return "process " + process.pid() + (process.isAlive() ? " runs" : " ended with " + process.exitValue())
                + "\n--- stdout\n" + String.join("\n", out()) + "\n--- stderr\n" + String.join("\n", err());
    }

    /** Waits for a line of standard output that contains all the words. */
    String awaitLine(String... words) {
        return Await.value("a line with " + List.of(words), () -> line(words), this::output);
    }

    private @org.jspecify.annotations.Nullable String line(String... words) {
        boolean complete = !process.isAlive() && !outReader.isAlive(); // before the look at what there is by then
        String found = null;
        for (String line : out()) {
            if (List.of(words).stream().allMatch(line::contains)) {
                found = line;
            }
        }
        if (found == null && complete) {
            throw new AssertionError("the process ended without a line with " + List.of(words) + "\n" + output());
        }
        return found;
    }

    /** Writes a line to its standard input. */
    void tell(String line) throws IOException {
        Writer in = process.outputWriter(StandardCharsets.UTF_8);
        in.write(line + "\n");
        in.flush();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    Process process() {
        return process;
    }

    /** Sends SIGTERM, waits for the end. Returns the exit code. */
    int terminate() {
        return signal("TERM");
    }

    /** Sends a signal by its name, waits for the end. Returns the exit code. */
    int signal(String name) {
        try {
            Signals.send(name, process.pid());
        } catch (IOException e) {
            throw new AssertionError(e.getMessage() + "\n" + output(), e);
        }
        return awaitEnd();
    }

    /** Sends SIGKILL, waits for the end. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Waits until the process has ended and all its output is here. Returns the exit code. */
    int awaitEnd() {
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the process does not end\n" + output());
            }
            outReader.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            errReader.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            return process.exitValue();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static AssertionError interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new AssertionError("interrupted", e);
    }

    /** Kills it if it still runs. */
    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }
}
