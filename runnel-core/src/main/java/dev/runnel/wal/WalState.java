package dev.runnel.wal;

import dev.runnel.model.PageSize;

/**
 * What is committed at one instant, from the WAL-index or, without one, from SQLite's recovery rule.
 *
 * @param format page size, salts and checksum order of the WAL; salts {@link Salts#NONE} when there is no WAL
 * @param mxFrame last committed frame, 0 for none
 * @param pageCount size of the database in pages after that frame; 0 when only the file's length tells
 * @param checksum running checksum of that frame; meaningless when {@code mxFrame} is 0
 * @param changeCounter counts commits; meaningless when not {@code indexed}
 * @param backfill frames already copied into the database file
 * @param backfillAttempted frames that the newest checkpoint copies, or has copied
 * @param indexed whether this comes from a WAL-index
 */
public record WalState(
        WalWalk.Format format,
        int mxFrame,
        int pageCount,
        WalChecksum checksum,
        int changeCounter,
        int backfill,
        int backfillAttempted,
        boolean indexed) {

    /** The state that a WAL-index tells. */
    public static WalState of(WalIndexHeader header) {
        return new WalState(
                new WalWalk.Format(header.pageSize(), header.salts(), header.bigEndianChecksum()),
                header.mxFrame(),
                header.pageCount(),
                header.frameChecksum(),
                header.changeCounter(),
                header.backfill(),
                header.backfillAttempted(),
                true);
    }

    /** The state that a scan of the WAL tells. */
    public static WalState of(WalRecovery recovery) {
        return new WalState(
                WalWalk.Format.of(recovery.header()),
                recovery.mxFrame(),
                recovery.pageCount(),
                recovery.checksum(),
                0,
                0,
                0,
                false);
    }

    /** Everything is in the database file, because there is no WAL or nothing in it counts. */
    public static WalState databaseOnly(PageSize pageSize) {
        return new WalState(new WalWalk.Format(pageSize, Salts.NONE, false), 0, 0, WalChecksum.ZERO, 0, 0, 0, false);
    }

    /** Salts of the WAL. */
    public Salts salts() {
        return format.salts();
    }

    /** Page size of the database. */
    public PageSize pageSize() {
        return format.pageSize();
    }

    /** Whether every committed frame has been copied into the database file. */
    public boolean isBackfilled() {
        return backfill == mxFrame;
    }

    /**
     * Whether a checkpoint has begun to copy every frame that is not in the database file yet. It may have been killed in the
     * act; and SQLite's recovery sets the index as if one had begun.
     */
    public boolean isBeingBackfilled() {
        return backfill < mxFrame && backfillAttempted == mxFrame;
    }

    /** Whether another state speaks of the same commits; the checkpoint's progress may differ. */
    public boolean sameCommits(WalState other) {
        return format.equals(other.format)
                && mxFrame == other.mxFrame
                && changeCounter == other.changeCounter
                && pageCount == other.pageCount
                && indexed == other.indexed
                && (mxFrame == 0 || checksum.equals(other.checksum));
    }
}
