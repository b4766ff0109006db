package dev.runnel.cli.daemon;

import dev.runnel.model.TimeSource;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Collection;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts what is asked of stores, by kind of store and operation. Thread-safe. */
public final class StoreMeter {

    private final ConcurrentSkipListMap<String, LongAdder> operations = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<String, LongAdder> bytes = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<String, LongAdder> errors = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<String, Durations> durations = new ConcurrentSkipListMap<>();
    private final TimeSource time;

    /** @param time tells how long requests take */
    public StoreMeter(TimeSource time) {
        this.time = time;
    }

    /**
     * A store that is counted.
     *
     * @param type such as {@code s3}
     */
    public ObjectStore metered(ObjectStore store, String type) {
        return new Metered(store, type);
    }

    /** Adds what was counted, under Litestream's names. */
    void addTo(MetricsText text) {
        operations.forEach((key, count) -> text.counter(
                "litestream_replica_operation_total",
                "Requests to replica stores.",
                count.sum(),
                labels(key, "replica_type", "operation")));
        bytes.forEach((key, count) -> text.counter(
                "litestream_replica_operation_bytes",
                "Bytes sent to and asked of replica stores.",
                count.sum(),
                labels(key, "replica_type", "operation")));
        errors.forEach((key, count) -> text.counter(
                "litestream_replica_operation_errors_total",
                "Requests to replica stores that failed.",
                count.sum(),
                labels(key, "replica_type", "operation", "code")));
        durations.forEach((key, spent) -> spent.addTo(
                text,
                "litestream_replica_operation_duration_seconds",
                "How long requests to replica stores took; of a GET, until its answer began.",
                labels(key, "replica_type", "operation")));
    }

    private static String[] labels(String key, String... names) {
        String[] values = key.split(" ");
        String[] labels = new String[2 * names.length];
        for (int i = 0; i < names.length; i++) {
            labels[2 * i] = names[i];
            labels[2 * i + 1] = values[i];
        }
        return labels;
    }

    private static void add(ConcurrentSkipListMap<String, LongAdder> to, String key, long count) {
        to.computeIfAbsent(key, unused -> new LongAdder()).add(count);
    }

    private static String code(IOException failure) {
        if (failure instanceof ObjectNotFoundException) {
            return "not_found";
        }
        if (failure instanceof PreconditionFailedException) {
            return "precondition_failed";
        }
        if (failure instanceof IndeterminateWriteException) {
            return "indeterminate";
        }
        return failure instanceof TransientStorageException ? "transient" : "error";
    }

    private interface Call<T> {
        T run() throws IOException;
    }

    private final class Metered extends FilterObjectStore {

        private final String type;

        Metered(ObjectStore store, String type) {
            super(store);
            this.type = type;
        }

        private <T> T count(String operation, Call<T> call) throws IOException {
            String key = type + " " + operation;
            add(operations, key, 1);
            long begun = time.nanoTime();
            try {
                return call.run();
            } catch (IOException e) {
                add(errors, key + " " + code(e), 1);
                throw e;
            } finally {
                durations.computeIfAbsent(key, unused -> new Durations()).add(time.nanoTime() - begun);
            }
        }

        private void countBytes(String operation, long count) {
            add(bytes, type + " " + operation, count);
        }

        @Override
        public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
                throws IOException {
            ObjectEntry entry = count("PUT", () -> super.put(key, body, condition, timestamp));
            countBytes("PUT", body.length());
            return entry;
        }

        @Override
        public InputStream open(String key, long offset, long length) throws IOException {
            InputStream stream = count("GET", () -> super.open(key, offset, length));
            countBytes("GET", length);
            return stream;
        }

        @Override
        public ObjectTail readTail(String key, int maxLength) throws IOException {
            ObjectTail tail = count("GET", () -> super.readTail(key, maxLength));
            countBytes("GET", tail.bytes().length);
            return tail;
        }

        @Override
        public ObjectEntry head(String key) throws IOException {
            return count("GET", () -> super.head(key));
        }

        @Override
        public ObjectListing list(String prefix, @Nullable String startAfter) throws IOException {
            return count("LIST", () -> super.list(prefix, startAfter));
        }

        @Override
        public void delete(Collection<String> keys) throws IOException {
            count("DELETE", () -> {
                super.delete(keys);
                return keys;
            });
        }
    }
}
