package dev.runnel.testkit.storage;

import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The last changes of a store, which a lagging listing may not know of yet. Thread-safe. */
final class RecentChanges {

    private record Change(String key, @Nullable ObjectEntry deleted) {}

    private final Deque<Change> changes = new ArrayDeque<>(); // guarded by this

    synchronized void put(String key, int lag) {
        add(new Change(key, null), lag);
    }

    synchronized void delete(ObjectEntry deleted, int lag) {
        add(new Change(deleted.key(), deleted), lag);
    }

    /** The listing with some changes undone: those whose key the predicate picks. */
    LaggingListing lag(ObjectListing listing, String prefix, @Nullable String startAfter, Predicate<String> missed) {
        Map<String, Change> latest = new HashMap<>();
        synchronized (this) {
            changes.forEach(change -> latest.put(change.key(), change));
        }
        Set<String> hidden = new HashSet<>();
        TreeMap<String, ObjectEntry> ghosts = new TreeMap<>(ObjectKeys.ORDER);
        for (Change change : latest.values()) {
            String key = change.key();
            if (!ObjectKeys.isListed(key, prefix, startAfter) || !missed.test(key)) {
                continue;
            }
            ObjectEntry deleted = change.deleted();
            if (deleted == null) {
                hidden.add(key);
            } else {
                ghosts.put(key, new ObjectEntry(key, deleted.size(), deleted.lastModified(), null, deleted.etag()));
            }
        }
        return new LaggingListing(listing, hidden, ghosts);
    }

    private void add(Change change, int lag) {
        changes.addLast(change);
        while (changes.size() > lag) {
            changes.removeFirst();
        }
    }
}
