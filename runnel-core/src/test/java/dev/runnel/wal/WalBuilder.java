package dev.runnel.wal;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a WAL as the documentation of the format has it, independently of the code under test. Checksums run over words
 * of either byte order.
 */
final class WalBuilder {

    private final int pageSize;
    private final boolean bigEndian;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<WalChecksum> checksums = new ArrayList<>();
    private int salt1;
    private int salt2;
    private int s0;
    private int s1;

    WalBuilder(int pageSize, boolean bigEndian) {
        this(pageSize, bigEndian, 0x12345678, 0x9abcdef0);
    }

    WalBuilder(int pageSize, boolean bigEndian, int salt1, int salt2) {
        this.pageSize = pageSize;
        this.bigEndian = bigEndian;
        this.salt1 = salt1;
        this.salt2 = salt2;
        ByteBuffer header = ByteBuffer.allocate(32)
                .putInt(bigEndian ? 0x377f0683 : 0x377f0682)
                .putInt(3007000)
                .putInt(pageSize)
                .putInt(7)
                .putInt(salt1)
                .putInt(salt2);
        sum(header.array(), 0, 24);
        header.putInt(s0).putInt(s1);
        out.writeBytes(header.array());
        checksums.add(new WalChecksum(s0, s1));
    }

    private void sum(byte[] bytes, int offset, int length) {
        ByteBuffer words = ByteBuffer.wrap(bytes, offset, length)
                .order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        while (words.hasRemaining()) {
            s0 += words.getInt() + s1;
            s1 += words.getInt() + s0;
        }
    }

    /** Salts of the frames to come; other ones than the header's make frames that do not belong to the WAL. */
    WalBuilder salts(int first, int second) {
        salt1 = first;
        salt2 = second;
        return this;
    }

    /** A frame whose page is filled with a byte. */
    WalBuilder frame(int pageNumber, int commitSize, int fill) {
        byte[] page = new byte[pageSize];
        for (int i = 0; i < pageSize; i++) {
            page[i] = (byte) (fill + i);
        }
        ByteBuffer header = ByteBuffer.allocate(24)
                .putInt(pageNumber)
                .putInt(commitSize)
                .putInt(salt1)
                .putInt(salt2);
        sum(header.array(), 0, 8);
        sum(page, 0, pageSize);
        header.putInt(s0).putInt(s1);
        out.writeBytes(header.array());
        out.writeBytes(page);
        checksums.add(new WalChecksum(s0, s1));
        return this;
    }

    /** Running checksum of a frame; that of the header for 0. */
    WalChecksum checksum(int frameNumber) {
        return checksums.get(frameNumber);
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
