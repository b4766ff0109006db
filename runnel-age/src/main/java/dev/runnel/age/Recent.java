package dev.runnel.age;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A map that forgets what was not asked for longest. Thread-safe. */
final class Recent<K, V> {

    private final int capacity;
    private final Map<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);

    Recent(int capacity) {
        this.capacity = capacity;
    }

    synchronized void put(K key, V value) {
        entries.put(key, value);
        if (entries.size() > capacity) {
            entries.remove(entries.keySet().iterator().next());
        }
    }

    synchronized @Nullable V get(K key) {
        return entries.get(key);
    }

    synchronized void remove(K key) {
        entries.remove(key);
    }
}
