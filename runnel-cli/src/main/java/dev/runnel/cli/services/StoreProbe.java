package dev.runnel.cli.services;

import dev.runnel.KeyLayout;
import dev.runnel.cli.ProbeResult;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Tries everything that replication asks of a store, with an object that no reader of replicas knows. */
final class StoreProbe {

    private final ObjectStore store;
    private final String prefix;
    private final Clock clock;
    private final boolean ownClock;
    private @Nullable Duration skew;

    StoreProbe(Stores.Place place, Clock clock) {
        this.store = place.store();
        this.prefix = place.path().isEmpty() ? "" : place.path() + "/";
        this.clock = clock;
        this.ownClock = place.layout() == KeyLayout.S3;
    }

    ProbeResult run() {
        Instant start = clock.instant();
        String key = prefix + "runnel-probe-" + UUID.randomUUID();
        String error;
        boolean conditions = false;
        try {
            byte[] content = key.getBytes(StandardCharsets.UTF_8);
            store.put(key, ObjectBody.of(content), PutCondition.any(), start);
            error = check(key, content);
            conditions = refusesToOverwrite(key, content);
        } catch (IOException e) {
            error = e.getMessage() == null ? e.toString() : e.getMessage();
        }
        try {
            store.delete(List.of(key));
        } catch (IOException e) {
            error = error == null ? e.getMessage() : error;
        }
        return new ProbeResult(error, Duration.between(start, clock.instant()), conditions, skew);
    }

    private @Nullable String check(String key, byte[] content) throws IOException {
        try (InputStream in = store.open(key, 0, content.length)) {
            if (!Arrays.equals(in.readAllBytes(), content)) {
                return store.describe() + "/" + key + ": what was read is not what was written";
            }
        }
        try (ObjectListing listing = store.list(key, null)) {
            ObjectEntry entry = listing.next();
            if (entry == null || !entry.key().equals(key)) {
                return store.describe() + "/" + key + " was written, but is not listed";
            }
            // A file is given the time that we name, an object that of the service.
            skew = ownClock ? Duration.between(clock.instant(), entry.lastModified()) : null;
        }
        return null;
    }

    private boolean refusesToOverwrite(String key, byte[] content) throws IOException {
        if (!store.supportsConditions()) {
            return false;
        }
        try {
            store.put(key, ObjectBody.of(content), PutCondition.ifAbsent(), null);
            return false;
        } catch (PreconditionFailedException e) {
            return true;
        }
    }
}
