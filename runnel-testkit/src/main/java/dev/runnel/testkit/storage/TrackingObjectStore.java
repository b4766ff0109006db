package dev.runnel.testkit.storage;

import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PutCondition;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Counts what is asked of a store, so that a test can demand "this restore made three reads". A call counts when it is
 * made, whether it succeeds or not. Thread-safe.
 */
public final class TrackingObjectStore extends FilterObjectStore {

    /**
     * One call.
     *
     * @param key its key, or the prefix of a listing; of a deletion the first key, empty when there was none
     * @param items number of keys of a deletion, 1 otherwise
     * @param bytes body length of a put, length asked of a read, 0 otherwise
     */
    public record Call(StoreOperation operation, String key, int items, long bytes) {}

    private final List<Call> calls = new ArrayList<>(); // guarded by itself
    private final AtomicLong bytesRead = new AtomicLong();
    private final AtomicLong bytesWritten = new AtomicLong();
    private final AtomicLong entriesListed = new AtomicLong();

    public TrackingObjectStore(ObjectStore delegate) {
        super(delegate);
    }

    /** Calls since the last {@link #reset}, in the order in which they were made. */
    public List<Call> calls() {
        synchronized (calls) {
            return List.copyOf(calls);
        }
    }

    /** Calls of one operation since the last {@link #reset}. */
    public List<Call> calls(StoreOperation operation) {
        return calls().stream().filter(c -> c.operation() == operation).toList();
    }

    /** Number of calls of one operation since the last {@link #reset}. */
    public int count(StoreOperation operation) {
        return calls(operation).size();
    }

    /** Bytes that readers really took, by {@code open} and {@code readTail}. */
    public long bytesRead() {
        return bytesRead.get();
    }

    /** Bytes of bodies whose {@code put} returned. */
    public long bytesWritten() {
        return bytesWritten.get();
    }

    /** Entries that listings gave. */
    public long entriesListed() {
        return entriesListed.get();
    }

    /** Forgets everything counted so far. */
    public void reset() {
        synchronized (calls) {
            calls.clear();
        }
        bytesRead.set(0);
        bytesWritten.set(0);
        entriesListed.set(0);
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        add(new Call(StoreOperation.PUT, key, 1, body.length()));
        ObjectEntry entry = super.put(key, body, condition, timestamp);
        bytesWritten.addAndGet(entry.size());
        return entry;
    }

    @Override
    public InputStream open(String key, long offset, long length) throws IOException {
        add(new Call(StoreOperation.OPEN, key, 1, length));
        return new CountingStream(super.open(key, offset, length));
    }

    @Override
    public ObjectTail readTail(String key, int maxLength) throws IOException {
        add(new Call(StoreOperation.TAIL, key, 1, maxLength));
        ObjectTail tail = super.readTail(key, maxLength);
        bytesRead.addAndGet(tail.bytes().length);
        return tail;
    }

    @Override
    public ObjectEntry head(String key) throws IOException {
        add(new Call(StoreOperation.HEAD, key, 1, 0));
        return super.head(key);
    }

    @Override
    public ObjectListing list(String prefix, @Nullable String startAfter) throws IOException {
        add(new Call(StoreOperation.LIST, prefix, 1, 0));
        ObjectListing listing = super.list(prefix, startAfter);
        return new ObjectListing() {
            @Override
            public @Nullable ObjectEntry next() throws IOException {
                ObjectEntry entry = listing.next();
                if (entry != null) {
                    entriesListed.incrementAndGet();
                }
                return entry;
            }

            @Override
            public void close() throws IOException {
                listing.close();
            }
        };
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        String first = keys.isEmpty() ? "" : keys.iterator().next();
        add(new Call(StoreOperation.DELETE, first, keys.size(), 0));
        super.delete(keys);
    }

    private void add(Call call) {
        synchronized (calls) {
            calls.add(call);
        }
    }

    private final class CountingStream extends FilterInputStream {

        CountingStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            if (read >= 0) {
                bytesRead.incrementAndGet();
            }
            return read;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = super.read(target, offset, length);
            if (read > 0) {
                bytesRead.addAndGet(read);
            }
            return read;
        }
    }
}
