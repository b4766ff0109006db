package dev.runnel.ltx;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes an LTX file from front to back in the block form that Litestream 0.5.16 and later read. Enforces the rules of the
 * format, so that a file that was finished is a legal one. Needs about three bytes of memory per page for the page index.
 *
 * <p>If anything throws, the output has no trailer and no reader accepts it. Not thread-safe. Never closes nor flushes the
 * output stream.
 */
public final class LtxEncoder {

    private static final int BUFFER_SIZE = 32 * 1024;

    private final OutputStream out;
    private final LtxHeader header;
    private final PageChecksums checksums;
    private final PageOrder order;
    private final int maxPayload;
    private final EntryList entries = new EntryList();
    private final byte[] buffer = new byte[BUFFER_SIZE];
    private int filled;
    private long flushed;
    private long crc;
    private long databaseChecksum = Proof.EMPTY_DATABASE;
    private boolean finished;

    /**
     * Begins a file.
     *
     * @param out where it goes; this encoder has its own buffer
     * @throws IllegalArgumentException if {@code header} describes an empty database but no checksums, which the format
     *     cannot express
     */
    public LtxEncoder(OutputStream out, LtxHeader header) throws IOException {
        if (header.commit() == 0 && !header.hasChecksums()) {
            throw new IllegalArgumentException("a file without checksums cannot describe a database of 0 pages");
        }
        this.out = out;
        this.header = header;
        this.checksums = PageChecksums.forPageSize(header.pageSize());
        this.order = new PageOrder(header);
        this.maxPayload = FrameCodec.maxPayload(header.pageSize().bytes());
        byte[] bytes = header.encode();
        this.crc = Crc64.update(0, bytes, 0, bytes.length);
        append(bytes, 0, bytes.length);
    }

    /** The header of the file. */
    public LtxHeader header() {
        return header;
    }

    /**
     * Appends a page. The payload is copied as it is, and taken to be what {@link PageFrame#dataCrc} says.
     *
     * @throws IllegalArgumentException if this page must not follow the one before, or its payload is too large for the
     *     page size
     * @throws IllegalStateException if the file was finished
     */
    public void write(PageFrame frame) throws IOException {
        requireOpen();
        int pgno = frame.pgno();
        if (frame.payloadSize() > maxPayload) {
            throw new IllegalArgumentException(
                    "payload of page " + pgno + " must be at most " + maxPayload + " bytes: " + frame.payloadSize());
        }
        String expected = order.accept(pgno);
        if (expected != null) {
            throw new IllegalArgumentException("expected " + expected + ", got page " + pgno);
        }
        room(PageFrame.HEADER_SIZE + PageFrame.SIZE_FIELD);
        Bytes.putInt(buffer, filled, pgno);
        Bytes.putShort(buffer, filled + 4, PageFrame.FLAG_SIZE);
        Bytes.putInt(buffer, filled + PageFrame.HEADER_SIZE, frame.payloadSize());
        filled += PageFrame.HEADER_SIZE + PageFrame.SIZE_FIELD;
        append(frame.payload(), frame.payloadOffset(), frame.payloadSize());
        entries.add(pgno, frame.storedSize());
        crc = checksums.append(crc, pgno, PageFrame.FLAG_SIZE, frame.payloadSize(), frame.dataCrc());
        if (header.isSnapshot()) {
            databaseChecksum = PageChecksums.FLAG | (databaseChecksum ^ checksums.pageChecksum(pgno, frame.dataCrc()));
        }
    }

    /**
     * Ends a file without checksums: page index and trailer.
     *
     * @throws IllegalStateException if the file has checksums, was finished, or is an incomplete snapshot; or if it is a
     *     snapshot with a proof, and its pages give another database checksum
     */
    public LtxTrailer finish() throws IOException {
        if (header.hasChecksums()) {
            throw new IllegalStateException("a file with checksums needs a post-apply checksum");
        }
        return finishWith(0);
    }

    /**
     * Ends a file with checksums: page index and trailer.
     *
     * @param postApply database checksum after the file
     * @throws IllegalArgumentException if {@code postApply} is not a database checksum, or a snapshot has another
     * @throws IllegalStateException as {@link #finish()}, and if the file is one without checksums
     */
    public LtxTrailer finish(long postApply) throws IOException {
        if (!header.hasChecksums()) {
            throw new IllegalStateException("a file without checksums takes no post-apply checksum");
        }
        String expected = LtxFileChecksum.postApplyRule(header, postApply);
        if (expected != null) {
            throw new IllegalArgumentException("expected " + expected + ", got " + Proof.hex(postApply));
        }
        if (header.isSnapshot() && postApply != databaseChecksum) {
            throw new IllegalArgumentException("expected post-apply checksum " + Proof.hex(databaseChecksum)
                    + ", which the pages give, got " + Proof.hex(postApply));
        }
        return finishWith(postApply);
    }

    /** Whether the pages written so far, as a whole database, have the checksum that the proof promises, if it does. */
    boolean keepsProof() {
        Proof proof = header.proof();
        return !header.isSnapshot()
                || proof == null
                || !proof.knowsPostApply()
                || proof.postApply() == databaseChecksum;
    }

    /** Database checksum of the pages written so far; only of a snapshot. */
    long databaseChecksum() {
        return databaseChecksum;
    }

    private LtxTrailer finishWith(long postApply) throws IOException {
        requireOpen();
        String missing = order.missing();
        if (missing != null) {
            throw new IllegalStateException("expected " + missing + ", got pages up to " + order.previous());
        }
        if (!keepsProof()) {
            throw new IllegalStateException("the pages of this snapshot give the database checksum "
                    + Proof.hex(databaseChecksum) + ", but its proof is " + header.proof());
        }
        finished = true;
        byte[] end = new byte[PageFrame.HEADER_SIZE];
        append(end, 0, end.length);
        HashedRange front = new HashedRange(crc, 0);
        HashedRange index = entries.writeTo(this);
        long fileChecksum = LtxFileChecksum.of(front, index, postApply);
        room(LtxTrailer.SIZE);
        Bytes.putLong(buffer, filled, postApply);
        Bytes.putLong(buffer, filled + 8, fileChecksum);
        filled += LtxTrailer.SIZE;
        flush();
        return new LtxTrailer(postApply, fileChecksum, flushed);
    }

    private void requireOpen() {
        if (finished) {
            throw new IllegalStateException("the file of " + header.txIds() + " was finished");
        }
    }

    private void append(byte[] b, int off, int len) throws IOException {
        if (len > buffer.length) {
            flush();
            out.write(b, off, len);
            flushed += len;
            return;
        }
        room(len);
        System.arraycopy(b, off, buffer, filled, len);
        filled += len;
    }

    private void room(int len) throws IOException {
        if (len > buffer.length - filled) {
            flush();
        }
    }

    private void flush() throws IOException {
        out.write(buffer, 0, filled);
        flushed += filled;
        filled = 0;
    }

    /**
     * What the page index needs to know of each page: the distance from the page before and the length of the frame, as
     * uvarints in chunks.
     */
    private static final class EntryList {

        private static final int CHUNK = 16 * 1024;
        private static final int MAX_ENTRY = 10;
        private static final int MAX_INDEX_ENTRY = 20;

        private final List<byte[]> full = new ArrayList<>();
        private byte[] chunk = new byte[256];
        private int used;
        private int previous;

        void add(int pgno, int size) {
            if (used > chunk.length - MAX_ENTRY) {
                chunk = Arrays.copyOf(chunk, used);
                full.add(chunk);
                chunk = new byte[CHUNK];
                used = 0;
            }
            used = Bytes.putUvarint(chunk, used, pgno - previous);
            used = Bytes.putUvarint(chunk, used, size);
            previous = pgno;
        }

        /** Writes the page index; returns its CRC and length. */
        HashedRange writeTo(LtxEncoder encoder) throws IOException {
            full.add(Arrays.copyOf(chunk, used));
            byte[] b = new byte[MAX_INDEX_ENTRY];
            long crc = 0;
            long length = 0;
            long offset = LtxHeader.SIZE;
            int pgno = 0;
            for (byte[] c : full) {
                for (int at = 0; at < c.length; ) {
                    int delta = uvarint(c, at);
                    at += Bytes.uvarintSize(delta);
                    int size = uvarint(c, at);
                    at += Bytes.uvarintSize(size);
                    pgno += delta;
                    int n = Bytes.putUvarint(b, Bytes.putUvarint(b, Bytes.putUvarint(b, 0, pgno), offset), size);
                    crc = Crc64.update(crc, b, 0, n);
                    encoder.append(b, 0, n);
                    length += n;
                    offset += size;
                }
            }
            b[0] = 0;
            Bytes.putLong(b, 1, length + 1);
            encoder.append(b, 0, 9);
            return new HashedRange(Crc64.update(crc, b, 0, 9), length + 9);
        }

        private static int uvarint(byte[] b, int at) {
            int value = 0;
            int shift = 0;
            int pos = at;
            do {
                value |= (b[pos] & 0x7f) << shift;
                shift += 7;
            } while (b[pos++] < 0);
            return value;
        }
    }
}
