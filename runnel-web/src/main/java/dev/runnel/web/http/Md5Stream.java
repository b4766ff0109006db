package dev.runnel.web.http;

import dev.runnel.storage.BodySlice;
import dev.runnel.storage.SingleByte;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Compares what was read with the MD5 that the service told, before the last byte is given. Confined to one thread. */
public final class Md5Stream extends FilterInputStream {

    private final MessageDigest digest = md5();
    private final String expected;
    private final String failed;
    private long remaining;

    /**
     * @param length bytes that {@code in} gives
     * @param expected Base64
     * @param failed what to say first when it is another one
     */
    public Md5Stream(InputStream in, long length, String expected, String failed) {
        super(in);
        this.remaining = length;
        this.expected = expected;
        this.failed = failed;
    }

    @Override
    public int read() throws IOException {
        return SingleByte.of(this);
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        int read = in.read(target, offset, count);
        if (read > 0) {
            digest.update(target, offset, read);
            remaining -= read;
            if (remaining == 0) {
                compare();
            }
        }
        return read;
    }

    @Override
    public long skip(long count) {
        return 0; // callers then read
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    private void compare() throws TransientStorageException {
        String actual = Base64.getEncoder().encodeToString(digest.digest());
        if (!actual.equals(expected)) {
            throw new TransientStorageException(
                    failed + ": its bytes changed on the way: MD5 " + actual + ", the service told " + expected);
        }
    }

    /**
     * Base64 of the MD5 of a body's bytes; reads them once.
     *
     * @param failed what to say first when the body cannot be read
     */
    public static String of(BodySlice body, String failed) throws StorageException {
        MessageDigest digest = md5();
        try {
            body.read(digest::update);
        } catch (IOException e) {
            throw new StorageException(failed + ": its body cannot be read: " + e.getMessage(), e);
        }
        return Base64.getEncoder().encodeToString(digest.digest());
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has MD5", e);
        }
    }
}
