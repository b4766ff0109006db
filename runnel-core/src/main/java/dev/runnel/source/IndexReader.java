package dev.runnel.source;

import dev.runnel.model.PageSize;
import dev.runnel.wal.WalIndexHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/** Reads the header of a WAL-index. */
final class IndexReader {

    /**
     * A writer updates the two copies within nanoseconds, less than one read takes. More tries than these mean that it was
     * interrupted in between, in which case it holds the lock of writers; or that it died there, or that the header is
     * damaged, which no number of tries mends, and every look pays for them.
     */
    private static final int TRIES = 10;

    private final FileChannel shm;
    private final PageSize pageSize;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(WalIndexHeader.SIZE);
    private final byte[] bytes = new byte[WalIndexHeader.SIZE];
    private final ByteBuffer remembered = ByteBuffer.allocate(WalIndexHeader.SIZE);

    /**
     * @param pageSize what the header means where it has none yet
     */
    IndexReader(FileChannel shm, PageSize pageSize) {
        this.shm = shm;
        this.pageSize = pageSize;
    }

    /** The header, or null when there is none to be had: not initialised, damaged, or left half written. */
    @Nullable
    WalIndexHeader read() throws IOException {
        for (int i = 0; i < TRIES; i++) {
            buffer.clear();
            if (shm.read(buffer, 0) < WalIndexHeader.SIZE) {
                return null;
            }
            buffer.flip();
            buffer.get(bytes);
            WalIndexHeader header = WalIndexHeader.parse(bytes, pageSize);
            if (header != null) {
                return header;
            }
            Thread.onSpinWait();
        }
        return null;
    }

    /** Keeps what the last {@link #read} saw, for {@link #isUnchanged}. */
    void remember() {
        remembered.clear().put(bytes).flip();
    }

    /** Whether the header is byte for byte what was remembered. The cheapest look: one read, and nothing is parsed. */
    boolean isUnchanged() throws IOException {
        buffer.clear();
        return shm.read(buffer, 0) == WalIndexHeader.SIZE && remembered.equals(buffer.flip());
    }
}
