package dev.runnel.capture;

import dev.runnel.source.AttachedDatabase;
import dev.runnel.wal.Salts;
import dev.runnel.wal.WalHeader;
import dev.runnel.wal.WalState;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Looks at the headers of single frames, which may be half written or of an earlier WAL. Not thread-safe. */
final class FrameHead {

    private final AttachedDatabase database;
    private final ByteBuffer buffer = ByteBuffer.allocate(WalHeader.FRAME_HEADER_SIZE);

    FrameHead(AttachedDatabase database) {
        this.database = database;
    }

    /** Reads that of a frame. Returns whether the file reaches so far. */
    boolean read(WalState seen, int frame) throws IOException {
        buffer.clear();
        return database.wal().read(buffer, WalHeader.frameOffset(seen.pageSize(), frame)) == buffer.capacity();
    }

    /** Whether the frame that was read is of the WAL of this state. */
    boolean isOf(WalState seen) {
        return new Salts(buffer.getInt(8), buffer.getInt(12)).equals(seen.salts());
    }

    /** SQLite signs frames behind one that it has overwritten only at the end, but never begins with such a frame. */
    boolean isUnsigned() {
        return buffer.getInt(0) > 0 && buffer.getLong(8) == 0 && buffer.getLong(16) == 0;
    }
}
