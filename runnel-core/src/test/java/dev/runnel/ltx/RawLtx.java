package dev.runnel.ltx;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;

/**
 * Writes LTX files without any rule, legal or not, with checksums that are right for what it writes: for files that
 * {@link LtxEncoder} would refuse, and as a second opinion on those it writes.
 */
final class RawLtx {

    private record Entry(long pgno, long offset, long size) {}

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final NaiveCrc64 crc = new NaiveCrc64();
    private final List<Entry> entries = new ArrayList<>();

    static RawLtx of(LtxHeader header) {
        return of(header.encode());
    }

    static RawLtx of(byte[] header) {
        return new RawLtx().hashed(header);
    }

    private RawLtx plain(byte[] b) {
        out.writeBytes(b);
        return this;
    }

    private RawLtx hashed(byte[] b) {
        crc.add(b);
        return plain(b);
    }

    /** A frame in the block form. */
    RawLtx block(int pgno, byte[] data) {
        byte[] payload = LZ4Factory.safeInstance().fastCompressor().compress(data);
        return block(pgno, payload.length, payload, data);
    }

    RawLtx block(int pgno, int size, byte[] payload, byte[] data) {
        byte[] header = new byte[10];
        Bytes.putInt(header, 0, pgno);
        Bytes.putShort(header, 4, 1);
        Bytes.putInt(header, 6, size);
        return frame(pgno, header, payload, data);
    }

    /** A frame in the old form. */
    RawLtx oldFrame(int pgno, byte[] lz4Frame, byte[] data) {
        byte[] header = new byte[6];
        Bytes.putInt(header, 0, pgno);
        return frame(pgno, header, lz4Frame, data);
    }

    RawLtx frame(int pgno, byte[] header, byte[] payload, byte[] data) {
        entries.add(new Entry(Integer.toUnsignedLong(pgno), out.size(), header.length + payload.length));
        hashed(header).plain(payload);
        crc.add(data);
        return this;
    }

    /** Adds a wrong entry to the index, in place of the one written last. */
    RawLtx replaceEntry(int i, long pgno, long offset, long size) {
        entries.set(i, new Entry(pgno, offset, size));
        return this;
    }

    RawLtx removeEntry(int i) {
        entries.remove(i);
        return this;
    }

    byte[] finish() {
        return finish(0);
    }

    byte[] finish(long postApply) {
        return finish(index(), postApply);
    }

    byte[] index() {
        ByteArrayOutputStream index = new ByteArrayOutputStream();
        for (Entry e : entries) {
            for (long v : new long[] {e.pgno, e.offset, e.size}) {
                byte[] b = new byte[10];
                index.write(b, 0, Bytes.putUvarint(b, 0, v));
            }
        }
        index.write(0);
        return index.toByteArray();
    }

    /** Ends the file with this index (entries and end mark), whatever it is. */
    byte[] finish(byte[] index, long postApply) {
        byte[] size = new byte[8];
        Bytes.putLong(size, 0, index.length);
        return finish(index, size, postApply);
    }

    byte[] finish(byte[] index, byte[] size, long postApply) {
        hashed(new byte[6]).hashed(index).hashed(size);
        byte[] post = new byte[8];
        Bytes.putLong(post, 0, postApply);
        hashed(post);
        byte[] checksum = new byte[8];
        Bytes.putLong(checksum, 0, PageChecksums.FLAG | crc.value());
        return plain(checksum).out.toByteArray();
    }

    /** An LTX file in the old form with the content of {@code spec}. */
    static byte[] oldForm(ChangesetSpec spec, FLG.Bits... bits) {
        RawLtx raw = of(spec.header());
        for (ChangesetSpec.PageSpec page : spec.pages()) {
            raw.oldFrame(page.pgno(), lz4Frame(page.data(), bits), page.data());
        }
        return raw.finish();
    }

    /** One LZ4 frame; by default with the flags that Litestream used. */
    static byte[] lz4Frame(byte[] data, FLG.Bits... bits) {
        FLG.Bits[] flags =
                bits.length > 0 ? bits : new FLG.Bits[] {FLG.Bits.BLOCK_INDEPENDENCE, FLG.Bits.CONTENT_CHECKSUM};
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        boolean sized = List.of(flags).contains(FLG.Bits.CONTENT_SIZE);
        try (LZ4FrameOutputStream lz4 =
                new LZ4FrameOutputStream(frame, BLOCKSIZE.SIZE_64KB, sized ? data.length : -1, flags)) {
            lz4.write(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return frame.toByteArray();
    }
}
