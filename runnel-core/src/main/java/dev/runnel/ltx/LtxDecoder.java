package dev.runnel.ltx;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads an LTX file from front to back and verifies all of it: every field, the order of the pages, the page index
 * against the pages, the file checksum, and for a snapshot the database checksum. Needs the memory of a few pages,
 * however long the file is.
 *
 * <pre>{@code
 * try (LtxDecoder file = new LtxDecoder(in, name)) {
 *     while (file.next()) {
 *         use(file.pageNumber(), file.page());
 *     }
 *     file.finish(); // nothing read so far may be trusted before this returns
 * }
 * }</pre>
 *
 * <p>Whatever is wrong with the file is a {@link CorruptChangesetException} or {@link UnsupportedFormatVersionException};
 * other {@link IOException}s come from the stream. Not thread-safe.
 */
public final class LtxDecoder implements Closeable {

    private enum State {
        PAGES,
        INDEX,
        FINISHED
    }

    private final InputStream stream;
    private final FrameInput in;
    private final LtxHeader header;
    private final long headerCrc;
    private final FrameReader frames;
    private final PageOrder order;
    private final IndexHasher expectedIndex = new IndexHasher();
    private State state = State.PAGES;
    private int pages;
    private long databaseChecksum = Proof.EMPTY_DATABASE;
    private @Nullable LtxTrailer trailer;

    /**
     * Reads the header.
     *
     * @param in the file, from its first byte; closed with this decoder, also if this constructor fails
     * @param resource name of the file, for messages
     */
    public LtxDecoder(InputStream in, String resource) throws IOException {
        this.stream = in;
        try {
            this.in = new FrameInput(in, resource);
            this.in.need(LtxHeader.SIZE, "a header of " + LtxHeader.SIZE + " bytes");
            byte[] bytes = Arrays.copyOf(this.in.buf, LtxHeader.SIZE);
            this.in.pos += LtxHeader.SIZE;
            this.header = LtxHeader.decode(bytes, resource);
            this.headerCrc = Crc64.update(0, bytes, 0, bytes.length);
        } catch (IOException | RuntimeException e) {
            try {
                in.close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        this.frames = new FrameReader(header.pageSize(), this.in);
        this.order = new PageOrder(header);
    }

    /** Name of the file. */
    public String resource() {
        return in.resource;
    }

    /** The header. */
    public LtxHeader header() {
        return header;
    }

    /**
     * Reads the next page.
     *
     * @return false if there is none
     */
    public boolean next() throws IOException {
        if (state != State.PAGES) {
            return false;
        }
        long start = in.offset();
        if (!frames.read()) {
            String missing = order.missing();
            if (missing != null) {
                throw corrupt(start, missing, "the end of the pages after page " + order.previous());
            }
            state = State.INDEX;
            return false;
        }
        String expected = order.accept(frames.pageNumber());
        if (expected != null) {
            throw corrupt(start, expected, "page " + frames.pageNumber());
        }
        pages++;
        expectedIndex.add(frames.pageNumber(), start, frames.storedSize());
        if (header.isSnapshot()) {
            databaseChecksum = PageChecksums.FLAG | (databaseChecksum ^ frames.pageChecksum());
        }
        return true;
    }

    /** Number of the page last read. */
    public int pageNumber() {
        return frames.pageNumber();
    }

    /** The page last read, uncompressed: a buffer of exactly one page, valid until {@link #next}. */
    public byte[] page() {
        return frames.page();
    }

    /** CRC of the bytes of the page last read. */
    public long dataCrc() {
        return frames.dataCrc();
    }

    /** Checksum of the page last read, as it enters the checksum of the database. */
    public long pageChecksum() {
        return frames.pageChecksum();
    }

    /**
     * The page last read as it is stored, valid until {@link #next}; null if it is in the old frame form, so that it must
     * be compressed anew.
     */
    public @Nullable PageFrame frame() {
        return frames.frame();
    }

    /** The page last read, compressed: as it is stored, or else compressed anew; valid until {@link #next}. */
    PageFrame frameOrCompress() {
        PageFrame stored = frames.frame();
        return stored != null ? stored : frames.codec().compress(pageNumber(), page(), 0, dataCrc());
    }

    /**
     * Reads what is left, also pages that were not asked for, and verifies the file as a whole. When this returns, all
     * that was read is proved to be what the writer wrote.
     */
    public LtxTrailer finish() throws IOException {
        if (trailer != null) {
            return trailer;
        }
        while (next()) {
            // Pages that nobody asked for are verified like the others.
        }
        long pagesEnd = in.offset();
        in.startHash();
        readEntries(pagesEnd);
        in.need(8, "the size of the page index");
        long stored = Bytes.getLong(in.buf, in.pos);
        long actual = in.offset() - pagesEnd;
        if (stored != actual) {
            throw corrupt(in.offset(), "page index size " + actual, Long.toUnsignedString(stored));
        }
        in.pos += 8;
        long indexCrc = in.endHash();
        if (indexCrc != expectedIndex.finish()) {
            throw corrupt(pagesEnd, "a page index of the pages in the file", "another one");
        }
        trailer = readTrailer(indexCrc, actual + 8);
        state = State.FINISHED;
        return trailer;
    }

    /** Passes the entries of the index and its terminator, and checks what can be said of each entry by itself. */
    private void readEntries(long pagesEnd) throws IOException {
        PageOrder listed = new PageOrder(header);
        long nextOffset = LtxHeader.SIZE;
        int count = 0;
        long start = in.offset();
        for (long pgno = uvarint(); pgno != 0; pgno = uvarint()) {
            String expected = pgno < 0 || pgno > Integer.MAX_VALUE
                    ? "a page number from 1 to " + header.commit()
                    : listed.accept((int) pgno);
            if (expected != null) {
                throw corrupt(start, expected + " in the page index", Long.toUnsignedString(pgno));
            }
            long offset = uvarint();
            long size = uvarint();
            long end = pagesEnd - PageFrame.HEADER_SIZE;
            if (offset != nextOffset || size <= 0 || size > end - offset) {
                throw corrupt(
                        start,
                        "page " + pgno + " at " + nextOffset + " and before " + end + " in the page index",
                        Long.toUnsignedString(offset) + "+" + Long.toUnsignedString(size));
            }
            nextOffset = offset + size;
            count++;
            start = in.offset();
        }
        if (count != pages) {
            throw corrupt(start, pages + " pages in the page index", Integer.toString(count));
        }
    }

    private long uvarint() throws IOException {
        long start = in.offset();
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            in.need(1, "a number in the page index");
            byte b = in.buf[in.pos++];
            value |= (b & 0x7fL) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw corrupt(start, "a number of at most 64 bits in the page index", "a longer one");
    }

    private LtxTrailer readTrailer(long indexCrc, long indexLength) throws IOException {
        in.need(LtxTrailer.SIZE, "a trailer of " + LtxTrailer.SIZE + " bytes");
        long at = in.offset();
        LtxTrailer found = LtxFileChecksum.decodeTrailer(in.buf, in.pos, at, header, in.resource);
        in.pos += LtxTrailer.SIZE;
        if (!in.atEnd()) {
            throw corrupt(in.offset(), "end of file", "more bytes");
        }
        long checksum = LtxFileChecksum.of(
                new HashedRange(headerCrc, LtxHeader.SIZE).then(frames.hashed()),
                new HashedRange(indexCrc, indexLength),
                found.postApply());
        if (checksum != found.fileChecksum()) {
            throw corrupt(at + 8, "file checksum " + Proof.hex(checksum), Proof.hex(found.fileChecksum()));
        }
        if (header.isSnapshot()) {
            expectDatabase(at, "post-apply checksum", header.hasChecksums() ? found.postApply() : 0);
            expectDatabase(
                    LtxHeader.AT_PROOF,
                    "proof",
                    header.proof() != null ? header.proof().postApply() : 0);
        }
        return found;
    }

    private void expectDatabase(long at, String what, long stored) throws CorruptChangesetException {
        if (stored != 0 && stored != databaseChecksum) {
            throw corrupt(at, what + " " + Proof.hex(databaseChecksum) + ", which the pages give", Proof.hex(stored));
        }
    }

    private CorruptChangesetException corrupt(long offset, String expected, String actual) {
        return new CorruptChangesetException(in.resource, offset, expected, actual);
    }

    /** Closes the stream. */
    @Override
    public void close() throws IOException {
        stream.close();
    }
}
