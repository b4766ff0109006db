package dev.runnel.source;

import dev.runnel.source.SourceUnavailableException.Reason;
import dev.runnel.wal.WalIndexHeader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import org.jspecify.annotations.Nullable;

/**
 * Record locks on the {@code -shm} of a database, the bytes that a read-only SQLite connection would hold. Source:
 * SQLite's documentation of the WAL-index and its locks.
 */
final class IndexLocks implements WalGate {

    /** The gate is one of the upper slots; slot 1 is the one that readers use most. */
    private static final int HIGHEST_SLOT = 4;

    private static final int LOWEST_SLOT = 2;

    private final IndexReader index;
    private final FileChannel shm;
    private final String name;
    private @Nullable FileLock gate;
    private int gateSlot;
    private @Nullable FileLock slot0;
    private @Nullable FileLock deadMan;

    IndexLocks(IndexReader index, FileChannel shm, String name) {
        this.index = index;
        this.shm = shm;
        this.name = name;
    }

    @Override
    public boolean holdGate() throws IOException {
        if (gate != null) {
            return true;
        }
        for (int slot = HIGHEST_SLOT; slot >= LOWEST_SLOT && gate == null; slot--) {
            if (isUnused(slot)) {
                FileLock lock = tryShared(shm, WalIndexHeader.LOCK_READ0 + slot, 1, name);
                // A mark changes only under the exclusive lock of its slot: unused now means unused until released.
                if (lock != null && isUnused(slot)) {
                    gate = lock;
                    gateSlot = slot;
                } else if (lock != null) {
                    lock.release();
                }
            }
        }
        return gate != null;
    }

    private boolean isUnused(int slot) throws IOException {
        WalIndexHeader header = index.read();
        return header != null && header.readMarks().get(slot) == WalIndexHeader.MARK_UNUSED;
    }

    /**
     * Whether the held gate limits backfill, because the mark of its slot is in use after all. Happens when the
     * WAL-index was rebuilt under the gate.
     */
    boolean gateIsStale(WalIndexHeader header) {
        return gate != null && header.readMarks().get(gateSlot) != WalIndexHeader.MARK_UNUSED;
    }

    /** Takes another slot as the gate before the held one is let go. Where there is none, no gate is held after this. */
    void moveGate() throws IOException {
        FileLock stale = gate;
        gate = null;
        try {
            holdGate();
        } finally {
            if (stale != null) {
                stale.release();
            }
        }
    }

    @Override
    public void releaseGate() throws IOException {
        if (gate != null) {
            gate.release();
            gate = null;
        }
    }

    @Override
    public boolean holdSlot0() throws IOException {
        if (slot0 == null) {
            slot0 = tryShared(shm, WalIndexHeader.LOCK_READ0, 1, name);
        }
        return slot0 != null;
    }

    @Override
    public void releaseSlot0() throws IOException {
        if (slot0 != null) {
            slot0.release();
            slot0 = null;
        }
    }

    @Override
    public boolean gateHeld() {
        return gate != null;
    }

    @Override
    public boolean slot0Held() {
        return slot0 != null;
    }

    /** Takes the dead-man switch. Only where an application is known to hold it: see {@link AttachedDatabase}. */
    void holdDeadMan() throws IOException {
        if (deadMan == null) {
            deadMan = tryShared(shm, WalIndexHeader.LOCK_DEAD_MAN, 1, name);
        }
    }

    boolean deadManHeld() {
        return deadMan != null;
    }

    /** Whether a writer is at work now. Takes the lock of writers, shared, for as long as it takes to let it go. */
    boolean writerActive() throws IOException {
        FileLock lock = tryShared(shm, WalIndexHeader.LOCK_WRITE, 1, name);
        if (lock == null) {
            return true;
        }
        lock.release();
        return false;
    }

    /** A shared lock, or null when another process holds the range exclusively. */
    static @Nullable FileLock tryShared(FileChannel channel, long position, long size, String name) throws IOException {
        try {
            return channel.tryLock(position, size, true);
        } catch (IOException e) {
            throw new SourceUnavailableException(
                    Reason.NO_LOCKS,
                    "cannot lock " + name + " (" + e.getMessage() + "): the file system has no working POSIX locks;"
                            + " keep the database on a local disk and run Runnel on the same machine",
                    e);
        }
    }
}
