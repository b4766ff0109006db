package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.engine.DatabaseEngine;
import dev.runnel.engine.DatabaseSettings;
import dev.runnel.engine.EngineContext;
import dev.runnel.engine.FileEvents;
import dev.runnel.engine.JournalSwitch;
import dev.runnel.engine.ReplicaSettings;
import dev.runnel.engine.SystemTime;
import dev.runnel.engine.ThreadScheduler;
import dev.runnel.lease.LeaseTerms;
import dev.runnel.model.TimeSource;
import dev.runnel.source.DescriptorRegistry;
import dev.runnel.source.KernelLocks;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.storage.memory.MemoryObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads that take every thread for transfers, as the first snapshots of many databases do. */
class LongUploadTest {

    private static final long PATIENCE_SECONDS = 120;

    private final TimeSource time = new SystemTime();

    /** A store in which a snapshot is not stored before the lease was renewed twice. */
    private final class SlowStore extends FilterObjectStore {

        private final CountDownLatch renewals = new CountDownLatch(2);
        private volatile boolean uploading;
        private volatile boolean starved;

        SlowStore() {
            super(new MemoryObjectStore(time));
        }

        @Override
        public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
                throws IOException {
            if (key.startsWith("ltx/9/")) {
                uploading = true;
                await();
            } else if (uploading) {
                renewals.countDown();
            }
            return super.put(key, body, condition, timestamp);
        }

        private void await() throws IOException {
            try {
                if (!renewals.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    starved = true;
                    throw new TransientStorageException("the lease was not renewed");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TransientStorageException("interrupted", e);
            }
        }
    }

    @Test
    void theLeaseIsRenewedAllTheSame(@TempDir Path folder) throws Exception {
        Path database = folder.resolve("app.db");
        SqliteSession.once(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(v)");
        SlowStore store = new SlowStore();
        ReplicaSettings replica = ReplicaSettings.defaults("r", new ReplicaArchive(store, ReplicaLayout.files("")))
                .withLease(new LeaseTerms(true, Duration.ofSeconds(3)));
        try (ThreadScheduler scheduler = new ThreadScheduler(1, 1, time)) {
            DatabaseEngine engine = new DatabaseEngine(
                    DatabaseSettings.of(database, folder.resolve("state"), List.of(replica)),
                    new EngineContext(
                            time,
                            scheduler,
                            FileEvents.none(),
                            () -> 0,
                            new DescriptorRegistry(),
                            KernelLocks.ofThisProcess(),
                            JournalSwitch.NONE));
            engine.start();
            assertThat(engine.sync()).succeedsWithin(Duration.ofSeconds(2 * PATIENCE_SECONDS));
            assertThat(store.starved).isFalse();
            assertThat(engine.stop(Duration.ofSeconds(PATIENCE_SECONDS)))
                    .succeedsWithin(Duration.ofSeconds(2 * PATIENCE_SECONDS));
        }
    }
}
