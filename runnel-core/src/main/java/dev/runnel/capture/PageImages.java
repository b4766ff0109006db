package dev.runnel.capture;

import dev.runnel.model.PageSize;
import dev.runnel.source.AttachedDatabase;
import dev.runnel.wal.WalHeader;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Images of pages as of the follower's last look: from the newest frame that is not backfilled, or else from the
 * database file. Frames are exact while the gate is held; the file is only under slot 0, too.
 */
final class PageImages {

    private final AttachedDatabase database;
    private final WalFollower follower;
    private final PageSize pageSize;

    PageImages(AttachedDatabase database, WalFollower follower, PageSize pageSize) {
        this.database = database;
        this.follower = follower;
        this.pageSize = pageSize;
    }

    /** Where the image of a page is, in the order in which a cut takes them. */
    enum Place {
        /** In the database file. */
        DATABASE,
        /** In a frame that is not backfilled. */
        WAL
    }

    /** Where the image of a page is. */
    Place placeOf(int pageNumber) {
        return follower.frameOf(pageNumber) == 0 ? Place.DATABASE : Place.WAL;
    }

    /** Reads the image of a page into {@code target}, which is as long as a page. */
    void read(int pageNumber, byte[] target) throws IOException {
        int frame = follower.frameOf(pageNumber);
        if (frame == 0) {
            database.readPage(pageSize, pageNumber, target);
            return;
        }
        long offset = WalHeader.frameOffset(pageSize, frame) + WalHeader.FRAME_HEADER_SIZE;
        int read = database.wal().read(ByteBuffer.wrap(target, 0, pageSize.bytes()), offset);
        if (read < pageSize.bytes()) {
            throw new WalMovedException(database.path() + "-wal ends within frame " + frame);
        }
    }

    /** Reads the image of a page; the caller owns the array. */
    byte[] read(int pageNumber) throws IOException {
        byte[] page = new byte[pageSize.bytes()];
        read(pageNumber, page);
        return page;
    }

    /** The WAL is no longer what the last look saw; nothing was taken, look again. */
    static final class WalMovedException extends IOException {

        private static final long serialVersionUID = 1L;

        WalMovedException(String message) {
            super(message);
        }
    }
}
