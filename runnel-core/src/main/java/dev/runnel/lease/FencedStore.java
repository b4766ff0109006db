package dev.runnel.lease;

import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PutCondition;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * A store in which nothing is written or deleted but while the lease is held. Reads pass. Thread-safe.
 */
public final class FencedStore extends FilterObjectStore {

    private final Lease lease;

    public FencedStore(ObjectStore delegate, Lease lease) {
        super(delegate);
        this.lease = lease;
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        lease.beginWrite();
        try {
            return super.put(key, body, condition, timestamp);
        } finally {
            lease.endWrite();
        }
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        lease.beginWrite();
        try {
            super.delete(keys);
        } finally {
            lease.endWrite();
        }
    }
}
