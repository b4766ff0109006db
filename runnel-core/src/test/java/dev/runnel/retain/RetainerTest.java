package dev.runnel.retain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.archive.SampleReplica;
import dev.runnel.compact.ChangesetSource;
import dev.runnel.compact.CompactionPlan;
import dev.runnel.compact.CompactionPolicy;
import dev.runnel.compact.Compactor;
import dev.runnel.compact.SnapshotPolicy;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.restore.Fixture;
import dev.runnel.restore.ProofStatus;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.RestoredImage;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.memory.MemoryObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetainerTest {

    private static final RetentionPolicy POLICY =
            new RetentionPolicy(true, Duration.ofMinutes(10), Duration.ofMinutes(1));

    @TempDir
    Path directory;

    private final MemoryObjectStore store = new MemoryObjectStore(SampleReplica.FIXED_TIME);

    /** The whole life of a replica with real files: everything inside the window restores, nothing lists. */
    @Test
    void aLifeOfCutsMergesSnapshotsAndDeletions() throws Exception {
        AtomicInteger lists = new AtomicInteger();
        FilterObjectStore counting = new FilterObjectStore(store) {
            @Override
            public ObjectListing list(String prefix, @Nullable String startAfter) throws IOException {
                lists.incrementAndGet();
                return super.list(prefix, startAfter);
            }
        };
        ReplicaArchive archive = new ReplicaArchive(counting, ReplicaLayout.files("db"));
        archive.load();
        assertThat(lists.get()).isEqualTo(1);
        Random random = new Random(7);
        SampleReplica replica = new SampleReplica(archive, 512, random, true);
        CompactionPolicy compaction =
                new CompactionPolicy(List.of(Duration.ofSeconds(30), Duration.ofMinutes(3)), 1 << 30);
        SnapshotPolicy snapshots = new SnapshotPolicy(Duration.ofMinutes(5));
        Retainer retainer = new Retainer(archive, POLICY);
        Compactor compactor = new Compactor(archive, ChangesetSource.NONE, directory);
        replica.cut(30, Level.SNAPSHOT);
        for (int i = 0; i < 300; i++) {
            replica.pass(Duration.ofSeconds(1 + random.nextInt(15)));
            replica.cut(3, Level.L0);
            for (Level level : compaction.levels()) {
                CompactionPlan plan = compaction.plan(archive.manifest(), level, replica.now());
                if (plan != null) {
                    compactor.execute(plan);
                }
            }
            if (snapshots.isDue(archive.manifest(), replica.newest(), replica.now())) {
                replica.snapshot();
            }
            retainer.enforce(replica.now());
        }
        assertThat(lists.get()).as("steady state needs no listing").isEqualTo(1);
        assertThat(archive.manifest().size()).isLessThan(120);
        assertThat(new ReplicaArchive(store, ReplicaLayout.files("db"))
                        .load()
                        .all()
                        .map(LtxFile::toString))
                .containsExactlyElementsOf(
                        archive.manifest().all().map(LtxFile::toString).toList());
        Path out = directory.resolve("out.db");
        Instant start = replica.now().minus(POLICY.snapshotRetention());
        for (Map.Entry<TxId, Instant> cut : replica.times().entrySet()) {
            Instant after = cut.getValue().plusMillis(1);
            if (!after.isBefore(start)) {
                RestoredImage image = Fixture.restorer(archive).restore(RestoreTarget.before(after), out);
                assertThat(Files.readAllBytes(out)).isEqualTo(replica.image(image.txId()));
                assertThat(image.proof()).isEqualTo(ProofStatus.VERIFIED);
                Duration late = Duration.between(image.timestamp(), after);
                boolean recent = !after.isBefore(replica.now().minus(POLICY.l0Retention()));
                assertThat(late).isLessThan(recent ? Duration.ofMillis(2) : Duration.ofSeconds(61));
                Files.delete(out);
            }
        }
    }

    @Test
    void learnsTheTimeOfSnapshotsThatSomebodyElseWrote() throws Exception {
        ReplicaArchive writer = new ReplicaArchive(store, ReplicaLayout.s3(""));
        SampleReplica replica = new SampleReplica(writer, 512, new Random(1), false);
        replica.cut(3, Level.SNAPSHOT);
        replica.cut(3, Level.L0);
        replica.pass(Duration.ofMinutes(1));
        replica.snapshot();
        replica.cut(3, Level.L0);
        replica.pass(Duration.ofMinutes(12));
        ReplicaArchive reader = new ReplicaArchive(store, ReplicaLayout.s3(""));
        reader.load();
        assertThat(POLICY.plan(reader.manifest(), replica.now())).isEmpty();
        assertThat(new Retainer(reader, POLICY).enforce(replica.now()))
                .extracting(LtxFile::toString)
                .containsExactly("0/0000000000000002-0000000000000002.ltx", "9/0000000000000001-0000000000000001.ltx");
        assertThat(reader.load().size()).isEqualTo(2);
    }

    @Test
    void aDamagedSnapshotIsKeptAndReportedButDoesNotStopTheRest() throws Exception {
        ReplicaArchive writer = new ReplicaArchive(store, ReplicaLayout.s3("db"));
        SampleReplica replica = new SampleReplica(writer, 512, new Random(1), false);
        replica.cut(3, Level.SNAPSHOT);
        replica.cut(3, Level.L0);
        LtxFile base = replica.snapshot();
        replica.cut(3, Level.L0);
        LtxFile damaged = replica.snapshot();
        store.put(writer.layout().key(damaged), ObjectBody.of(new byte[200]), PutCondition.any(), null);
        replica.pass(Duration.ofMinutes(12));
        ReplicaArchive reader = new ReplicaArchive(store, ReplicaLayout.s3("db"));
        reader.load();
        assertThatThrownBy(() -> new Retainer(reader, POLICY).enforce(replica.now()))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining(damaged.name());
        assertThat(reader.load().files(Level.SNAPSHOT))
                .extracting(LtxFile::txIds)
                .containsExactly(base.txIds(), damaged.txIds());
    }

    @Test
    void keepsTheNewestPageMapOnly() throws Exception {
        ReplicaArchive archive = new ReplicaArchive(store, ReplicaLayout.s3("db"));
        for (long txId : new long[] {1, 7, 4}) {
            archive.putMap(new TxId(txId), ObjectBody.of(new byte[] {(byte) txId}));
        }
        ReplicaArchive other = new ReplicaArchive(store, ReplicaLayout.s3("db"));
        assertThat(other.newestMap(new TxId(6))).isEqualTo(new TxId(4));
        new Retainer(other, new RetentionPolicy(false, Duration.ofHours(1), Duration.ofHours(1))).enforceMaps();
        assertThat(other.newestMap(new TxId(6))).isEqualTo(new TxId(4));
        new Retainer(other, POLICY).enforceMaps();
        assertThat(other.newestMap(new TxId(6))).isNull();
        assertThat(other.newestMap(new TxId(7))).isEqualTo(new TxId(7));
        try (InputStream map = other.openMap(new TxId(7))) {
            assertThat(map.readAllBytes()).containsExactly(7);
        }
        other.putMap(new TxId(9), ObjectBody.of(new byte[] {9}));
        assertThat(other.newestMap(new TxId(100))).isEqualTo(new TxId(9));
    }
}
