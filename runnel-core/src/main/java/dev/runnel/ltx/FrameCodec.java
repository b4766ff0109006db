package dev.runnel.ltx;

import dev.runnel.model.PageSize;
import java.util.Objects;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;
import org.jspecify.annotations.Nullable;

/**
 * Compresses and decompresses pages of one size. Holds one buffer; not thread-safe, so each thread has its own. There is
 * nothing to close.
 */
public final class FrameCodec {

    private final int pageSize;
    private final LZ4Compressor compressor;
    private final LZ4SafeDecompressor decompressor;
    // Made on first use: most codecs only decompress, and only old files need xxHash.
    private @Nullable XXHash32 xxHash;
    private byte[] buffer = {};

    public FrameCodec(PageSize pageSize) {
        LZ4Factory lz4 = lz4();
        this.pageSize = pageSize.bytes();
        this.compressor = lz4.fastCompressor();
        this.decompressor = lz4.safeDecompressor();
    }

    /** Upper bound of the length of a block that holds {@code size} bytes, for any compressor. */
    static int maxPayload(int size) {
        return size + size / 255 + 16;
    }

    /**
     * Compresses the page at {@code page[off]}.
     *
     * @param pgno page number, from 1
     * @return a frame in this codec's buffer, valid until the next call
     * @throws IndexOutOfBoundsException if there is no whole page at {@code off}
     */
    public PageFrame compress(int pgno, byte[] page, int off) {
        return compress(pgno, page, off, Crc64.update(0, page, off, pageSize));
    }

    /** {@link #compress(int, byte[], int)} of a page whose CRC is known. */
    PageFrame compress(int pgno, byte[] page, int off, long dataCrc) {
        if (buffer.length == 0) {
            buffer = new byte[maxPayload(pageSize)];
        }
        int size = compressor.compress(page, off, pageSize, buffer, 0, buffer.length);
        return new PageFrame(pgno, buffer, 0, size, dataCrc);
    }

    /**
     * Decompresses {@code frame} to {@code page[off]} and compares the result with the frame's CRC.
     *
     * @throws CorruptChangesetException if the payload is no LZ4 block of exactly one page, or of another page
     * @throws IndexOutOfBoundsException if {@code page} has no room for a page at {@code off}
     */
    public void decompress(PageFrame frame, byte[] page, int off) throws CorruptChangesetException {
        String resource = "frame of page " + frame.pgno();
        Objects.checkFromIndexSize(off, pageSize, page.length);
        int size = tryDecompress(frame.payload(), frame.payloadOffset(), frame.payloadSize(), page, off, pageSize);
        if (size != pageSize) {
            throw new CorruptChangesetException(resource, 0, blockOf(pageSize), foundBlockOf(size));
        }
        long crc = Crc64.update(0, page, off, pageSize);
        if (crc != frame.dataCrc()) {
            throw new CorruptChangesetException(
                    resource, 0, "a page with CRC " + Proof.hex(frame.dataCrc()), Proof.hex(crc));
        }
    }

    /**
     * Decompresses one block, never reading or writing outside the given ranges, whatever the block contains.
     *
     * @return number of bytes written, at most {@code maxSize}; -1 if this is no legal block or holds more
     */
    int tryDecompress(byte[] src, int srcOff, int srcSize, byte[] dest, int destOff, int maxSize) {
        try {
            return decompressor.decompress(src, srcOff, srcSize, dest, destOff, maxSize);
        } catch (LZ4Exception e) {
            return -1; // The only report of malformed input this decompressor has; the caller knows where it came from.
        }
    }

    static String blockOf(int size) {
        return "an LZ4 block of exactly " + size + " bytes";
    }

    static String foundBlockOf(int size) {
        return size < 0 ? "a malformed or larger block" : "a block of " + size + " bytes";
    }

    /** The 32-bit xxHash, seed 0, as LZ4 frames use it. */
    int xxHash32(byte[] b, int off, int len) {
        XXHash32 hash = xxHash;
        if (hash == null) {
            hash = xxHash();
            xxHash = hash;
        }
        return hash.hash(b, off, len, 0);
    }

    private static LZ4Factory lz4() {
        try {
            return LZ4Factory.fastestInstance();
        } catch (RuntimeException | LinkageError e) {
            return LZ4Factory.safeInstance(); // No native library and no Unsafe here: plain Java does it, too.
        }
    }

    private static XXHash32 xxHash() {
        try {
            return XXHashFactory.fastestInstance().hash32();
        } catch (RuntimeException | LinkageError e) {
            return XXHashFactory.safeInstance().hash32(); // As above.
        }
    }
}
