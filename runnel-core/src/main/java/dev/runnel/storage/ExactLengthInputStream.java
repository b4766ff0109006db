package dev.runnel.storage;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/**
 * The stream that {@link ObjectStore#open} promises: exactly so many bytes or an exception. Bytes of the source behind
 * them are not given. Confined to one thread; closes its source.
 */
public final class ExactLengthInputStream extends InputStream {

    /** Turns what the source throws into the vocabulary of the store. */
    @FunctionalInterface
    public interface ErrorMapper {
        /** The exception to throw for one of the source. */
        StorageException map(IOException cause);
    }

    private final InputStream source;
    private final long length;
    private final String what;
    private final ErrorMapper errors;
    private long remaining;

    /**
     * @param length bytes to give, 0 or more
     * @param what names object and store in messages
     */
    public ExactLengthInputStream(InputStream source, long length, String what, ErrorMapper errors) {
        this.source = source;
        this.length = length;
        this.what = what;
        this.errors = errors;
        this.remaining = length;
    }

    @Override
    public int read() throws IOException {
        return SingleByte.of(this);
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, target.length);
        if (count == 0) {
            return 0;
        }
        if (remaining == 0) {
            return -1;
        }
        int read;
        try {
            read = source.read(target, offset, (int) Math.min(count, remaining));
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw errors.map(e);
        }
        if (read < 0) {
            throw new TransientStorageException(
                    what + ": body ended after " + (length - remaining) + " of " + length + " bytes");
        }
        remaining -= read;
        return read;
    }

    @Override
    public int available() throws IOException {
        return (int) Math.min(source.available(), remaining);
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
