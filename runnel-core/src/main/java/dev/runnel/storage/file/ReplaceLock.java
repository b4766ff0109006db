package dev.runnel.storage.file;

import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Excludes other threads and processes while an object is replaced or removed, so that "has it this etag" and "replace
 * it" are one step. Creation needs no lock: {@code link()} is one step by itself.
 *
 * <p>The lock is a record lock on a file in the root of the store. Record locks belong to the process, not to the
 * channel: a second channel of this process cannot wait for the first, and closing it would drop the lock of the first.
 * So threads of this process queue on one of {@link #IN_PROCESS} before, that of the path, whichever instance they use.
 */
final class ReplaceLock {

    /** Name of the lock file in the root; listings leave it out. It is never removed. */
    static final String FILE_NAME = ".runnel.lock";

    /** What runs under the lock. */
    @FunctionalInterface
    interface Action {
        void run() throws IOException;
    }

    /** For this long others are waited for: far longer than they need, unless they are stopped or their disk is. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final long PAUSE_MILLIS = 2;

    /** One for each root that was ever used: roots that share one would wait for each other where a disk hangs. */
    private static final Map<Path, ReentrantLock> IN_PROCESS = new ConcurrentHashMap<>();

    private final Path file;
    private final ReentrantLock inProcess;
    private final Duration patience;

    ReplaceLock(Path root, Duration patience) {
        this.patience = patience;
        this.file = root.resolve(FILE_NAME);
        this.inProcess = IN_PROCESS.computeIfAbsent(file, path -> new ReentrantLock());
    }

    /**
     * Runs the action under the lock. Where the file system has no locks and {@code required} is not set, it runs with
     * the lock of this process alone: on such a file system no conditional replacement succeeds that it could disturb.
     *
     * @throws TransientStorageException if another process does not let it go, as one that is stopped; to take it away
     *     from that one would be wrong, since it goes on with its replacement when it may
     */
    void run(boolean required, Action action) throws IOException {
        try {
            inProcess.lockInterruptibly();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        try (FileChannel channel = open(required);
                FileLock lock = channel == null ? null : lock(channel, required)) {
            if (required && lock == null) {
                throw new StorageException("Cannot lock " + file + ": the file system gave no lock");
            }
            action.run();
        } finally {
            inProcess.unlock();
        }
    }

    private @Nullable FileChannel open(boolean required) throws IOException {
        try {
            return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            if (required || FileErrors.isInterrupt(e)) {
                throw FileErrors.map("cannot open the lock file " + file + " for a conditional write", e);
            }
            return null;
        }
    }

    private @Nullable FileLock lock(FileChannel channel, boolean required) throws IOException {
        try {
            return await(channel);
        } catch (TransientStorageException e) {
            throw e;
        } catch (IOException e) {
            if (required || FileErrors.isInterrupt(e)) {
                throw FileErrors.map("cannot lock " + file + " for a conditional write", e);
            }
            return null;
        }
    }

    /** Not by {@link FileChannel#lock}, which has no limit: a process that is stopped would stop all others. */
    private FileLock await(FileChannel channel) throws IOException {
        CountDownLatch never = new CountDownLatch(1);
        long pauses = patience.toMillis() / PAUSE_MILLIS;
        FileLock lock = channel.tryLock();
        for (long i = 0; lock == null && i < pauses; i++) {
            try {
                var unused = never.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
            lock = channel.tryLock();
        }
        if (lock == null) {
            throw new TransientStorageException("another process has held the lock " + file + " for "
                    + patience.toSeconds() + " s: is one that writes to this replica stopped?");
        }
        return lock;
    }

    private TransientStorageException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new TransientStorageException("Interrupted while waiting for " + file, e);
    }
}
