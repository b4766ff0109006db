package dev.runnel.legacy;

import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A replica of Litestream 0.3, which is laid out alike in every store:
 *
 * <pre>
 * &lt;path&gt;/generations/&lt;16 hex&gt;/snapshots/&lt;index %08x&gt;.snapshot.lz4
 * &lt;path&gt;/generations/&lt;16 hex&gt;/wal/&lt;index %08x&gt;_&lt;offset %08x or longer&gt;.wal.lz4
 * </pre>
 *
 * Thread-safe. Does not own the store.
 */
public final class LegacyReplica {

    private static final Pattern NAME = Pattern.compile("([0-9a-f]{16})/"
            + "(?:snapshots/([0-9a-f]{8})\\.snapshot\\.lz4|wal/([0-9a-f]{8})_([0-9a-f]{8,15})\\.wal\\.lz4)");

    private final ObjectStore store;
    private final String root;
    private final String prefix;

    /** @param path where in the store the replica is, may be empty */
    public LegacyReplica(ObjectStore store, String path) {
        this.store = store;
        this.root = path.replaceAll("^/+|/+$", "");
        this.prefix = root.isEmpty() ? "generations/" : root + "/generations/";
    }

    /** Human-readable place for messages, without secrets. */
    public String describe() {
        return root.isEmpty() ? store.describe() : store.describe() + "/" + root;
    }

    /** Human-readable place of one object. */
    public String describe(LegacyObject object) {
        return store.describe() + "/" + object.key();
    }

    /**
     * Lists the replica, in one listing. Other things that are there are passed over.
     *
     * @return generations in the order in which they began; empty if there is no replica of 0.3
     */
    public List<LegacyGeneration> list() throws IOException {
        Map<String, List<LegacySnapshot>> snapshots = new TreeMap<>();
        Map<String, List<LegacySegment>> segments = new TreeMap<>();
        try (ObjectListing listing = store.list(prefix, null)) {
            for (ObjectEntry entry = listing.next(); entry != null; entry = listing.next()) {
                LegacyObject object = parse(entry);
                if (object instanceof LegacySnapshot snapshot) {
                    snapshots
                            .computeIfAbsent(object.generation(), name -> new ArrayList<>())
                            .add(snapshot);
                    segments.computeIfAbsent(object.generation(), name -> new ArrayList<>());
                } else if (object instanceof LegacySegment segment) {
                    segments.computeIfAbsent(object.generation(), name -> new ArrayList<>())
                            .add(segment);
                }
            }
        }
        return segments.entrySet().stream()
                .map(generation -> new LegacyGeneration(
                        generation.getKey(),
                        snapshots.getOrDefault(generation.getKey(), List.of()),
                        generation.getValue()))
                .sorted(Comparator.comparing(LegacyGeneration::start).thenComparing(LegacyGeneration::name))
                .toList();
    }

    private @Nullable LegacyObject parse(ObjectEntry entry) {
        Matcher matcher = NAME.matcher(entry.key().substring(prefix.length()));
        if (!matcher.matches()) {
            return null;
        }
        String generation = matcher.group(1);
        boolean isSnapshot = matcher.group(2) != null;
        long index = Long.parseLong(isSnapshot ? matcher.group(2) : matcher.group(3), 16);
        if (index > Integer.MAX_VALUE) {
            return null;
        }
        return isSnapshot
                ? new LegacySnapshot(entry.key(), generation, (int) index, entry.size(), entry.lastModified())
                : new LegacySegment(
                        entry.key(),
                        generation,
                        (int) index,
                        Long.parseLong(matcher.group(4), 16),
                        entry.size(),
                        entry.lastModified());
    }

    /** Opens bytes of an object as it is stored; see {@link ObjectStore#open}. */
    InputStream open(LegacyObject object, long offset, long length) throws IOException {
        return store.open(object.key(), offset, length);
    }

    @Override
    public String toString() {
        return describe();
    }
}
