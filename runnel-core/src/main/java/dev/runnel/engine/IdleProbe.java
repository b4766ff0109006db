package dev.runnel.engine;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.model.Level;
import dev.runnel.model.TimeSource;
import dev.runnel.model.TxId;
import dev.runnel.storage.ObjectNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks the store of a replica to which nothing was stored for a while for the attributes of the newest file, so that one
 * that is gone is known before the next change is in need of it; and now and then for those of the newest snapshot, also
 * while files are stored, for without it they restore to nothing. Confined to the replica's task.
 */
final class IdleProbe {

    /** One request in so long, while nothing is stored. */
    static final Duration INTERVAL = Duration.ofMinutes(10);
    /** One more in so long, for the snapshot. */
    static final Duration SNAPSHOT_INTERVAL = Duration.ofHours(1);

    private final ReplicaArchive archive;
    private final Deadline due;
    private final Deadline snapshotDue;

    IdleProbe(ReplicaArchive archive, TimeSource time) {
        this.archive = archive;
        this.due = new Deadline(time);
        this.snapshotDue = new Deadline(time);
        snapshotDue.set(SNAPSHOT_INTERVAL);
    }

    /** The store has just answered. */
    void answered() {
        due.set(INTERVAL);
    }

    /**
     * Asks if it is time to.
     *
     * @return time until it is again; null if a file is gone, so that the replica must be listed again
     * @throws IOException if the store does not answer
     */
    @Nullable
    Duration run() throws IOException {
        LtxFile newest = newest(archive.manifest());
        if (newest == null) {
            return SerialTask.UNTIL_WOKEN;
        }
        boolean there = true;
        if (due.hasPassed()) {
            there = isThere(newest);
            answered();
        }
        if (there && snapshotDue.hasPassed()) {
            LtxFile snapshot = archive.manifest().newestFile(Level.SNAPSHOT);
            there = snapshot == null || snapshot.equals(newest) || isThere(snapshot);
            snapshotDue.set(SNAPSHOT_INTERVAL);
        }
        return there ? Collections.min(List.of(due.left(), snapshotDue.left())) : null;
    }

    private boolean isThere(LtxFile file) throws IOException {
        try {
            archive.store().head(archive.layout().key(file));
            return true;
        } catch (ObjectNotFoundException e) {
            return false; // another writer has merged it, or somebody has deleted it
        } catch (IOException e) {
            throw new IOException("the store does not answer: " + e.getMessage(), e);
        }
    }

    private static @Nullable LtxFile newest(Manifest manifest) {
        TxId newest = manifest.newest();
        return newest == null ? null : manifest.fileEndingAt(newest);
    }
}
