package dev.runnel.s3;

import dev.runnel.storage.BodySlice;
import dev.runnel.storage.ObjectBody;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.ContentStreamProvider;

/** A {@link BodySlice} for the SDK, which reads it once for the signature and once per attempt. */
final class BodySource implements ContentStreamProvider, AutoCloseable {

    private final BodySlice slice;

    BodySource(ObjectBody body, long offset, long length) {
        this.slice = new BodySlice(body, offset, length);
    }

    long length() {
        return slice.length();
    }

    /** Why the body could not be read; null if it could. */
    @Nullable
    IOException failure() {
        return slice.failure();
    }

    /** Base64 of the CRC-32 of the bytes, big-endian; reads them once. */
    String crc32() {
        CRC32 crc = new CRC32();
        try {
            slice.read(crc::update);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] value = ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
        return Base64.getEncoder().encodeToString(value);
    }

    @Override
    public InputStream newStream() {
        try {
            return slice.newStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        slice.close();
    }
}
