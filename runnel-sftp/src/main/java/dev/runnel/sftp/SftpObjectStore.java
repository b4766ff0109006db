package dev.runnel.sftp;

import dev.runnel.storage.ExactLengthInputStream;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Objects as files on a server that speaks SFTP version 3, below a root directory: the key is the relative path.
 *
 * <ul>
 *   <li>A {@code put} writes {@code <name>.<unique>.tmp} beside the target, forces it to the disk where the server has
 *       {@code fsync@openssh.com}, and renames it in one step with {@code posix-rename@openssh.com}. On a server without
 *       that, an object that is replaced is absent for a moment. SFTP cannot force a directory to the disk: after a
 *       power failure of the server, the last names may be missing, as its file system decides.
 *   <li>There are no conditions: SFTP has no step that compares and replaces. So nothing fences one writer from another;
 *       see {@link #supportsConditions}.
 *   <li>The timestamp is the file's modification time, as Litestream has it. The protocol has whole seconds, 1970 to
 *       2106, for it: what is below the second is lost. An object stored without a timestamp has the time of its writing.
 *   <li>A tree cannot hold a key and another one below it ({@code a} and {@code a/b}), nor empty segments ({@code /a},
 *       {@code a//b}), nor names that end in {@code .tmp}: a {@link StorageException} says so.
 *   <li>Directories are made on demand, also the root, and stay when they become empty. Symbolic links are followed; a
 *       listing passes at most one to a directory on its way.
 *   <li>One connection serves all threads. It is made when it is first needed, and anew when it was lost or has been
 *       idle for five minutes. What was waiting for a reply when it was lost fails with a
 *       {@link TransientStorageException}, or with an {@code IndeterminateWriteException} if only the renaming was left.
 * </ul>
 */
public final class SftpObjectStore implements ObjectStore {

    /** Requests of a mass deletion on their way at the same time. */
    private static final int REMOVALS_AHEAD = 64;

    private final SftpConnections connections;
    private final SftpPlace place;
    private final SftpPublisher publisher;

    /**
     * Makes no connection yet.
     *
     * @param root need not exist; the first write makes it. Begins at the directory where the server puts the user,
     *     unless it starts with a slash
     */
    public SftpObjectStore(SftpSettings settings, String root) {
        this.connections = new SftpConnections(settings);
        this.place = new SftpPlace(settings, root);
        this.publisher = new SftpPublisher(place, settings.concurrentWrites());
    }

    @Override
    public String describe() {
        return place.describe();
    }

    /** No: two writers can both look at an object and then replace it, one after the other. */
    @Override
    public boolean supportsConditions() {
        return false;
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        ObjectKeys.check(key);
        if (condition.isIfAbsent() || condition.etag() != null) {
            throw new UnsupportedOperationException(place.name(key) + ": SFTP has no conditional writes");
        }
        try (SftpClient client = connections.client()) {
            return publisher.put(client, key, body, timestamp);
        } catch (IOException e) {
            throw SftpErrors.map("cannot write " + place.name(key), e);
        }
    }

    @Override
    public InputStream open(String key, long offset, long length) throws IOException {
        ObjectKeys.checkRange(offset, length);
        String path = place.path(key);
        String name = place.name(key);
        SftpClient client = connect(name);
        boolean opened = false;
        try {
            byte[] handle = handle(client, key, path);
            Pending asked = client.attributes(handle);
            InputStream stream = new SftpReadStream(client, handle, offset, length);
            try {
                Attributes attributes = regular(key, asked.await().attributes());
                if (offset + length > attributes.size()) {
                    throw new StorageException(name + ": range " + offset + "+" + length + " lies outside its "
                            + attributes.size() + " bytes");
                }
                opened = true;
                return new ExactLengthInputStream(stream, length, name, e -> SftpErrors.map("cannot read " + name, e));
            } finally {
                if (!opened) {
                    stream.close();
                }
            }
        } catch (IOException e) {
            throw SftpErrors.map("cannot read " + name, e);
        } finally {
            if (!opened) {
                client.close();
            }
        }
    }

    @Override
    public ObjectTail readTail(String key, int maxLength) throws IOException {
        ObjectKeys.checkTailLength(maxLength);
        String path = place.path(key);
        String name = place.name(key);
        try (SftpClient client = connect(name)) {
            byte[] handle = handle(client, key, path);
            long size;
            try {
                size = regular(key, client.attributes(handle).await().attributes())
                        .size();
            } catch (IOException e) {
                client.abandon(handle);
                throw e;
            }
            int length = (int) Math.min(maxLength, size);
            try (InputStream in = new SftpReadStream(client, handle, size - length, length)) {
                byte[] tail = in.readNBytes(length);
                if (tail.length < length) {
                    throw new TransientStorageException(name + " became shorter than " + size + " bytes while read");
                }
                return new ObjectTail(tail, size);
            }
        } catch (IOException e) {
            throw SftpErrors.map("cannot read " + name, e);
        }
    }

    @Override
    public ObjectEntry head(String key) throws IOException {
        String path = place.path(key);
        try (SftpClient client = connect(place.name(key))) {
            return SftpPlace.entry(
                    key, regular(key, client.attributes(path).await().attributes()));
        } catch (SftpStatusException e) {
            if (e.code() == SftpStatusException.NO_SUCH_FILE) {
                throw absent(key);
            }
            throw SftpErrors.map("cannot look at " + place.name(key), e);
        } catch (IOException e) {
            throw SftpErrors.map("cannot look at " + place.name(key), e);
        }
    }

    @Override
    public ObjectListing list(String prefix, @Nullable String startAfter) throws IOException {
        return new SftpListing(connections, place, prefix, startAfter);
    }

    /** {@inheritDoc} Removal is not forced to the disk: after a power failure of the server an object may be back. */
    @Override
    public void delete(Collection<String> keys) throws IOException {
        List<String> paths = new ArrayList<>(keys.size());
        for (String key : keys) {
            paths.add(place.path(key));
        }
        if (paths.isEmpty()) {
            return;
        }
        Deque<Removal> removals = new ArrayDeque<>();
        try (SftpClient client = connections.client()) {
            for (String path : paths) {
                if (removals.size() == REMOVALS_AHEAD) {
                    confirm(client, removals.remove());
                }
                removals.add(new Removal(path, client.remove(path)));
            }
            while (!removals.isEmpty()) {
                confirm(client, removals.remove());
            }
        } catch (IOException e) {
            throw SftpErrors.map("cannot delete from " + describe(), e);
        }
    }

    private record Removal(String path, Pending reply) {}

    private static void confirm(SftpClient client, Removal removal) throws IOException {
        try {
            removal.reply().await().success();
        } catch (SftpStatusException e) {
            if (e.code() != SftpStatusException.NO_SUCH_FILE && isFile(client, removal.path())) {
                throw SftpErrors.map("cannot delete " + removal.path(), e);
            }
        }
    }

    private static boolean isFile(SftpClient client, String path) throws IOException {
        try {
            return client.attributes(path).await().attributes().isRegular();
        } catch (SftpStatusException e) {
            return e.code() != SftpStatusException.NO_SUCH_FILE;
        }
    }

    /** Ends the connection. */
    @Override
    public void close() {
        connections.close();
    }

    @Override
    public String toString() {
        return "SftpObjectStore[" + describe() + "]";
    }

    private SftpClient connect(String name) throws StorageException {
        try {
            return connections.client();
        } catch (IOException e) {
            throw SftpErrors.map("cannot reach " + name, e);
        }
    }

    private byte[] handle(SftpClient client, String key, String path) throws IOException {
        try {
            return client.open(path, SftpClient.READ).await().handle();
        } catch (SftpStatusException e) {
            if (e.code() == SftpStatusException.NO_SUCH_FILE || isAbsent(client, path)) {
                throw absent(key);
            }
            throw e;
        }
    }

    /** Some servers say "Failure" of a directory, or of what is below a file. */
    private static boolean isAbsent(SftpClient client, String path) throws IOException {
        try {
            return !client.attributes(path).await().attributes().isRegular();
        } catch (SftpStatusException e) {
            return e.code() == SftpStatusException.NO_SUCH_FILE;
        }
    }

    private Attributes regular(String key, Attributes attributes) throws ObjectNotFoundException {
        if (!attributes.isRegular()) {
            throw absent(key); // servers open directories for reading
        }
        return attributes;
    }

    private ObjectNotFoundException absent(String key) {
        return new ObjectNotFoundException("No " + place.name(key));
    }
}
