package dev.runnel.engine;

import org.jspecify.annotations.Nullable;

/** The snapshot that a replica wants, and the one that was brought and is to be uploaded. Thread-safe. */
final class SnapshotOrder {

    private boolean wanted;
    private @Nullable SharedSnapshot ready;

    /** Wants one. Returns whether none was wanted before. */
    synchronized boolean place() {
        boolean fresh = !wanted;
        wanted = true;
        return fresh;
    }

    /** Takes a snapshot, in the place of one that was brought before, if one is wanted. Returns whether it was taken. */
    synchronized boolean fill(SharedSnapshot finished) {
        if (!wanted) {
            return false;
        }
        drop();
        ready = finished.retain();
        return true;
    }

    synchronized boolean isPlaced() {
        return wanted;
    }

    /** Whether one is wanted and none is there. */
    synchronized boolean isOpen() {
        return wanted && ready == null;
    }

    /** The snapshot to upload; null for none. */
    synchronized @Nullable SharedSnapshot ready() {
        return ready;
    }

    /** Lets what was brought go; another one is still wanted, if one was. */
    synchronized void drop() {
        if (ready != null) {
            ready.release();
            ready = null;
        }
    }

    /** Lets what was brought go, and wants none. */
    synchronized void close() {
        drop();
        wanted = false;
    }
}
