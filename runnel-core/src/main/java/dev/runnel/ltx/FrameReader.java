package dev.runnel.ltx;

import dev.runnel.model.PageSize;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Decodes single page frames out of parts of a file, so that the parts can be fetched and decoded in parallel.
 * {@link #hashed} is the CRC of what was read since {@link #restartHash}; {@link LtxFileChecksum} joins these into the
 * file checksum. Checks each frame by itself; whether it belongs where it stands is known to the {@link LtxIndex}.
 *
 * <p>Not thread-safe: one per thread. Values refer to the frame last read, and its buffers are reused for the next.
 */
public final class FrameReader {

    private final PageSize pageSize;
    private final PageChecksums checksums;
    private final FrameCodec codec;
    private final FrameInput range;
    private final byte[] page;
    private int pgno;
    private int flags;
    private int payloadOffset;
    private int payloadSize;
    private byte[] payload;
    private int storedSize;
    private long dataCrc;
    private long hashedCrc;
    private long hashedLength;

    /** @param resource name of the file, for messages */
    public FrameReader(PageSize pageSize, String resource) {
        this(pageSize, new FrameInput(resource));
    }

    FrameReader(PageSize pageSize, FrameInput input) {
        this.pageSize = pageSize;
        this.checksums = PageChecksums.forPageSize(pageSize);
        this.codec = new FrameCodec(pageSize);
        this.range = input;
        this.page = new byte[pageSize.bytes()];
        this.payload = page;
    }

    /**
     * Decodes the frame at {@code src[from]}.
     *
     * @param to end of the usable part of {@code src}, exclusive
     * @param fileOffset where in the file {@code src[from]} stands, for messages
     * @return length of the frame in bytes; 0 if the end of the page block stands here (6 bytes)
     * @throws CorruptChangesetException if this is no valid frame, or it reaches beyond {@code to}
     * @throws UnsupportedFormatVersionException if this is a frame of a pre-release
     */
    public int read(byte[] src, int from, int to, long fileOffset) throws IOException {
        range.over(src, from, to, fileOffset);
        return read() ? storedSize : 0;
    }

    /**
     * Decodes the frame that {@code index} lists at {@code i} and compares the two.
     *
     * @param src part of the file that contains the frame
     * @param srcOffset where in the file {@code src[0]} stands
     * @throws CorruptChangesetException if the frame is invalid or not the one that the index lists
     * @throws IllegalArgumentException if {@code src} does not contain the frame
     */
    public void read(LtxIndex index, int i, byte[] src, long srcOffset) throws IOException {
        long from = index.offset(i) - srcOffset;
        int size = index.size(i);
        if (from < 0 || from > src.length - size) {
            throw new IllegalArgumentException("frame at " + index.offset(i) + "+" + size + " is not in the range "
                    + srcOffset + "+" + src.length);
        }
        int length = read(src, (int) from, (int) from + size, index.offset(i));
        if (length != size || pgno != index.pgno(i)) {
            throw new CorruptChangesetException(
                    range.resource,
                    index.offset(i),
                    "page " + index.pgno(i) + " in " + size + " bytes, as the page index says",
                    length == 0 ? "the end of the pages" : "page " + pgno + " in " + length + " bytes");
        }
    }

    /** Decodes the frame at which the window stands; returns false, and passes nothing else, at the end of the pages. */
    boolean read() throws IOException {
        long start = range.offset();
        range.need(PageFrame.HEADER_SIZE, "a page header");
        pgno = Bytes.getInt(range.buf, range.pos);
        flags = Bytes.getShort(range.buf, range.pos + 4);
        range.pos += PageFrame.HEADER_SIZE;
        if (pgno == 0 && flags == 0) {
            return false;
        }
        if (pgno < 1) {
            throw corrupt(start, "a page number from 1 to " + Integer.MAX_VALUE, Integer.toUnsignedString(pgno));
        }
        if (flags == PageFrame.FLAG_SIZE) {
            readBlock();
        } else if (flags == 0) {
            payloadSize = 0;
            Lz4Frame.decode(range, codec, page);
        } else {
            throw badFlags(start);
        }
        storedSize = (int) (range.offset() - start);
        dataCrc = Crc64.update(0, page, 0, page.length);
        hashedCrc = checksums.append(hashedCrc, pgno, flags, payloadSize, dataCrc);
        hashedLength += PageChecksums.frameHashedLength(pageSize, flags);
        return true;
    }

    private void readBlock() throws IOException {
        long start = range.offset();
        range.need(PageFrame.SIZE_FIELD, "the size of a page");
        int size = Bytes.getInt(range.buf, range.pos);
        range.pos += PageFrame.SIZE_FIELD;
        int max = FrameCodec.maxPayload(page.length);
        if (size < 1 || size > max) {
            throw corrupt(start, "a size from 1 to " + max, Integer.toUnsignedString(size));
        }
        range.need(size, "page " + pgno + " in " + size + " bytes");
        int decoded = codec.tryDecompress(range.buf, range.pos, size, page, 0, page.length);
        if (decoded != page.length) {
            throw corrupt(range.offset(), FrameCodec.blockOf(page.length), FrameCodec.foundBlockOf(decoded));
        }
        payload = range.buf;
        payloadOffset = range.pos;
        payloadSize = size;
        range.pos += size;
    }

    /** Pre-releases had no flags: in their place stands the LZ4 frame, whose magic is 04 22 4d 18. */
    private IOException badFlags(long start) throws IOException {
        boolean preRelease = false;
        if (flags == 0x0422) {
            range.need(2, "a page");
            preRelease = Bytes.getShort(range.buf, range.pos) == 0x4d18;
        }
        return preRelease
                ? new UnsupportedFormatVersionException(
                        range.resource,
                        "page header of 4 bytes (pre-release of Litestream 0.5); restore it with the release that wrote it")
                : corrupt(start + 4, "page header flags 0 or 1", String.format("%04x", flags));
    }

    private CorruptChangesetException corrupt(long offset, String expected, String actual) {
        return new CorruptChangesetException(range.resource, offset, expected, actual);
    }

    /** Number of the page. */
    public int pageNumber() {
        return pgno;
    }

    /** The page, uncompressed: this reader's buffer, exactly one page long, valid until the next frame is read. */
    public byte[] page() {
        return page;
    }

    /** CRC of the uncompressed page. */
    public long dataCrc() {
        return dataCrc;
    }

    /** Checksum of the page, as it enters the checksum of the database. */
    public long pageChecksum() {
        return checksums.pageChecksum(pgno, dataCrc);
    }

    /** CRC of what the file checksum covers of this frame. */
    public long frameCrc() {
        return checksums.frameCrc(pgno, flags, payloadSize, dataCrc);
    }

    /**
     * The compressed page, valid until the next frame is read (it lies in the array that was read from); null if the page
     * is in the old frame form, so that it must be compressed anew.
     */
    public @Nullable PageFrame frame() {
        return flags == PageFrame.FLAG_SIZE ? new PageFrame(pgno, payload, payloadOffset, payloadSize, dataCrc) : null;
    }

    /** CRC over all frames read since {@link #restartHash}, in the order in which they were read. */
    public HashedRange hashed() {
        return new HashedRange(hashedCrc, hashedLength);
    }

    /** Starts another {@link #hashed} range. */
    public void restartHash() {
        hashedCrc = 0;
        hashedLength = 0;
    }

    int storedSize() {
        return storedSize;
    }

    FrameCodec codec() {
        return codec;
    }
}
