package dev.runnel.storage;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A body or a part of one on its way to a service. A body that fails or has another length than it said never reaches the
 * service whole: its last bytes are given only when it is known to end there. Remembers the failure, so that it is not
 * taken for one of the network. Thread-safe, but for the streams it gives.
 */
public final class BodySlice implements AutoCloseable {

    private static final int CHUNK_BYTES = 64 * 1024;

    /** Takes bytes, as a checksum does. */
    @FunctionalInterface
    public interface Bytes {
        /** Takes {@code count} bytes of {@code bytes} from {@code offset} on; the array is used again afterwards. */
        void update(byte[] bytes, int offset, int count);
    }

    private final ObjectBody body;
    private final long offset;
    private final long length;
    private @Nullable InputStream open; // guarded by this
    private volatile @Nullable IOException failure;

    /** The bytes {@code offset} to {@code offset + length} of a body. */
    public BodySlice(ObjectBody body, long offset, long length) {
        this.body = body;
        this.offset = offset;
        this.length = length;
    }

    /** A whole body. */
    public static BodySlice whole(ObjectBody body) {
        return new BodySlice(body, 0, body.length());
    }

    /** The bytes of an array, which must not change afterwards. */
    public static BodySlice of(byte[] bytes) {
        return whole(ObjectBody.of(bytes));
    }

    /** Length in bytes. */
    public long length() {
        return length;
    }

    /** Why the body could not be read; null if it could. */
    public @Nullable IOException failure() {
        return failure;
    }

    /**
     * Reads all bytes once.
     *
     * @throws IOException if that fails; also told by {@link #failure}
     */
    public void read(Bytes target) throws IOException {
        byte[] buffer = new byte[(int) Math.max(1, Math.min(CHUNK_BYTES, length))];
        try (InputStream in = newStream()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                target.update(buffer, 0, read);
            }
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /**
     * The bytes from the start; closes the stream that was given before.
     *
     * @throws IOException if there is none; also told by {@link #failure}
     */
    public synchronized InputStream newStream() throws IOException {
        close();
        try {
            InputStream in = body.open();
            open = in;
            in.skipNBytes(offset);
            return new Exact(in);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /** Closes the stream given last. */
    @Override
    public synchronized void close() {
        InputStream in = open;
        open = null;
        if (in == null) {
            return;
        }
        try {
            in.close();
        } catch (IOException e) {
            failure = e;
        }
    }

    private final class Exact extends FilterInputStream {

        private long remaining = length;

        Exact(InputStream in) throws IOException {
            super(in);
            if (length == 0) {
                checkEnd();
            }
        }

        @Override
        public int read() throws IOException {
            return SingleByte.of(this);
        }

        @Override
        public int read(byte[] target, int at, int count) throws IOException {
            if (count == 0 || remaining == 0) {
                return count == 0 ? 0 : -1;
            }
            try {
                int read = in.read(target, at, (int) Math.min(count, remaining));
                if (read < 0) {
                    throw new IOException("it ended " + remaining + " bytes before the length it had told");
                }
                remaining -= read;
                if (remaining == 0) {
                    checkEnd();
                }
                return read;
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public long skip(long count) throws IOException {
            return 0; // callers then read
        }

        @Override
        public int available() throws IOException {
            return (int) Math.min(in.available(), remaining);
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        private void checkEnd() throws IOException {
            if (offset + length == body.length() && in.read() >= 0) {
                throw new IOException("it gave more than the " + body.length() + " bytes it had told");
            }
        }
    }
}
