package dev.runnel.storage;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Bytes to store: of known length and readable more than once, so that an SDK can send them again. */
public interface ObjectBody {

    /** Length in bytes. */
    long length();

    /** A new stream over all bytes. May be called several times, also at the same time; the caller closes each. */
    InputStream open() throws IOException;

    /** The bytes of an array, which must not change afterwards. */
    static ObjectBody of(byte[] bytes) {
        return new ObjectBody() {
            @Override
            public long length() {
                return bytes.length;
            }

            @Override
            public InputStream open() {
                return new ByteArrayInputStream(bytes);
            }
        };
    }

    /** The bytes of a file, which must not change until the write has ended. */
    static ObjectBody of(Path file) throws IOException {
        long length = Files.size(file);
        return new ObjectBody() {
            @Override
            public long length() {
                return length;
            }

            @Override
            public InputStream open() throws IOException {
                return Files.newInputStream(file);
            }
        };
    }
}
