package dev.runnel.retain;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.storage.ObjectNotFoundException;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Executes a {@link RetentionPolicy} on a replica. Learns the exact time of each snapshot first, because listing times
 * prove nothing: one small request per snapshot that somebody else wrote, once.
 */
public final class Retainer {

    private final ReplicaArchive archive;
    private final RetentionPolicy policy;
    private volatile @Nullable TxId doubtful;

    public Retainer(ReplicaArchive archive, RetentionPolicy policy) {
        this.archive = archive;
        this.policy = policy;
    }

    /**
     * What the replica holds up to {@code txId} was found damaged somewhere: only a later snapshot can stand in for what is
     * older than the window. Thread-safe.
     */
    public synchronized void distrust(TxId txId) {
        TxId known = doubtful;
        if (known == null || known.compareTo(txId) < 0) {
            doubtful = txId;
        }
    }

    /**
     * Deletes what may be deleted at {@code now}, in bounded batches. Should that fail in the middle, the manifest knows
     * what is gone, and calling again goes on.
     *
     * @return the files that were deleted
     * @throws CorruptChangesetException if the header of a snapshot is damaged. What may be deleted without knowing its
     *     time is deleted by then
     */
    public List<LtxFile> enforce(Instant now) throws IOException {
        if (!policy.enabled()) {
            return List.of();
        }
        CorruptChangesetException damage = null;
        for (LtxFile snapshot : archive.manifest().files(Level.SNAPSHOT)) {
            try {
                archive.timestampOf(snapshot);
            } catch (ObjectNotFoundException e) {
                archive.forget(snapshot); // Deleted by somebody else: it must not serve as anybody's base.
            } catch (CorruptChangesetException e) {
                damage = e;
            }
        }
        List<LtxFile> files = policy.plan(archive.manifest(), now, doubtful);
        archive.delete(files);
        if (damage != null) {
            throw damage;
        }
        return files;
    }

    /**
     * Deletes all page maps but the newest, which alone serves a start without local state. To be called after a new one
     * was stored.
     */
    public void enforceMaps() throws IOException {
        if (policy.enabled()) {
            archive.deleteOldMaps();
        }
    }
}
