package dev.runnel.ltx;

import dev.runnel.model.PageSize;

/**
 * Checksums of pages and of page frames, both derived from one CRC of the page's bytes, which is thus computed only once.
 *
 * <p>The checksum of a database is the XOR of the checksums of its pages (the lock page counts as 0) with
 * {@link #FLAG} set: replacing a page is {@code FLAG | (database ^ oldPage ^ newPage)}. Immutable and thread-safe.
 */
public final class PageChecksums {

    /** Bit 63, set in every checksum, so that 0 can mean "none". */
    public static final long FLAG = 1L << 63;

    private static final int SMALLEST_SHIFT = 9;
    private static final PageChecksums[] BY_SIZE = new PageChecksums[8];

    static {
        for (int i = 0; i < BY_SIZE.length; i++) {
            BY_SIZE[i] = new PageChecksums(1 << (SMALLEST_SHIFT + i));
        }
    }

    private final Crc64.Shift overPage;

    private PageChecksums(int pageSize) {
        this.overPage = Crc64.Shift.of(pageSize);
    }

    /** The checksums for pages of this size. */
    public static PageChecksums forPageSize(PageSize pageSize) {
        return BY_SIZE[Integer.numberOfTrailingZeros(pageSize.bytes()) - SMALLEST_SHIFT];
    }

    /**
     * Checksum of one page: {@code FLAG | crc64(be32(pgno) || data)}.
     *
     * @param pgno page number, from 1
     * @param len page size in bytes
     */
    public static long of(int pgno, byte[] page, int off, int len) {
        return FLAG | Crc64.update(Crc64.updateInt(0, pgno), page, off, len);
    }

    /**
     * {@link #of} from the CRC of the page's bytes.
     *
     * @param dataCrc {@link Crc64#update Crc64.update(0, page...)} of the whole page
     */
    public long pageChecksum(int pgno, long dataCrc) {
        return FLAG | (overPage.apply(Crc64.updateInt(0, pgno)) ^ dataCrc);
    }

    /**
     * CRC of what the file checksum covers of one frame: page header, size field if there is one, uncompressed page.
     *
     * @param flags page header flags, 0 or 1
     * @param payloadSize value of the size field; ignored if {@code flags} say there is none
     */
    public long frameCrc(int pgno, int flags, int payloadSize, long dataCrc) {
        return append(0, pgno, flags, payloadSize, dataCrc);
    }

    /** How many bytes {@link #frameCrc} covers for a page of {@code pageSize}. */
    static long frameHashedLength(PageSize pageSize, int flags) {
        return (long) PageFrame.HEADER_SIZE
                + ((flags & PageFrame.FLAG_SIZE) != 0 ? PageFrame.SIZE_FIELD : 0)
                + pageSize.bytes();
    }

    /** {@code crc} continued over one frame. */
    long append(long crc, int pgno, int flags, int payloadSize, long dataCrc) {
        long c = Crc64.updateShort(Crc64.updateInt(crc, pgno), flags);
        if ((flags & PageFrame.FLAG_SIZE) != 0) {
            c = Crc64.updateInt(c, payloadSize);
        }
        return overPage.apply(c) ^ dataCrc;
    }
}
