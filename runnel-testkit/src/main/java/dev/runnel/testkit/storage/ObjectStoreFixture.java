package dev.runnel.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PutCondition;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the tests of {@link ObjectStoreContract} stand on: the store, the hooks by which stores differ, short cuts. */
@SuppressWarnings("NullAway.Init")
public abstract class ObjectStoreFixture {

    /** The store under test. */
    protected ObjectStore store;

    /** A new store without objects. */
    protected abstract ObjectStore createStore() throws Exception;

    /** Called after each test with what {@link #createStore} gave. */
    protected void disposeStore(ObjectStore used) throws Exception {
        used.close();
    }

    /** Hook: a tree underneath, so that no key can lie below another and no segment can be empty. */
    protected boolean isTree() {
        return false;
    }

    /** Hook: an object stored without a timestamp has none. Where it is false, it has the time of its writing. */
    protected boolean keepsAbsenceOfTimestamp() {
        return true;
    }

    /** Hook: timestamps that can be kept. */
    protected List<Instant> timestamps() {
        return Stream.of(
                        "2026-03-04T05:06:07.891Z",
                        "2026-03-04T05:06:07Z",
                        "2026-03-04T05:06:07.100Z",
                        "1999-12-31T23:59:59.999Z",
                        "2106-02-07T06:28:16.001Z")
                .map(Instant::parse)
                .toList();
    }

    /**
     * Hook: what the store keeps of a timestamp; null where it has no place for one. The engine needs no more than the
     * second.
     */
    protected @Nullable Instant kept(Instant timestamp) {
        return timestamp;
    }

    /** Hook: who reads an object while it is replaced finds one. Where it is false, there may be none for a moment. */
    protected boolean replacesInOneStep() {
        return true;
    }

    /** Hook: keys outside ASCII work. */
    protected boolean supportsUnicodeKeys() {
        return true;
    }

    /** Hook: the size that an object with a content of so many bytes has as it is stored. */
    protected long storedSize(long length) {
        return length;
    }

    /** Hook: length of the large body, by default one that S3 takes in two parts. */
    protected int largeBodyBytes() {
        return 6 * 1024 * 1024 + 123;
    }

    @BeforeEach
    void create() throws Exception {
        store = createStore();
    }

    @AfterEach
    void dispose() throws Exception {
        assertThat(Thread.interrupted()).as("interrupt flag left by the test").isFalse();
        disposeStore(store);
    }

    final void assertListing(Iterable<String> sorted, String prefix, @Nullable String startAfter) throws IOException {
        List<String> expected = new ArrayList<>();
        for (String key : sorted) {
            if (key.startsWith(prefix) && (startAfter == null || ObjectKeys.compare(key, startAfter) > 0)) {
                expected.add(key);
            }
        }
        assertThat(list(prefix, startAfter))
                .as("prefix '%s' after '%s'", prefix, startAfter)
                .isEqualTo(expected);
    }

    final void assertNotFound(String key) {
        assertThatThrownBy(() -> store.head(key))
                .isInstanceOf(ObjectNotFoundException.class)
                .hasMessageContaining(key);
        assertThatThrownBy(() -> read(key, 0, 1))
                .isInstanceOf(ObjectNotFoundException.class)
                .hasMessageContaining(key);
        assertThatThrownBy(() -> read(key, 0, 0)).isInstanceOf(ObjectNotFoundException.class);
        assertThatThrownBy(() -> store.readTail(key, 1)).isInstanceOf(ObjectNotFoundException.class);
    }

    final void put(String key, String text) throws IOException {
        store.put(key, TestBodies.text(text), PutCondition.any(), null);
    }

    final byte[] read(String key, long offset, long length) throws IOException {
        try (InputStream in = store.open(key, offset, length)) {
            return in.readAllBytes();
        }
    }

    final byte[] readWhole(String key, long storedSize) throws IOException {
        try (InputStream in = store.openWhole(key, storedSize)) {
            return in.readAllBytes();
        }
    }

    final List<String> list(String prefix, @Nullable String startAfter) throws IOException {
        List<String> keys = new ArrayList<>();
        try (ObjectListing listing = store.list(prefix, startAfter)) {
            for (ObjectEntry entry = listing.next(); entry != null; entry = listing.next()) {
                keys.add(entry.key());
            }
        }
        return keys;
    }

    static String etag(ObjectEntry entry) {
        return Objects.requireNonNull(entry.etag(), "etag of a store with conditions");
    }
}
