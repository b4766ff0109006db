package dev.runnel.capture;

import dev.runnel.source.AttachedDatabase;
import dev.runnel.wal.WalChecksum;
import dev.runnel.wal.WalHeader;
import dev.runnel.wal.WalState;
import dev.runnel.wal.WalWalk;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Frames of a transaction that is not committed yet, walked while it is being written. A commit of 100 MB takes a tenth of a
 * second to walk, or several on a busy machine, and by then the checkpoint behind it may be over and the next transaction
 * have begun.
 *
 * <p>What is walked ahead may be rolled back, or overwritten. So it counts for nothing until a walk that begins behind it
 * ends at a commit, with the running checksum that the WAL-index tells: every byte of every frame is in that checksum, so
 * had one changed since, it would be another. Confined to the task that serves the database.
 */
final class FramesAhead {

    private static final int BATCH = 8;
    /** With pages of 4 KiB, 2 MB: what a fast writer writes between two looks. */
    private static final int MOST_BATCHES = 64;

    private final AttachedDatabase database;
    private final FrameHead head;
    private FrameBuffer frames = new FrameBuffer();
    private @Nullable WalState base;
    private int last;
    private WalChecksum checksum = WalChecksum.ZERO;
    /** What comes is no part of the chain, or the end of the transaction, which is for a look to find. */
    private boolean ended;

    FramesAhead(AttachedDatabase database) {
        this.database = database;
        this.head = new FrameHead(database);
    }

    /** Walks on behind a state of which every frame was seen. */
    void walk(WalState seen) {
        try {
            if (base == null || !base.sameCommits(seen)) {
                begin(seen);
            }
            // A frame is written after the one before it is whole.
            for (int i = 0; i < MOST_BATCHES && !ended && head.read(seen, last + BATCH + 1) && head.isOf(seen); i++) {
                walkBatch(seen);
            }
        } catch (IOException e) {
            ended = true; // the next look reads the same, and tells of it
        }
    }

    private void begin(WalState seen) throws IOException {
        base = seen;
        last = seen.mxFrame();
        frames.reset(last);
        if (last > 0) {
            checksum = seen.checksum();
            ended = false;
        } else {
            WalHeader start = WalHeader.read(database.wal());
            ended = start == null || !WalWalk.Format.of(start).equals(seen.format());
            checksum = start == null ? WalChecksum.ZERO : start.checksum();
        }
    }

    private void walkBatch(WalState seen) throws IOException {
        int before = frames.count();
        WalWalk walked = WalWalk.walk(database.wal(), seen.format(), last, checksum, last + BATCH, frames);
        if (walked.frames() < last + BATCH || walked.commits() > 0) {
            frames.truncate(before);
            ended = true;
        } else {
            last = walked.frames();
            checksum = walked.checksum();
        }
    }

    /**
     * Whether what was walked is on the way to a state.
     *
     * @param after the frame behind which its walk begins
     */
    boolean leadsTo(WalState now, int after) {
        return base != null
                && base.format().equals(now.format())
                && base.mxFrame() == after
                && last > after
                && last < now.mxFrame();
    }

    /** The last frame that was walked. */
    int last() {
        return last;
    }

    /** Running checksum of the last frame that was walked. */
    WalChecksum checksum() {
        return checksum;
    }

    /** Gives the frames away, for others that are not needed any more, and begins anew. */
    FrameBuffer handOver(FrameBuffer instead) {
        FrameBuffer walked = frames;
        frames = instead;
        base = null;
        return walked;
    }
}
