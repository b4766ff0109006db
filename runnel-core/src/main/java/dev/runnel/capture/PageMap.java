package dev.runnel.capture;

import dev.runnel.ltx.PageChecksums;
import dev.runnel.ltx.Proof;
import dev.runnel.model.PageSize;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The checksum of every page of a database, and of the whole: what the replica holds, at 8 bytes a page. Not
 * thread-safe.
 *
 * <p>The checksum of the database is the XOR of those of its pages, with bit 63 set; the lock page has none. Source: the
 * LTX format.
 */
public final class PageMap {

    private static final int CHUNK_BITS = 14;
    private static final int CHUNK = 1 << CHUNK_BITS;
    /** Of the last chunk, which is as long as it must be: most of a thousand databases are small. */
    private static final int SMALLEST = 16;

    private final PageSize pageSize;
    private long[][] chunks = new long[0][];
    private int pageCount;
    private long xor;

    /** A map of an empty database. */
    public PageMap(PageSize pageSize) {
        this.pageSize = pageSize;
    }

    /** Page size of the database. */
    public PageSize pageSize() {
        return pageSize;
    }

    /** Size of the database in pages. */
    public int pageCount() {
        return pageCount;
    }

    /** Checksum of a page; 0 when it is not in the map, as the lock page never is. */
    public long get(int pageNumber) {
        return pageNumber > pageCount ? 0 : chunks[(pageNumber - 1) >>> CHUNK_BITS][(pageNumber - 1) & (CHUNK - 1)];
    }

    /** Sets the checksum of a page. The map grows as far as needed; pages in between have none until they are set. */
    public void set(int pageNumber, long checksum) {
        if (pageNumber < 1 || pageNumber == pageSize.lockPage()) {
            throw new IllegalArgumentException("page " + pageNumber + " has no checksum");
        }
        if (pageNumber > pageCount) {
            resize(pageNumber);
        }
        long[] chunk = chunks[(pageNumber - 1) >>> CHUNK_BITS];
        int at = (pageNumber - 1) & (CHUNK - 1);
        xor ^= chunk[at] ^ checksum;
        chunk[at] = checksum;
    }

    /** Cuts the map, or lets it grow, to a size of the database. */
    public void resize(int newPageCount) {
        for (int page = newPageCount + 1; page <= pageCount; page++) {
            long[] chunk = chunks[(page - 1) >>> CHUNK_BITS];
            xor ^= chunk[(page - 1) & (CHUNK - 1)];
            chunk[(page - 1) & (CHUNK - 1)] = 0;
        }
        int wanted = (newPageCount + CHUNK - 1) >>> CHUNK_BITS;
        int had = chunks.length;
        if (wanted != had) {
            chunks = Arrays.copyOf(chunks, wanted);
        }
        for (int i = Math.max(0, Math.min(had, wanted) - 1); i < wanted; i++) {
            chunks[i] = roomFor(newPageCount - i * CHUNK, i < had ? chunks[i] : new long[0]);
        }
        pageCount = newPageCount;
    }

    /** A chunk with the same checksums and room for {@code count} of them, or for all that a chunk holds. */
    private static long[] roomFor(int count, long[] chunk) {
        if (chunk.length >= Math.min(count, CHUNK)) {
            return chunk;
        }
        return Arrays.copyOf(chunk, Math.min(CHUNK, Math.max(SMALLEST, Integer.highestOneBit(count - 1) << 1)));
    }

    /** Checksum of the database. */
    public long databaseChecksum() {
        return xor | PageChecksums.FLAG;
    }

    /** Whether this is the database that a proof was made of; true where there is none. */
    public boolean agreesWith(@Nullable Proof proof) {
        return proof == null || !proof.knowsPostApply() || proof.postApply() == databaseChecksum();
    }

    /** What {@link #databaseChecksum} would be after {@link #apply}. */
    long checksumWith(FrameSpool spool, int[] pages, int newPageCount) {
        long sum = xor;
        for (int page : pages) {
            sum ^= get(page) ^ spool.checksum(page);
        }
        for (int page = newPageCount + 1; page <= pageCount; page++) {
            sum ^= get(page);
        }
        return sum | PageChecksums.FLAG;
    }

    /** Brings the map to the state after {@code pages} of a spool in a database of {@code newPageCount} pages. */
    void apply(FrameSpool spool, int[] pages, int newPageCount) {
        resize(newPageCount);
        for (int page : pages) {
            set(page, spool.checksum(page));
        }
    }
}
