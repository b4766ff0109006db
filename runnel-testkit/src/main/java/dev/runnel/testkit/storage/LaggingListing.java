package dev.runnel.testkit.storage;

import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import java.io.IOException;
import java.util.NavigableMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A listing without some objects that are there, and with some that were. */
final class LaggingListing implements ObjectListing {

    private final ObjectListing listing;
    private final Set<String> hidden;
    private final NavigableMap<String, ObjectEntry> ghosts;
    private @Nullable ObjectEntry ahead;
    private boolean ended;

    LaggingListing(ObjectListing listing, Set<String> hidden, NavigableMap<String, ObjectEntry> ghosts) {
        this.listing = listing;
        this.hidden = hidden;
        this.ghosts = ghosts;
    }

    @Override
    public @Nullable ObjectEntry next() throws IOException {
        while (ahead == null && !ended) {
            ObjectEntry found = listing.next();
            if (found == null) {
                ended = true;
            } else if (!hidden.contains(found.key())) {
                ahead = found;
            }
        }
        ObjectEntry real = ahead;
        if (!ghosts.isEmpty() && (real == null || ObjectKeys.compare(ghosts.firstKey(), real.key()) <= 0)) {
            ObjectEntry ghost = ghosts.pollFirstEntry().getValue();
            if (real == null || !ghost.key().equals(real.key())) {
                return ghost;
            }
        }
        ahead = null;
        return real;
    }

    @Override
    public void close() throws IOException {
        listing.close();
    }
}
