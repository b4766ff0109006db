package dev.runnel.age;

import com.exceptionfactory.jagged.framework.crypto.CipherKey;
import com.exceptionfactory.jagged.framework.crypto.StandardByteBufferCipherFactory;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.storage.SingleByte;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Objects;

/**
 * Part of the content of an age file. Gives nothing of a chunk before all of it is authenticated: what was changed or cut
 * off is a {@link CorruptChangesetException}. Confined to one thread; closes its source.
 */
final class OpeningStream extends InputStream {

    private final InputStream stored;
    private final CipherKey key;
    private final Chunks chunks;
    private final String resource;
    private final ByteBuffer chunk;
    private long index;
    private int skip;
    private long remaining;

    /**
     * @param stored begins with the chunk that holds the first byte of {@code range}
     * @param range what to give of the content, which lies in it
     */
    OpeningStream(InputStream stored, CipherKey key, Chunks chunks, Range range, String resource) {
        this.stored = stored;
        this.key = key;
        this.chunks = chunks;
        this.resource = resource;
        this.index = range.firstChunk();
        this.skip = (int) (range.offset() % Chunks.PLAIN);
        this.remaining = range.length();
        // Many small files are open at once when they are merged.
        this.chunk = ByteBuffer.allocate((int) Math.min(Chunks.PLAIN, chunks.plain()))
                .limit(0);
    }

    /**
     * A range of the content, in bytes.
     */
    record Range(long offset, long length) {

        long firstChunk() {
            return offset / Chunks.PLAIN;
        }

        /** The last chunk that it touches; an empty range touches that of its offset. */
        long lastChunk() {
            return length == 0 ? firstChunk() : (offset + length - 1) / Chunks.PLAIN;
        }
    }

    /** Authenticates the next chunk, also if nothing is to be given of it. */
    OpeningStream verified() throws IOException {
        fill();
        return this;
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
        if (!chunk.hasRemaining()) {
            fill();
        }
        int given = (int) Math.min(Math.min(count, chunk.remaining()), remaining);
        chunk.get(target, offset, given);
        remaining -= given;
        return given;
    }

    private void fill() throws IOException {
        int length = chunks.length(index);
        byte[] sealed = stored.readNBytes(length);
        if (sealed.length < length) {
            throw new TransientStorageException(
                    resource + ": ended after " + sealed.length + " of the " + length + " bytes of a chunk");
        }
        chunk.clear();
        try {
            new StandardByteBufferCipherFactory()
                    .newByteBufferDecryptor(key, Chunks.nonce(index, chunks.isLast(index)))
                    .decrypt(ByteBuffer.wrap(sealed), chunk);
        } catch (GeneralSecurityException | RuntimeException e) {
            chunk.limit(0);
            throw new CorruptChangesetException(
                    resource,
                    chunks.offset(index),
                    "encrypted bytes that authenticate",
                    "others: changed or cut off after they were encrypted");
        }
        chunk.flip();
        chunk.position(Math.min(skip, chunk.limit()));
        skip = 0;
        index++;
        if (!chunk.hasRemaining() && remaining > 0) {
            throw new CorruptChangesetException(resource, chunks.offset(index), "a chunk with content", "an empty one");
        }
    }

    @Override
    public int available() {
        return (int) Math.min(chunk.remaining(), remaining);
    }

    @Override
    public void close() throws IOException {
        stored.close();
    }
}
