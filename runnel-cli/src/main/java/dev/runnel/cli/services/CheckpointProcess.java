package dev.runnel.cli.services;

import dev.runnel.engine.Checkpointer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs checkpoints in a process of their own: record locks belong to the process, and a connection that is closed in this
 * one would drop those that the capture holds on the database. The process is started when it is needed, serves all
 * databases, and is ended when it was not needed for a while; it ends with the daemon, too. Thread-safe; one checkpoint at
 * a time.
 */
final class CheckpointProcess implements Checkpointer {

    private static final long IDLE_SECONDS = 60;

    private @Nullable Process process;
    private @Nullable DataOutputStream requests;
    private @Nullable DataInputStream answers;
    private @Nullable ScheduledThreadPoolExecutor timer;
    private @Nullable ScheduledFuture<?> end;

    @Override
    public synchronized boolean checkpoint(Path database) throws IOException {
        if (!mayWrite(database)) {
            return false;
        }
        if (end != null) {
            end.cancel(false);
        }
        String failure;
        try {
            failure = ask(database.toAbsolutePath());
        } catch (IOException e) {
            stop();
            throw new IOException("the process that runs checkpoints ended: " + e.getMessage(), e);
        }
        end = timer().schedule(this::stop, IDLE_SECONDS, TimeUnit.SECONDS);
        if (!failure.isEmpty()) {
            throw new IOException(failure);
        }
        return true;
    }

    /** All that SQLite must write to; it makes a missing {@code -shm} in the directory. */
    private static boolean mayWrite(Path database) {
        Path parent = database.toAbsolutePath().getParent();
        Path index = database.resolveSibling(database.getFileName() + "-shm");
        return Files.isWritable(database)
                && parent != null
                && Files.isWritable(parent)
                && (Files.isWritable(index) || Files.notExists(index));
    }

    private String ask(Path database) throws IOException {
        DataOutputStream out = requests;
        DataInputStream in = answers;
        if (process == null || !process.isAlive() || out == null || in == null) {
            Process started = start();
            process = started;
            out = new DataOutputStream(started.getOutputStream());
            in = new DataInputStream(started.getInputStream());
            requests = out;
            answers = in;
        }
        out.writeUTF(database.toString());
        out.flush();
        return in.readUTF();
    }

    private static Process start() throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "-Xmx24m",
                        "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CheckpointMain.class.getName()))
                .redirectError(Redirect.DISCARD)
                .start();
    }

    private ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor existing = timer;
        if (existing != null) {
            return existing;
        }
        ScheduledThreadPoolExecutor made = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "runnel-checkpoints");
            thread.setDaemon(true);
            return thread;
        });
        made.setRemoveOnCancelPolicy(true);
        timer = made;
        return made;
    }

    /** Closes the pipe, upon which the process ends; a checkpoint is never cut off. */
    private synchronized void stop() {
        DataOutputStream out = requests;
        if (out != null) {
            try {
                out.close();
            } catch (IOException e) {
                // It has ended already: that is what was wanted.
                process = null;
            }
        }
        process = null;
        requests = null;
        answers = null;
    }
}
