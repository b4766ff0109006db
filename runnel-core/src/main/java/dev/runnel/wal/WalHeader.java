package dev.runnel.wal;

import dev.runnel.model.PageSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Header of a WAL file. Source: SQLite's documentation of the WAL format.
 *
 * @param pageSize page size of the database
 * @param bigEndianChecksum whether checksums run over big-endian words
 * @param sequence checkpoint sequence number. Each connection counts for itself, so it proves nothing
 * @param salts salts of every valid frame
 * @param checksum checksum of the header, from which that of the first frame continues
 */
public record WalHeader(PageSize pageSize, boolean bigEndianChecksum, int sequence, Salts salts, WalChecksum checksum) {

    /** Size in bytes. */
    public static final int SIZE = 32;
    /** Size of a frame header in bytes. */
    public static final int FRAME_HEADER_SIZE = 24;

    private static final int MAGIC_LITTLE = 0x377f0682;
    private static final int MAGIC_BIG = 0x377f0683;
    private static final int VERSION = 3007000;

    /** The header at the start of {@code wal}, or null when there is no valid one. */
    public static @Nullable WalHeader read(ByteSource wal) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(SIZE);
        return wal.read(bytes, 0) < SIZE ? null : parse(bytes.array());
    }

    /** The header in the first 32 bytes, or null when they are not a valid one. */
    public static @Nullable WalHeader parse(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int magic = buffer.getInt(0);
        if ((magic != MAGIC_LITTLE && magic != MAGIC_BIG)
                || buffer.getInt(4) != VERSION
                || !PageSize.isValid(buffer.getInt(8))) {
            return null;
        }
        boolean bigEndian = magic == MAGIC_BIG;
        WalChecksum stored = new WalChecksum(buffer.getInt(24), buffer.getInt(28));
        if (!WalChecksum.ZERO.update(bytes, 0, 24, bigEndian).equals(stored)) {
            return null;
        }
        return new WalHeader(
                new PageSize(buffer.getInt(8)),
                bigEndian,
                buffer.getInt(12),
                new Salts(buffer.getInt(16), buffer.getInt(20)),
                stored);
    }

    /** Size of a frame with its header, in bytes. */
    public int frameSize() {
        return frameSize(pageSize);
    }

    /** Size of a frame with its header, in bytes. */
    public static int frameSize(PageSize pageSize) {
        return FRAME_HEADER_SIZE + pageSize.bytes();
    }

    /** Offset of a frame in the WAL file, in bytes. Frame 1 is the first; frame {@code n + 1} starts where {@code n} ends. */
    public static long frameOffset(PageSize pageSize, int frameNumber) {
        return SIZE + (frameNumber - 1L) * frameSize(pageSize);
    }
}
