package dev.runnel.ltx;

import java.io.IOException;
import java.util.Arrays;

/**
 * Page index and trailer of an LTX file, from the end of the file: where each page stands, without reading the pages.
 *
 * <p>The structure is verified: pages in the order that the format demands, frames that follow each other from the header
 * to the end of the pages without gap or overlap, a complete snapshot. The bytes are covered by the file checksum, which
 * is verified when all frames have been read ({@link LtxFileChecksum}). Immutable; 12 bytes of memory per page.
 *
 * <pre>{@code
 * long needed = LtxIndex.tailNeeded(tail, fileSize, header, name);
 * if (needed > tail.length) {
 *     tail = the last `needed` bytes of the file;
 * }
 * LtxIndex index = LtxIndex.parse(tail, fileSize, header, name);
 * }</pre>
 */
public final class LtxIndex {

    /** Bytes that suffice to learn how many more are needed: the size of the index and the trailer. */
    public static final int MIN_TAIL = 8 + LtxTrailer.SIZE;

    private static final int SIZE_FIELD = 8;
    private static final int SMALLEST_FILE = LtxHeader.SIZE + PageFrame.HEADER_SIZE + 1 + MIN_TAIL;
    /** Header and the shortest conceivable LZ4 form of the smallest page. */
    private static final int SMALLEST_FRAME = PageFrame.HEADER_SIZE + 5;

    private final int[] pgnos;
    private final long[] offsets;
    private final long length;
    private final long crc;
    private final LtxTrailer trailer;

    private LtxIndex(int[] pgnos, long[] offsets, long length, long crc, LtxTrailer trailer) {
        this.pgnos = pgnos;
        this.offsets = offsets;
        this.length = length;
        this.crc = crc;
        this.trailer = trailer;
    }

    /**
     * How many bytes from the end of the file {@link #parse} needs.
     *
     * @param tail the last bytes of the file, at least {@link #MIN_TAIL}
     * @param fileSize length of the whole file in bytes
     * @return bytes, more than {@link #MIN_TAIL}; at most {@code tail.length} if no more need to be fetched
     * @throws CorruptChangesetException if the file cannot have an index of the size it claims
     * @throws IllegalArgumentException if {@code tail} is shorter than {@link #MIN_TAIL}, or longer than the file
     */
    public static long tailNeeded(byte[] tail, long fileSize, LtxHeader header, String resource)
            throws CorruptChangesetException {
        if (fileSize < SMALLEST_FILE) {
            throw CorruptChangesetException.truncated(
                    resource, fileSize, "a file of at least " + SMALLEST_FILE + " bytes");
        }
        if (tail.length < MIN_TAIL || tail.length > fileSize) {
            throw new IllegalArgumentException("the tail of " + resource + " must have " + MIN_TAIL + " to " + fileSize
                    + " bytes: " + tail.length);
        }
        long size = Bytes.getLong(tail, tail.length - MIN_TAIL);
        long pages = Math.min(header.commit(), (fileSize - SMALLEST_FILE) / SMALLEST_FRAME);
        long perPage = Bytes.uvarintSize(header.commit()) + Bytes.uvarintSize(fileSize) + 3L;
        long max = Math.min(1 + pages * perPage, fileSize - SMALLEST_FILE + 1);
        if (size < 1 || size > max) {
            throw new CorruptChangesetException(
                    resource,
                    fileSize - MIN_TAIL,
                    "page index size from 1 to " + max,
                    Long.toUnsignedString(size) + " (file truncated?)");
        }
        return PageFrame.HEADER_SIZE + size + MIN_TAIL;
    }

    /**
     * Parses and verifies the index.
     *
     * @param tail the last bytes of the file, as many as {@link #tailNeeded} says or more
     * @param fileSize length of the whole file in bytes
     * @throws CorruptChangesetException if the index or the trailer is not a valid one
     * @throws IllegalArgumentException if {@code tail} is too short
     */
    public static LtxIndex parse(byte[] tail, long fileSize, LtxHeader header, String resource) throws IOException {
        long needed = tailNeeded(tail, fileSize, header, resource);
        if (needed > tail.length) {
            throw new IllegalArgumentException(
                    "the tail of " + resource + " must have " + needed + " bytes: " + tail.length);
        }
        return new Parser(tail, (int) needed, fileSize, header, resource).parse();
    }

    /** Number of pages in the file. */
    public int count() {
        return pgnos.length;
    }

    /** Page number of entry {@code i}; ascending. */
    public int pgno(int i) {
        return pgnos[i];
    }

    /** Where in the file the frame of entry {@code i} begins, in bytes. */
    public long offset(int i) {
        return offsets[i];
    }

    /** Length of the frame of entry {@code i}, with its header, in bytes. */
    public int size(int i) {
        return (int) (offsets[i + 1] - offsets[i]);
    }

    /** The entry of page {@code pgno}; negative if the file does not have that page. */
    public int find(int pgno) {
        return Arrays.binarySearch(pgnos, pgno);
    }

    /** Where the frames end: the offset of the six zero bytes behind the last. */
    public long pagesEnd() {
        return offsets[pgnos.length];
    }

    /** Where in the file the index begins, in bytes. */
    public long indexOffset() {
        return pagesEnd() + PageFrame.HEADER_SIZE;
    }

    /** Length of the index with its end mark and its size field, in bytes. */
    public long length() {
        return length;
    }

    /** CRC of the index with its end mark and its size field. */
    public long crc() {
        return crc;
    }

    /** The trailer of the file. */
    public LtxTrailer trailer() {
        return trailer;
    }

    private static final class Parser {

        private final byte[] tail;
        private final int start;
        private final int end;
        private final long tailOffset;
        private final long fileSize;
        private final LtxHeader header;
        private final String resource;
        private int pos;

        Parser(byte[] tail, int needed, long fileSize, LtxHeader header, String resource) {
            this.tail = tail;
            this.start = tail.length - needed + PageFrame.HEADER_SIZE;
            this.end = tail.length - MIN_TAIL;
            this.tailOffset = fileSize - tail.length;
            this.fileSize = fileSize;
            this.header = header;
            this.resource = resource;
            this.pos = start;
        }

        LtxIndex parse() throws IOException {
            int terminator = start - PageFrame.HEADER_SIZE;
            if (Bytes.getInt(tail, terminator) != 0 || Bytes.getShort(tail, terminator + 4) != 0) {
                throw corrupt(terminator, "six zero bytes, the end of the pages", "others");
            }
            int capacity = countEntries();
            int[] pgnos = new int[capacity];
            long[] offsets = new long[capacity + 1];
            int count = entries(pgnos, offsets);
            if (pos != end) {
                throw corrupt(pos, "the end of the page index", (end - pos) + " more bytes");
            }
            if (count != capacity) {
                throw corrupt(start, capacity + " whole entries in the page index", Integer.toString(count));
            }
            LtxTrailer trailer =
                    LtxFileChecksum.decodeTrailer(tail, end + SIZE_FIELD, fileSize - LtxTrailer.SIZE, header, resource);
            int length = end - start + SIZE_FIELD;
            return new LtxIndex(pgnos, offsets, length, Crc64.update(0, tail, start, length), trailer);
        }

        /** Fills both arrays; returns the number of entries before the end mark. */
        private int entries(int[] pgnos, long[] offsets) throws CorruptChangesetException {
            PageOrder order = new PageOrder(header);
            long terminator = tailOffset + start - PageFrame.HEADER_SIZE;
            int maxFrame = PageFrame.HEADER_SIZE + maxBody();
            long next = LtxHeader.SIZE;
            int count = 0;
            int entry = pos;
            for (long pgno = uvarint(); pgno != 0; pgno = uvarint()) {
                String expected = pgno < 0 || pgno > Integer.MAX_VALUE || count == pgnos.length
                        ? "the end of the page index or a page up to " + header.commit()
                        : order.accept((int) pgno);
                if (expected != null) {
                    throw corrupt(entry, expected + " in the page index", Long.toUnsignedString(pgno));
                }
                long offset = uvarint();
                long size = uvarint();
                if (offset != next || size < PageFrame.HEADER_SIZE || size > Math.min(maxFrame, terminator - offset)) {
                    throw corrupt(
                            entry,
                            "page " + pgno + " at " + next + " and before " + terminator + " in the page index",
                            Long.toUnsignedString(offset) + "+" + Long.toUnsignedString(size));
                }
                pgnos[count] = (int) pgno;
                offsets[count++] = offset;
                next = offset + size;
                entry = pos;
            }
            offsets[count] = next;
            String missing = order.missing();
            if (missing != null) {
                throw corrupt(entry, missing + " in the page index", "the end after page " + order.previous());
            }
            if (next != terminator) {
                throw corrupt(entry, "frames up to " + terminator + " in the page index", "frames up to " + next);
            }
            return count;
        }

        /** Longest form of one page: many small LZ4 blocks with checksums in a frame are still well below. */
        private int maxBody() {
            return 64 + 4 * FrameCodec.maxPayload(header.pageSize().bytes());
        }

        /** Three numbers to an entry, and one for the end: each number ends with a byte below 128. */
        private int countEntries() {
            int numbers = 0;
            for (int i = start; i < end; i++) {
                numbers += tail[i] >= 0 ? 1 : 0;
            }
            return Math.max(0, numbers - 1) / 3;
        }

        private long uvarint() throws CorruptChangesetException {
            int from = pos;
            long value = 0;
            for (int shift = 0; shift < 64 && pos < end; shift += 7) {
                byte b = tail[pos++];
                value |= (b & 0x7fL) << shift;
                if (b >= 0) {
                    if (pos - from != Bytes.uvarintSize(value)) {
                        break;
                    }
                    return value;
                }
            }
            throw corrupt(from, "a number in the page index", "an endless, overlong or missing one");
        }

        private CorruptChangesetException corrupt(int at, String expected, String actual) {
            return new CorruptChangesetException(resource, tailOffset + at, expected, actual);
        }
    }

    @Override
    public String toString() {
        return count() + " pages up to " + pagesEnd() + " of " + trailer.fileSize() + " bytes";
    }
}
