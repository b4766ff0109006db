package dev.runnel.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.archive.SampleReplica;
import dev.runnel.compact.ChangesetSource;
import dev.runnel.compact.CompactionPlan;
import dev.runnel.compact.CompactionPolicy;
import dev.runnel.compact.Compactor;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.retain.Retainer;
import dev.runnel.retain.RetentionPolicy;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.memory.MemoryObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The replicator merges and deletes files between any two requests of a restore, as it would. */
class RestoreUnderFireTest {

    private static final Logger LOG = Logger.getLogger(ImageReader.class.getName());
    private static final int SEEDS = 3;

    @TempDir
    Path directory;

    @BeforeAll
    static void silence() {
        LOG.setLevel(java.util.logging.Level.OFF);
    }

    @AfterAll
    static void restoreLogging() {
        LOG.setLevel(null);
    }

    /** What the replicator does. */
    interface Fire {

        void run(SampleReplica replica, ReplicaArchive writer, Path spool) throws IOException;
    }

    /** Everything is merged up to level 3, and what is merged leaves level 0. */
    private static void compact(SampleReplica replica, ReplicaArchive writer, Path spool) throws IOException {
        Instant now = replica.now().plus(Duration.ofHours(2));
        Compactor compactor = new Compactor(writer, ChangesetSource.NONE, spool);
        CompactionPolicy policy = CompactionPolicy.defaults();
        for (Level level : policy.levels()) {
            for (CompactionPlan plan = policy.plan(writer.manifest(), level, now);
                    plan != null;
                    plan = policy.plan(writer.manifest(), level, now)) {
                compactor.execute(plan);
            }
        }
        new Retainer(writer, RetentionPolicy.defaults()).enforce(now);
    }

    /** A snapshot is taken, and a day later what came before it goes. */
    private static void retain(SampleReplica replica, ReplicaArchive writer, Path spool) throws IOException {
        compact(replica, writer, spool);
        replica.snapshot();
        new Retainer(writer, RetentionPolicy.defaults()).enforce(replica.now().plus(Duration.ofHours(49)));
    }

    /** One replica, of which a reader makes requests that are counted, and before one of which there is fire. */
    private final class Scene {

        private final MemoryObjectStore store = new MemoryObjectStore(SampleReplica.FIXED_TIME);
        private final ReplicaArchive writer = new ReplicaArchive(store, ReplicaLayout.s3("db"));
        private final AtomicInteger requests = new AtomicInteger();
        private final SampleReplica replica;
        private final ReplicaArchive reader;

        Scene(int seed, int at, Fire fire) throws IOException {
            Random random = new Random(seed);
            replica = new SampleReplica(writer, 1024, random, true);
            replica.cut(120, Level.SNAPSHOT);
            for (int i = 0; i < 8; i++) {
                replica.pass(Duration.ofSeconds(1 + random.nextInt(40)));
                replica.cut(35 + random.nextInt(40), Level.L0); // mostly more than is kept from reading the index
                if (i == 2) {
                    replica.snapshot();
                }
            }
            reader = new ReplicaArchive(
                    new FilterObjectStore(store) {
                        private void request() throws IOException {
                            if (requests.incrementAndGet() == at) {
                                synchronized (writer) {
                                    fire.run(replica, writer, directory);
                                }
                            }
                        }

                        @Override
                        public InputStream open(String key, long offset, long length) throws IOException {
                            request();
                            return super.open(key, offset, length);
                        }

                        @Override
                        public ObjectTail readTail(String key, int maxLength) throws IOException {
                            request();
                            return super.readTail(key, maxLength);
                        }

                        @Override
                        public ObjectEntry head(String key) throws IOException {
                            request();
                            return super.head(key);
                        }

                        @Override
                        public ObjectListing list(String prefix, @Nullable String startAfter) throws IOException {
                            request();
                            return super.list(prefix, startAfter);
                        }
                    },
                    ReplicaLayout.s3("db"));
            reader.load();
        }

        RestoredImage restore(RestoreTarget target, int parallelism) throws IOException {
            RestoreOptions options =
                    RestoreOptions.defaults().withParallelism(parallelism).withSegmentBytes(20_000);
            return new Restorer(reader, options, Fixture.backoff()).restore(target, directory.resolve("out.db"));
        }
    }

    private void fire(Fire fire) throws Exception {
        int hits = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            Scene calm = new Scene(seed, -1, fire);
            calm.restore(RestoreTarget.newest(), 1);
            Files.delete(directory.resolve("out.db"));
            int requests = calm.requests.get();
            assertThat(requests).isGreaterThan(10);
            for (int at = 1; at <= requests; at++) {
                Scene scene = new Scene(seed, at, fire);
                LtxFile before = scene.reader.manifest().newestFile(Level.L0);
                RestoredImage image = scene.restore(RestoreTarget.newest(), 1 + at % 3);
                assertThat(image.txId())
                        .as("seed %d, fire at request %d", seed, at)
                        .isEqualTo(scene.replica.newest());
                assertThat(Files.readAllBytes(directory.resolve("out.db")))
                        .as("seed %d, fire at request %d", seed, at)
                        .isEqualTo(scene.replica.image(image.txId()));
                assertThat(image.proof()).isEqualTo(ProofStatus.VERIFIED);
                Files.delete(directory.resolve("out.db"));
                hits += before != null && !image.plan().files().contains(before) ? 1 : 0;
            }
        }
        assertThat(hits).as("restores that had to be planned anew").isPositive();
        try (var left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void givesTheNewestStateWhateverIsMergedMeanwhile() throws Exception {
        fire(RestoreUnderFireTest::compact);
    }

    @Test
    void givesTheNewestStateWhateverIsDeletedMeanwhile() throws Exception {
        fire(RestoreUnderFireTest::retain);
    }

    @Test
    void givesTheTransactionAskedForOrSaysThatItIsGone() throws Exception {
        int gone = 0;
        int given = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            for (int at = 1; at <= 30; at++) {
                Scene scene =
                        new Scene(seed, at, at % 2 == 0 ? RestoreUnderFireTest::compact : RestoreUnderFireTest::retain);
                TxId asked = new TxId(2 + at % 7);
                try {
                    RestoredImage image = scene.restore(RestoreTarget.at(asked), 2);
                    assertThat(image.txId()).isEqualTo(asked);
                    assertThat(Files.readAllBytes(directory.resolve("out.db")))
                            .as("seed %d, fire at request %d", seed, at)
                            .isEqualTo(scene.replica.image(asked));
                    Files.delete(directory.resolve("out.db"));
                    given++;
                } catch (TransactionNotAvailableException e) {
                    assertThat(directory.resolve("out.db")).doesNotExist();
                    gone++;
                }
            }
        }
        assertThat(gone).isPositive();
        assertThat(given).isPositive();
    }
}
