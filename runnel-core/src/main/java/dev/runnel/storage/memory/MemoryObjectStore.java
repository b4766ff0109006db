package dev.runnel.storage.memory;

import dev.runnel.model.TimeSource;
import dev.runnel.storage.ExactLengthInputStream;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps objects on the heap, with the semantics of S3: conditions, an etag that is new with every write, listings
 * without timestamps. A listing sees objects written behind its position while it runs. Objects survive {@link #close},
 * so that a test can shut down what used the store and start it again.
 */
public final class MemoryObjectStore implements ObjectStore {

    private static final class Stored {
        final byte[] bytes;
        final ObjectEntry entry;

        Stored(byte[] bytes, ObjectEntry entry) {
            this.bytes = bytes;
            this.entry = entry;
        }
    }

    private final TimeSource time;
    private final Object writes = new Object();
    private final ConcurrentSkipListMap<String, Stored> objects = new ConcurrentSkipListMap<>(ObjectKeys.ORDER);
    private long versions; // guarded by writes

    /** @param time gives {@link ObjectEntry#lastModified} */
    public MemoryObjectStore(TimeSource time) {
        this.time = time;
    }

    @Override
    public String describe() {
        return "memory";
    }

    @Override
    public boolean supportsConditions() {
        return true;
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        ObjectKeys.check(key);
        byte[] bytes = bytesOf(key, body);
        synchronized (writes) {
            Stored old = objects.get(key);
            if (condition.isIfAbsent() && old != null) {
                throw new PreconditionFailedException(name(key) + " exists already (etag " + old.entry.etag() + ")");
            }
            String expected = condition.etag();
            if (expected != null && (old == null || !expected.equals(old.entry.etag()))) {
                throw new PreconditionFailedException(name(key) + ": expected etag " + expected + ", found "
                        + (old == null ? "no object" : old.entry.etag()));
            }
            versions++;
            String etag = "\"" + versions + "\"";
            ObjectEntry entry = new ObjectEntry(key, bytes.length, time.now(), timestamp, etag);
            objects.put(key, new Stored(bytes, entry));
            return entry;
        }
    }

    @Override
    public InputStream open(String key, long offset, long length) throws IOException {
        ObjectKeys.checkRange(offset, length);
        Stored stored = stored(key);
        if (offset + length > stored.bytes.length) {
            throw new StorageException(name(key) + ": range " + offset + "+" + length + " lies outside its "
                    + stored.bytes.length + " bytes");
        }
        return new ExactLengthInputStream(
                new ByteArrayInputStream(stored.bytes, (int) offset, (int) length),
                length,
                name(key),
                e -> new StorageException(name(key) + ": " + e.getMessage(), e));
    }

    @Override
    public ObjectTail readTail(String key, int maxLength) throws IOException {
        ObjectKeys.checkTailLength(maxLength);
        byte[] bytes = stored(key).bytes;
        int length = Math.min(maxLength, bytes.length);
        byte[] tail = new byte[length];
        System.arraycopy(bytes, bytes.length - length, tail, 0, length);
        return new ObjectTail(tail, bytes.length);
    }

    @Override
    public ObjectEntry head(String key) throws IOException {
        return stored(key).entry;
    }

    @Override
    public ObjectListing list(String prefix, @Nullable String startAfter) {
        return new Listing(prefix, startAfter);
    }

    @Override
    public void delete(Collection<String> keys) {
        List<String> checked = keys.stream().map(ObjectKeys::check).toList();
        synchronized (writes) {
            checked.forEach(objects::remove);
        }
    }

    /** Does nothing: the objects stay, and so does the use of this store. */
    @Override
    public void close() {}

    @Override
    public String toString() {
        return "MemoryObjectStore[" + objects.size() + " objects]";
    }

    private Stored stored(String key) throws ObjectNotFoundException {
        Stored stored = objects.get(ObjectKeys.check(key));
        if (stored == null) {
            throw new ObjectNotFoundException("No " + name(key));
        }
        return stored;
    }

    private static byte[] bytesOf(String key, ObjectBody body) throws StorageException {
        if (body.length() > Integer.MAX_VALUE - 8) {
            throw new StorageException(name(key) + ": " + body.length() + " bytes are too many for the heap");
        }
        int length = (int) body.length();
        byte[] bytes;
        boolean more;
        try (InputStream in = body.open()) {
            bytes = in.readNBytes(length);
            more = bytes.length == length && in.read() >= 0;
        } catch (IOException e) {
            throw new StorageException(name(key) + ": its body cannot be read: " + e.getMessage(), e);
        }
        if (bytes.length != length || more) {
            throw new StorageException(name(key) + ": its body gave " + (more ? "more than " : "") + bytes.length
                    + " bytes instead of " + length + "; did its source change while it was sent?");
        }
        return bytes;
    }

    private static String name(String key) {
        return "object " + key + " in memory";
    }

    private final class Listing implements ObjectListing {

        private final String prefix;
        private String position;
        private boolean inclusive;

        Listing(String prefix, @Nullable String startAfter) {
            this.prefix = prefix;
            if (startAfter != null && ObjectKeys.compare(startAfter, prefix) >= 0) {
                position = startAfter;
                inclusive = false;
            } else {
                position = prefix;
                inclusive = true;
            }
        }

        @Override
        public @Nullable ObjectEntry next() {
            Map.Entry<String, Stored> found =
                    inclusive ? objects.ceilingEntry(position) : objects.higherEntry(position);
            if (found == null || !found.getKey().startsWith(prefix)) {
                return null;
            }
            position = found.getKey();
            inclusive = false;
            ObjectEntry entry = found.getValue().entry;
            return new ObjectEntry(entry.key(), entry.size(), entry.lastModified(), null, entry.etag());
        }
    }
}
