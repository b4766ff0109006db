package dev.runnel.storage;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Base of decorators: passes everything on. A subclass changes what it is about (counting, encryption, faults). Not a
 * short cut for a store of its own kind: that implements {@link ObjectStore} and meets its contract test.
 */
public abstract class FilterObjectStore implements ObjectStore {

    private final ObjectStore delegate;

    protected FilterObjectStore(ObjectStore delegate) {
        this.delegate = delegate;
    }

    /** The store behind this one. */
    public final ObjectStore unwrap() {
        return delegate;
    }

    @Override
    public String describe() {
        return delegate.describe();
    }

    @Override
    public boolean supportsConditions() {
        return delegate.supportsConditions();
    }

    @Override
    public ObjectForm form() {
        return delegate.form();
    }

    @Override
    public boolean canHold(long storedSize, long length) {
        return delegate.canHold(storedSize, length);
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        return delegate.put(key, body, condition, timestamp);
    }

    @Override
    public InputStream open(String key, long offset, long length) throws IOException {
        return delegate.open(key, offset, length);
    }

    /** Through {@link #open} where objects are as they are stored, so that who filters reads need not do it twice. */
    @Override
    public InputStream openWhole(String key, long storedSize) throws IOException {
        return form() == ObjectForm.AS_IS ? open(key, 0, storedSize) : delegate.openWhole(key, storedSize);
    }

    @Override
    public ObjectTail readTail(String key, int maxLength) throws IOException {
        return delegate.readTail(key, maxLength);
    }

    @Override
    public ObjectEntry head(String key) throws IOException {
        return delegate.head(key);
    }

    @Override
    public ObjectListing list(String prefix, @Nullable String startAfter) throws IOException {
        return delegate.list(prefix, startAfter);
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        delegate.delete(keys);
    }

    @Override
    public void close() throws IOException {
        delegate.close();
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + "(" + delegate + ")";
    }
}
