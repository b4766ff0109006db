package dev.runnel.ltx;

import java.util.Arrays;
import java.util.Objects;

/**
 * One page, compressed as a raw LZ4 block.
 *
 * <p>The array may be a shared buffer of whoever made the frame: {@link FrameCodec} and {@link LtxDecoder} hand out frames
 * that are valid until they are asked for the next one. {@link #copy} makes a frame that owns its bytes. Nobody may
 * change the bytes of a frame that was handed to him.
 *
 * @param pgno page number, from 1
 * @param payload array that holds the block
 * @param payloadOffset where the block begins in {@code payload}
 * @param payloadSize length of the block in bytes, at least 1; more than the page size if the page is incompressible
 * @param dataCrc {@link Crc64} of the uncompressed page
 */
@SuppressWarnings("ArrayRecordComponent") // A frame is a window into a buffer; nobody compares frames.
public record PageFrame(int pgno, byte[] payload, int payloadOffset, int payloadSize, long dataCrc) {

    /** Length of the page header in front of every frame: page number and flags. */
    static final int HEADER_SIZE = 6;
    /** Length of the size field that follows the header where {@link #FLAG_SIZE} is set. */
    static final int SIZE_FIELD = 4;
    /** Page header flag: a size field follows, and the payload is a raw LZ4 block. */
    static final int FLAG_SIZE = 1;

    public PageFrame {
        if (pgno < 1) {
            throw new IllegalArgumentException("page number must be at least 1: " + pgno);
        }
        if (payloadSize < 1) {
            throw new IllegalArgumentException("payload of page " + pgno + " must not be empty: " + payloadSize);
        }
        Objects.checkFromIndexSize(payloadOffset, payloadSize, payload.length);
    }

    /** The same frame in an array of its own. */
    public PageFrame copy() {
        byte[] own = Arrays.copyOfRange(payload, payloadOffset, payloadOffset + payloadSize);
        return new PageFrame(pgno, own, 0, payloadSize, dataCrc);
    }

    /** Length of the frame in an LTX file, in bytes. */
    public int storedSize() {
        return HEADER_SIZE + SIZE_FIELD + payloadSize;
    }
}
