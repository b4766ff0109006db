package dev.runnel.sftp;

import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a body into a new file, several pieces on their way at the same time. Confined to one thread. */
final class SftpUpload {

    private static final Logger LOG = LoggerFactory.getLogger(SftpUpload.class);

    private static final int WRITES_AHEAD = 32;

    private final SftpClient client;
    private final byte[] handle;
    private final int writesAhead;
    private final Deque<Pending> writes = new ArrayDeque<>();
    private boolean closing;

    /** @param concurrent whether a write is sent before the one before it is confirmed */
    SftpUpload(SftpClient client, byte[] handle, boolean concurrent) {
        this.client = client;
        this.handle = handle;
        this.writesAhead = concurrent ? WRITES_AHEAD : 1;
    }

    /**
     * Writes all of it and closes the file, durable but for its name where the server can say so.
     *
     * @param name names the object in messages
     * @param timestamp to be its modification time, to the second; null for the time of writing
     * @return attributes of the file
     */
    Attributes write(String name, ObjectBody body, @Nullable Instant timestamp) throws IOException {
        copy(name, body);
        // All of this is carried out in order, so that it costs one round trip and not four.
        Pending modified = timestamp == null ? null : client.setModified(handle, Attributes.keptOf(timestamp));
        Pending synced = client.canSync() ? client.sync(handle) : null;
        Pending attributes = client.attributes(handle);
        closing = true;
        Pending closed = client.close(handle);
        confirm(0);
        if (modified != null) {
            tolerate(name, modified);
        }
        if (synced != null) {
            synced.await().success();
        }
        Attributes written = attributes.await().attributes();
        closed.await().success();
        if (written.size() != body.length()) {
            throw new StorageException(name + ": the server has " + written.size() + " bytes after " + body.length()
                    + " were written; is its disk full?");
        }
        return written;
    }

    /** Gives up: closes the file unless it was closed already. To close twice could close another's. */
    void abandon() {
        if (!closing) {
            closing = true;
            client.abandon(handle);
        }
    }

    /** Some servers (in front of object stores) keep no times. Restores go by the time in the files themselves. */
    private static void tolerate(String name, Pending modified) throws IOException {
        try {
            modified.await().success();
        } catch (SftpStatusException e) {
            LOG.atDebug().setCause(e).log("{}: the server does not let its time be set", name);
        }
    }

    private void copy(String name, ObjectBody body) throws IOException {
        long length = body.length();
        long copied = 0;
        try (InputStream in = open(name, body)) {
            byte[] piece = new byte[(int) Math.min(SftpClient.DATA_BYTES_MAX, length + 1)];
            int read;
            while (copied <= length && (read = read(name, in, piece)) > 0) {
                confirm(writesAhead - 1);
                writes.add(client.write(handle, copied, piece, read));
                copied += read;
            }
        }
        if (copied != length) {
            throw new StorageException(name + ": its body gave " + (copied > length ? "more than " : copied + " of ")
                    + length + " bytes; did its source change while it was read?");
        }
    }

    /** Waits until no more than so many writes are on their way. */
    private void confirm(int atMost) throws IOException {
        while (writes.size() > atMost) {
            writes.remove().await().success();
        }
    }

    private static InputStream open(String name, ObjectBody body) throws StorageException {
        try {
            return body.open();
        } catch (IOException e) {
            throw sourceFailure(name, e);
        }
    }

    /** Fills the piece if the source has so much; 0 at its end. */
    private static int read(String name, InputStream in, byte[] piece) throws StorageException {
        try {
            return in.readNBytes(piece, 0, piece.length);
        } catch (IOException e) {
            throw sourceFailure(name, e);
        }
    }

    private static StorageException sourceFailure(String name, IOException e) {
        return new StorageException(name + ": its body cannot be read: " + e.getMessage(), e);
    }
}
