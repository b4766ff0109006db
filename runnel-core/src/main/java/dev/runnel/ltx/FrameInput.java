package dev.runnel.ltx;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A window that moves over an LTX file: either over a stream, or fixed over a part of the file in memory. The bytes
 * between {@link #pos} and {@link #limit} are at hand; {@link #need} makes more of them so.
 */
final class FrameInput {

    private static final int INITIAL_SIZE = 16 * 1024;

    final String resource;
    byte[] buf;
    int pos;
    int limit;
    private long base;
    private final @Nullable InputStream in;
    private long hash;
    private int hashedTo = -1;

    /** A window over a whole file, at its beginning. */
    FrameInput(InputStream in, String resource) {
        this.in = in;
        this.resource = resource;
        this.buf = new byte[INITIAL_SIZE];
    }

    /** A window over nothing; see {@link #over}. */
    FrameInput(String resource) {
        this.in = null;
        this.resource = resource;
        this.buf = new byte[0];
    }

    /** Puts the window over {@code src[from..to)}; {@code from} is at {@code fileOffset} of the file. */
    void over(byte[] src, int from, int to, long fileOffset) {
        buf = src;
        pos = from;
        limit = to;
        base = fileOffset - from;
    }

    /** Where in the file {@link #pos} is. */
    long offset() {
        return base + pos;
    }

    /**
     * Makes {@code n} bytes stand at {@link #pos}, which moves with them. {@code n} must be bounded by what the format
     * allows, never by what the file claims.
     *
     * @param what what these bytes are, for the message
     * @throws CorruptChangesetException if the file ends before
     */
    void need(int n, String what) throws IOException {
        if (limit - pos < n && !fill(n)) {
            throw CorruptChangesetException.truncated(resource, base + limit, what);
        }
    }

    /** Whether the file ends here. */
    boolean atEnd() throws IOException {
        return limit == pos && !fill(1);
    }

    /** Starts a checksum of the bytes that are passed from here on. */
    void startHash() {
        hash = 0;
        hashedTo = pos;
    }

    /** Checksum of the bytes passed since {@link #startHash}. */
    long endHash() {
        long result = Crc64.update(hash, buf, hashedTo, pos - hashedTo);
        hashedTo = -1;
        return result;
    }

    private boolean fill(int n) throws IOException {
        if (in == null) {
            return false;
        }
        if (hashedTo >= 0) {
            hash = Crc64.update(hash, buf, hashedTo, pos - hashedTo);
            hashedTo = 0;
        }
        byte[] target = n > buf.length ? new byte[n + INITIAL_SIZE] : buf;
        System.arraycopy(buf, pos, target, 0, limit - pos);
        buf = target;
        base += pos;
        limit -= pos;
        pos = 0;
        while (limit < n) {
            int read = in.read(buf, limit, buf.length - limit);
            if (read < 0) {
                return false;
            }
            limit += read;
        }
        return true;
    }
}
