package dev.runnel.web.http;

import dev.runnel.storage.ExactLengthInputStream;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.io.InputStream;

/**
 * The answer to a GET with a {@code Range}: checks that it is what was asked for. A server that gives the whole object
 * instead is taken as it is; what was not asked for is read and dropped.
 */
public final class RangedReply {

    private final WebResponse response;
    private final String failed;
    private final String place;

    /**
     * @param response of success
     * @param failed what to say first when it is another
     */
    public RangedReply(WebResponse response, String failed, String place) {
        this.response = response;
        this.failed = failed;
        this.place = place;
    }

    /** The value of a {@code Range} header. */
    public static String header(long offset, long length) {
        return "bytes=" + offset + "-" + (offset + length - 1);
    }

    /** What {@code ObjectStore.open} promises. Closes the answer if it is not that. */
    public InputStream range(long offset, long length) throws IOException {
        long given = response.length();
        if (response.status() == 206 && given == length) {
            return exact(response.body(), length);
        }
        long size = response.status() == 206 ? size() : given;
        if (size >= 0 && offset + length > size) {
            response.abort();
            throw outside(failed, offset, length, size);
        }
        if (response.status() == 206) {
            response.abort();
            throw new StorageException(failed + ": asked for " + length + " bytes, " + place + " gave " + given);
        }
        skip(offset);
        return exact(response.body(), length);
    }

    /** What {@code ObjectStore.readTail} promises. */
    public ObjectTail tail(int maxLength) throws IOException {
        try (response) {
            long size = response.status() == 206 ? size() : response.length();
            if (size < 0) {
                throw new StorageException(failed + ": " + place + " tells no length");
            }
            int wanted = (int) Math.min(size, maxLength);
            if (response.status() != 206) {
                skip(size - wanted);
            } else if (response.length() != wanted) {
                response.abort();
                throw new StorageException(failed + ": asked for the last " + maxLength + " of " + size + " bytes, "
                        + place + " gave " + response.length());
            }
            try (InputStream exact = exact(response.body(), wanted)) {
                return new ObjectTail(exact.readAllBytes(), size);
            }
        }
    }

    /** What {@code ObjectStore.open} promises for no bytes, of an object that is there. */
    public static InputStream empty(ObjectEntry object, long offset, String failed) throws StorageException {
        if (offset > object.size()) {
            throw outside(failed, offset, 0, object.size());
        }
        return InputStream.nullInputStream();
    }

    /** For a range that does not lie inside its object. */
    private static StorageException outside(String failed, long offset, long length, long size) {
        return new StorageException(
                failed + ": range " + offset + "+" + length + " lies outside its " + size + " bytes");
    }

    private InputStream exact(InputStream body, long length) {
        String md5 = response.md5();
        InputStream checked =
                md5 == null || response.length() != length ? body : new Md5Stream(body, length, md5, failed);
        return new ExactLengthInputStream(checked, length, failed, this::broken);
    }

    private void skip(long bytes) throws TransientStorageException {
        try {
            response.body().skipNBytes(bytes);
        } catch (IOException e) {
            response.abort();
            throw broken(e);
        }
    }

    private TransientStorageException broken(IOException e) {
        return new TransientStorageException(failed + ": the connection to " + place + " broke: " + e.getMessage(), e);
    }

    /** {@code bytes 0-9/1000} tells 1000; -1 if it does not. */
    private long size() throws StorageException {
        String range = String.valueOf(response.header("Content-Range"));
        String size = range.substring(range.lastIndexOf('/') + 1);
        if (size.equals("*")) {
            return -1;
        }
        try {
            return Long.parseLong(size);
        } catch (NumberFormatException e) {
            response.abort();
            throw new StorageException(failed + ": Content-Range is '" + range + "'", e);
        }
    }
}
