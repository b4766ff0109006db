package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.model.TxId;
import dev.runnel.restore.CannotFollowException;
import dev.runnel.restore.Follower;
import dev.runnel.restore.RestoreOptions;
import dev.runnel.restore.Restorer;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy that is followed while the listings of its replica are older than what is there. */
class FollowerLagTest {

    private static final int FOR_EVER = 1000;

    private final EngineRig rig;
    private final Path copy;
    private final List<Duration> pauses = new ArrayList<>();

    FollowerLagTest(@TempDir Path folder) {
        rig = new EngineRig(folder);
        copy = folder.resolve("copy.db");
    }

    @BeforeEach
    void begin() throws IOException {
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        rig.start();
        write();
        Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(1), new Random(1));
        Restorer restorer =
                new Restorer(archive(rig.store()), RestoreOptions.defaults().withParallelism(1), backoff);
        Follower.begin(restorer, copy, false);
        for (int i = 0; i < 5; i++) {
            write();
        }
    }

    @AfterEach
    void end() {
        rig.close();
    }

    private TxId write() {
        rig.sql("INSERT INTO t(v) VALUES (hex(randomblob(50)))");
        return rig.sync();
    }

    private static ReplicaArchive archive(ObjectStore store) throws IOException {
        ReplicaArchive archive = new ReplicaArchive(store, ReplicaLayout.files(""));
        archive.load();
        return archive;
    }

    private List<ObjectEntry> listed() throws IOException {
        List<ObjectEntry> entries = new ArrayList<>();
        try (ObjectListing listing = rig.store().list("ltx/", null)) {
            for (ObjectEntry entry = listing.next(); entry != null; entry = listing.next()) {
                entries.add(entry);
            }
        }
        return entries;
    }

    /** Merged, and what was merged deleted. */
    private void compact() throws IOException {
        rig.pass(Duration.ofHours(1));
        assertThat(rig.keys("ltx/0/")).noneMatch(key -> key.startsWith("ltx/0/0000000000000003"));
        assertThat(rig.keys("ltx/1/")).isNotEmpty();
    }

    private boolean follow(Lagging store) throws IOException {
        try (Follower follower =
                Follower.resume(new ReplicaArchive(store, ReplicaLayout.files("")), copy, new Random(1)::nextInt)) {
            return follower.advance(pause -> {
                pauses.add(pause);
                return true;
            });
        }
    }

    private void assertFollowed() {
        assertThat(SqliteSession.once(copy, ".dump")).isEqualTo(SqliteSession.once(rig.database(), ".dump"));
    }

    @Test
    void aFileThatIsListedThoughItWasMergedIsPassedOver() throws IOException {
        List<ObjectEntry> before = listed();
        compact();
        Lagging store = new Lagging(rig.store(), before, 1);
        assertThat(follow(store)).isTrue();
        assertFollowed();
        assertThat(pauses).as("listed again at once").isEmpty();
        assertThat(store.listings).isEqualTo(2);
    }

    @Test
    void listingsThatGoOnLaggingAreAskedForAtLongerAndLongerIntervals() throws IOException {
        List<ObjectEntry> before = listed();
        compact();
        Lagging store = new Lagging(rig.store(), before, 4);
        assertThat(follow(store)).isTrue();
        assertFollowed();
        assertThat(pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4));
    }

    @Test
    void aListingThatLagsForEverIsNotAskedForWithoutEnd() throws IOException {
        List<ObjectEntry> before = listed();
        compact();
        Lagging store = new Lagging(rig.store(), before, FOR_EVER);
        assertThatThrownBy(() -> follow(store))
                .isInstanceOf(TransientStorageException.class)
                .hasMessageContaining("ltx/0/0000000000000002")
                .hasMessageContaining("is listed, but is not there");
        assertThat(store.listings).isLessThan(10);
    }

    @Test
    void aGapInAListingIsNoReasonToGiveUp() throws IOException {
        compact();
        write();
        Lagging store = new Lagging(rig.store(), without(key -> !key.startsWith("ltx/0/")), 3);
        assertThat(follow(store)).isTrue();
        assertFollowed();
    }

    @Test
    void aGapInEveryListingIs() throws IOException {
        compact();
        write();
        Lagging store = new Lagging(rig.store(), without(key -> !key.startsWith("ltx/0/")), FOR_EVER);
        assertThatThrownBy(() -> follow(store))
                .isInstanceOf(CannotFollowException.class)
                .hasMessageContaining("no longer holds the one after it")
                .hasMessageContaining("restore anew with -force");
        assertThat(store.listings).isLessThan(10);
    }

    private List<ObjectEntry> without(Predicate<String> hidden) throws IOException {
        return listed().stream().filter(entry -> !hidden.test(entry.key())).toList();
    }

    /** Its first listings are what a listing was once. */
    private static final class Lagging extends FilterObjectStore {

        private final List<ObjectEntry> earlier;
        private final int times;
        private int listings;

        Lagging(ObjectStore delegate, List<ObjectEntry> earlier, int times) {
            super(delegate);
            this.earlier = earlier;
            this.times = times;
        }

        @Override
        public ObjectListing list(String prefix, @Nullable String startAfter) throws IOException {
            listings++;
            if (listings > times) {
                return super.list(prefix, startAfter);
            }
            if (listings > 100) {
                throw new IOException("asked for too often");
            }
            Iterator<ObjectEntry> entries = earlier.iterator();
            return () -> entries.hasNext() ? entries.next() : null;
        }
    }
}
