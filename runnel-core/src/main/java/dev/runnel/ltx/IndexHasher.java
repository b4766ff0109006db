package dev.runnel.ltx;

/**
 * CRC of the page index that a writer must have written for the given frames. Comparing it with that of the index in the
 * file compares every entry without keeping any.
 */
final class IndexHasher {

    private static final int MAX_ENTRY = 5 + 10 + 5;

    private final byte[] buffer = new byte[1024];
    private int filled;
    private long crc;
    private long length;

    void add(int pgno, long offset, int size) {
        if (filled > buffer.length - MAX_ENTRY) {
            flush();
        }
        filled = Bytes.putUvarint(buffer, filled, pgno);
        filled = Bytes.putUvarint(buffer, filled, offset);
        filled = Bytes.putUvarint(buffer, filled, size);
    }

    /** CRC of the whole index, with its end mark and its size field. */
    long finish() {
        flush();
        buffer[filled++] = 0;
        flush();
        return Crc64.updateLong(crc, length);
    }

    private void flush() {
        crc = Crc64.update(crc, buffer, 0, filled);
        length += filled;
        filled = 0;
    }
}
