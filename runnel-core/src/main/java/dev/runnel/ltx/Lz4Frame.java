package dev.runnel.ltx;

import java.io.IOException;

/**
 * Decodes one LZ4 frame that holds exactly one page, as Litestream up to 0.5.15 wrote them. The length of the frame is
 * known only when its end is reached, and nothing behind it is looked at. Verifies every checksum the frame carries.
 *
 * <p>Source: the LZ4 frame format, version 1.6.4. Not supported are dictionaries and blocks that refer to earlier blocks;
 * no Litestream writes them.
 */
final class Lz4Frame {

    static final int MAGIC = 0x184d_2204;
    private static final int VERSION_MASK = 0xc0;
    private static final int VERSION = 0x40;
    private static final int INDEPENDENT = 0x20;
    private static final int BLOCK_CHECKSUM = 0x10;
    private static final int CONTENT_SIZE = 0x08;
    private static final int CONTENT_CHECKSUM = 0x04;
    private static final int RESERVED = 0x02;
    private static final int DICTIONARY = 0x01;

    private final FrameInput in;
    private final FrameCodec codec;
    private final byte[] page;
    private int filled;
    private int blocks;

    private Lz4Frame(FrameInput in, FrameCodec codec, byte[] page) {
        this.in = in;
        this.codec = codec;
        this.page = page;
    }

    /** Decodes the frame at {@code in}, which then stands behind it, to {@code page}. */
    static void decode(FrameInput in, FrameCodec codec, byte[] page) throws IOException {
        new Lz4Frame(in, codec, page).decode();
    }

    private void decode() throws IOException {
        int flags = descriptor();
        while (block(flags)) {
            blocks++;
        }
        if (filled != page.length) {
            throw corrupt(in.offset(), "an LZ4 frame of exactly " + page.length + " bytes", filled + " bytes");
        }
        if ((flags & CONTENT_CHECKSUM) != 0) {
            in.need(4, "the content checksum of an LZ4 frame");
            expectHash("content checksum", codec.xxHash32(page, 0, page.length));
        }
    }

    /** Reads magic and descriptor; returns the flags. */
    private int descriptor() throws IOException {
        long start = in.offset();
        in.need(7, "an LZ4 frame header");
        int magic = Bytes.getIntLe(in.buf, in.pos);
        if (magic != MAGIC) {
            throw corrupt(start, "an LZ4 frame (magic 184d2204)", String.format("%08x", magic));
        }
        int flags = in.buf[in.pos + 4] & 0xff;
        int descriptor = (flags & CONTENT_SIZE) != 0 ? 10 : 2;
        descriptor += (flags & DICTIONARY) != 0 ? 4 : 0;
        in.need(4 + descriptor + 1, "an LZ4 frame header");
        int check = codec.xxHash32(in.buf, in.pos + 4, descriptor) >>> 8 & 0xff;
        int stored = in.buf[in.pos + 4 + descriptor] & 0xff;
        if (check != stored) {
            throw corrupt(start + 4 + descriptor, "LZ4 header checksum " + String.format("%02x", check), hex8(stored));
        }
        int block = in.buf[in.pos + 5] & 0xff;
        if ((flags & VERSION_MASK) != VERSION || (flags & RESERVED) != 0 || (block & 0x8f) != 0 || block < 0x40) {
            throw corrupt(start + 4, "LZ4 frame version 1", "flags " + hex8(flags) + ", block size " + hex8(block));
        }
        if ((flags & DICTIONARY) != 0) {
            throw new UnsupportedFormatVersionException(
                    in.resource, "LZ4 frame with a dictionary at byte " + start + "; no Litestream writes these");
        }
        long size = (flags & CONTENT_SIZE) != 0 ? Bytes.getLongLe(in.buf, in.pos + 6) : page.length;
        if (size != page.length) {
            throw corrupt(start + 6, "LZ4 content size " + page.length, Long.toUnsignedString(size));
        }
        in.pos += 4 + descriptor + 1;
        return flags;
    }

    private static String hex8(int value) {
        return String.format("%02x", value);
    }

    /** Reads one block; returns false if it was the end mark. */
    private boolean block(int flags) throws IOException {
        long start = in.offset();
        in.need(4, "an LZ4 block size");
        int field = Bytes.getIntLe(in.buf, in.pos);
        in.pos += 4;
        if (field == 0) {
            return false;
        }
        boolean raw = field < 0;
        int size = field & Integer.MAX_VALUE;
        int room = page.length - filled;
        if (size == 0 || size > (raw ? room : FrameCodec.maxPayload(page.length))) {
            throw corrupt(start, "an LZ4 block of 1 to " + room + " bytes", size + (raw ? " raw" : " packed"));
        }
        if (blocks > 0 && (flags & INDEPENDENT) == 0) {
            throw new UnsupportedFormatVersionException(
                    in.resource, "LZ4 frame of linked blocks at byte " + start + "; no Litestream writes these");
        }
        boolean checked = (flags & BLOCK_CHECKSUM) != 0;
        in.need(size + (checked ? 4 : 0), "an LZ4 block of " + size + " bytes");
        if (raw) {
            System.arraycopy(in.buf, in.pos, page, filled, size);
            filled += size;
        } else {
            int decoded = codec.tryDecompress(in.buf, in.pos, size, page, filled, room);
            if (decoded <= 0) {
                // Empty blocks are refused, so that a frame of one page cannot be endless.
                throw corrupt(start + 4, "an LZ4 block of 1 to " + room + " bytes", FrameCodec.foundBlockOf(decoded));
            }
            filled += decoded;
        }
        int hash = checked ? codec.xxHash32(in.buf, in.pos, size) : 0;
        in.pos += size;
        if (checked) {
            expectHash("block checksum", hash);
        }
        return true;
    }

    private void expectHash(String what, int expected) throws CorruptChangesetException {
        int stored = Bytes.getIntLe(in.buf, in.pos);
        if (stored != expected) {
            throw corrupt(
                    in.offset(), "LZ4 " + what + " " + String.format("%08x", expected), String.format("%08x", stored));
        }
        in.pos += 4;
    }

    private CorruptChangesetException corrupt(long offset, String expected, String actual) {
        return new CorruptChangesetException(in.resource, offset, expected, actual);
    }
}
