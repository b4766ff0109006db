package dev.runnel.engine;

import dev.runnel.archive.ForeignWriterException;
import dev.runnel.archive.Manifest;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.model.TxId;
import dev.runnel.report.State;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets a replica the right to write: asks for the lease when that was missing, stands by while another holds it, and has
 * the history settled anew when another may have written. Confined to the replica's task, but for {@link #miss}.
 */
final class Permit {

    private static final Logger LOG = LoggerFactory.getLogger(Permit.class);
    /** More unknown files than a late predecessor or a lagging listing can account for: somebody is at work. */
    private static final int SURPRISES = 8;

    private final Fence fence;
    private final ReplicaArchive archive;
    private final ReplicaHost host;
    private final StatusBoard board;
    private final Uploads uploads;
    private volatile boolean missing;
    /** Files met that a listing should have told of, since the lease was acquired. */
    private int surprises;

    Permit(Fence fence, ReplicaHost host, StatusBoard board, Uploads uploads) {
        this.fence = fence;
        this.archive = fence.archive();
        this.host = host;
        this.board = board;
        this.uploads = uploads;
    }

    /** A write was refused, or the lease was lost: it must be asked for. */
    void miss() {
        missing = true;
    }

    /**
     * Asks for the lease if it was missing.
     *
     * @return null when writing may go on, else when to come again
     * @throws ForeignWriterException if a writer of another database took the lease from us
     */
    @Nullable
    Duration ask() throws IOException {
        if (!missing) {
            return null;
        }
        switch (fence.acquire()) {
            case HELD:
                missing = false;
                return null;
            case HELD_ANEW:
                Manifest before = archive.manifest();
                boolean changed = !archive.loadCarefully().isSame(before);
                fence.listed();
                missing = false;
                surprises = 0;
                if (changed) {
                    host.settleAnew();
                    return SerialTask.UNTIL_WOKEN;
                }
                return null;
            case FOREIGN:
                throw new ForeignWriterException(
                        archive.describe() + ": " + fence.holder() + ", took the lease over and replicates another"
                                + " database; nothing was overwritten. Give one of the two a replica path of its own,"
                                + " and start this one again");
            default:
                standBy();
                return fence.pollAfter();
        }
    }

    private void standBy() throws IOException {
        if (board.get().state() != State.STANDBY) {
            LOG.atWarn()
                    .addKeyValue("replica", archive.describe())
                    .addKeyValue("holder", fence.holder())
                    .log("standing by, another holds the lease");
        }
        board.set(State.STANDBY, "another Runnel (" + fence.holder() + ") writes this replica; waiting for it to stop");
        TxId target = host.captured();
        // Who waits for what the other has stored by now need not wait for us.
        if (target != null && uploads.isAwaited() && fence.isStored(host.checksumAt(target))) {
            uploads.tell(target);
        }
    }

    /**
     * Whether a file that was met unexpectedly may be a late one, of a predecessor or ours: then the replica is to be
     * looked at again. Else another writer is at work.
     *
     * @param stored whether anything was stored since the history was settled
     */
    boolean isLate(ForeignWriterException e, boolean stored) {
        boolean late = surprises < SURPRISES && e.size() > 0 && (fence.isKept() || !stored);
        if (late) {
            surprises++;
            LOG.atWarn()
                    .addKeyValue("replica", archive.describe())
                    .addKeyValue("error", e.getMessage())
                    .log("the replica holds a file that was not known, looking again");
        }
        return late;
    }
}
