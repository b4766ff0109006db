package dev.runnel.restore;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The locks of a writer of a database with a rollback journal: RESERVED while the journal is written, then PENDING, which
 * lets no new reader in, then EXCLUSIVE, when the last reader is gone.
 */
final class WriterLocks {

    private static final long PENDING = 0x4000_0000L;
    private static final long RESERVED = PENDING + 1;
    private static final long SHARED = PENDING + 2;
    private static final long SHARED_SIZE = 510;
    private static final Duration TRY_AGAIN = Duration.ofMillis(2);

    private final FileChannel channel;
    private @Nullable FileLock reserved;
    private @Nullable FileLock pending;
    private @Nullable FileLock exclusive;

    /** @param channel the only one of this process on the database, open for reading and writing */
    WriterLocks(FileChannel channel) {
        this.channel = channel;
    }

    /** Takes RESERVED. Returns false if somebody else writes. */
    boolean reserve() throws IOException {
        reserved = tryLock(RESERVED, 1);
        return reserved != null;
    }

    /**
     * Takes EXCLUSIVE, on top of RESERVED.
     *
     * @param tries how often to look whether the readers are gone, some milliseconds apart
     * @return false if they are not, or we were told to stop; then new readers may come in again
     */
    boolean exclude(int tries, Follower.Pause pause) throws IOException {
        for (int i = 0; i < tries; i++) {
            pending = pending == null ? tryLock(PENDING, 1) : pending;
            exclusive = pending == null ? null : tryLock(SHARED, SHARED_SIZE);
            if (exclusive != null) {
                return true;
            }
            if (!pause.pause(TRY_AGAIN)) {
                break;
            }
        }
        pending = release(pending);
        return false;
    }

    /** Lets everything go. */
    void release() throws IOException {
        exclusive = release(exclusive);
        pending = release(pending);
        reserved = release(reserved);
    }

    private @Nullable FileLock tryLock(long at, long size) throws IOException {
        try {
            return channel.tryLock(at, size, false);
        } catch (OverlappingFileLockException e) {
            throw new IOException("this process already follows or replicates the database", e);
        }
    }

    private static @Nullable FileLock release(@Nullable FileLock lock) throws IOException {
        if (lock != null) {
            lock.release();
        }
        return null;
    }
}
