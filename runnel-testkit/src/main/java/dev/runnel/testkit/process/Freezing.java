package dev.runnel.testkit.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Stops processes where they are, as a debugger, a full host or {@code docker pause} does: files and connections stay
 * open, and nothing is done. Linux only.
 */
public final class Freezing {

    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private Freezing() {}

    /**
     * Stops a process by SIGSTOP, and returns when each of its threads has stopped. The signal alone does not do: it is
     * one thread of the process that stops all, and until that one has its turn on a processor, the others go on.
     *
     * @throws IOException when the signal cannot be sent, or the process does not stop within two minutes
     */
    public static void freeze(long pid) throws IOException {
        Signals.send("STOP", pid);
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!isFrozen(pid)) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("process " + pid + " does not stop");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /**
     * Lets it go on.
     *
     * @throws IOException when the signal cannot be sent
     */
    public static void thaw(long pid) throws IOException {
        Signals.send("CONT", pid);
    }

    private static boolean isFrozen(long pid) {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads.toList()) {
                if (!Files.readString(thread.resolve("status")).contains("State:\tT")) {
                    return false;
                }
            }
            return true;
        } catch (IOException | UncheckedIOException e) {
            return false; // a thread ended meanwhile
        }
    }
}
