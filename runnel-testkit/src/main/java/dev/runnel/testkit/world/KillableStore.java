package dev.runnel.testkit.world;

import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PutCondition;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** A store before and after each call of which its caller may be killed. */
final class KillableStore extends FilterObjectStore {

    private final Killer killer;

    KillableStore(ObjectStore delegate, Killer killer) {
        super(delegate);
        this.killer = killer;
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        killer.occasion(Killer.Occasion.STORE, "before put " + key);
        ObjectEntry entry = super.put(key, body, condition, timestamp);
        killer.occasion(Killer.Occasion.STORE, "after put " + key);
        return entry;
    }

    @Override
    public InputStream open(String key, long offset, long length) throws IOException {
        killer.occasion(Killer.Occasion.STORE, "before open " + key);
        return super.open(key, offset, length);
    }

    @Override
    public ObjectTail readTail(String key, int maxLength) throws IOException {
        killer.occasion(Killer.Occasion.STORE, "before tail " + key);
        return super.readTail(key, maxLength);
    }

    @Override
    public ObjectListing list(String prefix, @Nullable String startAfter) throws IOException {
        killer.occasion(Killer.Occasion.STORE, "before list " + prefix);
        return super.list(prefix, startAfter);
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        killer.occasion(Killer.Occasion.STORE, "before delete");
        super.delete(keys);
        killer.occasion(Killer.Occasion.STORE, "after delete");
    }
}
