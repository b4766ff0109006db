package dev.runnel.compact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.archive.SampleReplica;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.restore.Fixture;
import dev.runnel.restore.ProofStatus;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.RestoredImage;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.memory.MemoryObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CompactorTest {

    @TempDir
    Path directory;

    private final MemoryObjectStore store = new MemoryObjectStore(SampleReplica.FIXED_TIME);
    private final ReplicaArchive archive = new ReplicaArchive(store, ReplicaLayout.s3("db"));
    private final SampleReplica replica = new SampleReplica(archive, 1024, new Random(1), true);

    private Compactor compactor(ChangesetSource nearer) {
        return new Compactor(archive, nearer, directory.resolve("spool"));
    }

    private byte[] bytes(LtxFile file) throws IOException {
        try (InputStream in = archive.open(file)) {
            return in.readAllBytes();
        }
    }

    private byte[] restored() throws IOException {
        Path out = directory.resolve("out.db");
        RestoredImage image = Fixture.restorer(archive).restore(RestoreTarget.newest(), out);
        assertThat(image.proof()).isEqualTo(ProofStatus.VERIFIED);
        byte[] bytes = Files.readAllBytes(out);
        Files.delete(out);
        return bytes;
    }

    @Test
    void aDayOfLevelsRestoresWithoutLevelZero() throws Exception {
        CompactionPolicy policy = new CompactionPolicy(
                List.of(Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(10)), 1 << 30);
        Compactor compactor = compactor(ChangesetSource.NONE);
        replica.cut(40, Level.SNAPSHOT);
        for (int i = 0; i < 150; i++) {
            replica.pass(Duration.ofSeconds(9));
            replica.cut(3, Level.L0);
            for (Level level : policy.levels()) {
                for (CompactionPlan plan = policy.plan(archive.manifest(), level, replica.now());
                        plan != null;
                        plan = policy.plan(archive.manifest(), level, replica.now())) {
                    LtxFile merged = compactor.execute(plan);
                    LtxHeader header = archive.header(merged);
                    LtxFile last = plan.inputs().get(plan.inputs().size() - 1);
                    assertThat(header.timestamp()).isEqualTo(last.createdAt()).isEqualTo(merged.createdAt());
                    assertThat(header.walOffset()).isZero();
                }
            }
        }
        assertThat(archive.manifest().files(new Level(3))).isNotEmpty();
        List<LtxFile> levelZero = archive.manifest().files(Level.L0);
        TxId covered = Objects.requireNonNull(archive.manifest().newest(new Level(1)));
        archive.delete(
                levelZero.stream().filter(f -> f.max().compareTo(covered) <= 0).toList());
        assertThat(restored()).isEqualTo(replica.image(replica.newest()));
        RestoredImage image = Fixture.restorer(archive).readChecksums(RestoreTarget.newest(), (pgno, checksum) -> {});
        assertThat(image.files()).isLessThan(30);
    }

    @Test
    void doingItAgainGivesTheSameFileAndChangesNothing() throws Exception {
        replica.cut(20, Level.SNAPSHOT);
        replica.cut(5, Level.L0);
        replica.cut(5, Level.L0);
        CompactionPlan plan =
                new CompactionPlan(new Level(1), archive.manifest().files(Level.L0));
        LtxFile once = compactor(ChangesetSource.NONE).execute(plan);
        byte[] bytes = bytes(once);
        assertThat(compactor(ChangesetSource.NONE).execute(plan)).isEqualTo(once);
        assertThat(bytes(once)).isEqualTo(bytes);
    }

    @Test
    void readsNearFilesBeforeThoseOfTheReplica() throws Exception {
        replica.cut(20, Level.SNAPSHOT);
        replica.cut(5, Level.L0);
        replica.cut(5, Level.L0);
        List<LtxFile> inputs = archive.manifest().files(Level.L0);
        Path near = Files.createDirectories(directory.resolve("meta/ltx/0"));
        for (LtxFile input : inputs) {
            Files.write(near.resolve(input.name()), bytes(input));
            store.delete(List.of(archive.layout().key(input)));
        }
        LtxFile merged = compactor(ChangesetSource.directory(directory.resolve("meta/ltx")))
                .execute(new CompactionPlan(new Level(1), inputs));
        archive.forget(inputs.get(0));
        archive.forget(inputs.get(1));
        assertThat(merged.txIds().max()).isEqualTo(replica.newest());
        assertThat(restored()).isEqualTo(replica.image(replica.newest()));
    }

    @Test
    void aDamagedNearFileCostsAnotherRead() throws Exception {
        replica.cut(20, Level.SNAPSHOT);
        replica.cut(5, Level.L0);
        replica.cut(5, Level.L0);
        List<LtxFile> inputs = archive.manifest().files(Level.L0);
        Path near = Files.createDirectories(directory.resolve("meta/ltx/0"));
        byte[] damaged = bytes(inputs.get(1));
        damaged[damaged.length / 2] ^= 4;
        Files.write(near.resolve(inputs.get(1).name()), damaged);
        Files.write(near.resolve(inputs.get(0).name()), new byte[3]);
        compactor(ChangesetSource.directory(directory.resolve("meta/ltx")))
                .execute(new CompactionPlan(new Level(1), inputs));
        inputs.forEach(archive::forget);
        assertThat(restored()).isEqualTo(replica.image(replica.newest()));
    }

    @Test
    void damageDoesNotTravel() throws Exception {
        replica.cut(20, Level.SNAPSHOT);
        replica.cut(5, Level.L0);
        replica.cut(5, Level.L0);
        List<LtxFile> inputs = archive.manifest().files(Level.L0);
        byte[] damaged = bytes(inputs.get(1));
        damaged[damaged.length / 2] ^= 4;
        store.put(archive.layout().key(inputs.get(1)), ObjectBody.of(damaged), PutCondition.any(), null);
        Manifest before = archive.manifest();
        assertThatThrownBy(() -> compactor(ChangesetSource.NONE).execute(new CompactionPlan(new Level(1), inputs)))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining(inputs.get(1).name());
        assertThat(archive.manifest()).isSameAs(before);
        assertThat(archive.load().files(new Level(1))).isEmpty();
    }

    @Test
    void aSingleFileAboveLevelOneIsCopiedByteForByte() throws Exception {
        replica.cut(20, Level.SNAPSHOT);
        replica.cut(5, Level.L0);
        LtxFile one = compactor(ChangesetSource.NONE)
                .execute(new CompactionPlan(new Level(1), archive.manifest().files(Level.L0)));
        LtxFile two = compactor(ChangesetSource.NONE).execute(new CompactionPlan(new Level(2), List.of(one)));
        assertThat(bytes(two)).isEqualTo(bytes(one));
        assertThat(two.createdAt()).isEqualTo(one.createdAt());
    }

    @Test
    void aLargeMergeIsSpooledToDiskAndLeavesNothingThere() throws Exception {
        SampleReplica big =
                new SampleReplica(new ReplicaArchive(store, ReplicaLayout.s3("big")), 4096, new Random(3), true);
        big.cut(1500, Level.SNAPSHOT);
        big.cut(900, Level.L0);
        big.cut(900, Level.L0);
        ReplicaArchive bigArchive = new ReplicaArchive(store, ReplicaLayout.s3("big"));
        bigArchive.load();
        List<LtxFile> inputs = bigArchive.manifest().files(Level.L0);
        assertThat(inputs.stream().mapToLong(LtxFile::size).sum()).isGreaterThan(1 << 20);
        AtomicInteger opened = new AtomicInteger();
        new Compactor(
                        bigArchive,
                        file -> {
                            opened.incrementAndGet();
                            return null;
                        },
                        directory.resolve("spool"))
                .execute(new CompactionPlan(new Level(1), inputs));
        assertThat(opened.get()).isEqualTo(2);
        inputs.forEach(bigArchive::forget);
        Path out = directory.resolve("big.db");
        Fixture.restorer(bigArchive).restore(RestoreTarget.newest(), out);
        assertThat(Files.readAllBytes(out)).isEqualTo(big.image(big.newest()));
        try (Stream<Path> left = Files.list(directory.resolve("spool"))) {
            assertThat(left).isEmpty();
        }
    }

    static List<Fixture> fixtures() throws IOException {
        return Fixture.all();
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void whatLitestreamWroteCompactsToTheSameDatabase(Fixture fixture) throws Exception {
        ReplicaArchive litestream = Fixture.open(fixture.copyReplica(directory.resolve("replica")));
        List<LtxFile> levelZero = litestream.manifest().files(Level.L0);
        List<LtxFile> rest = levelZero.subList(1, levelZero.size());
        litestream.delete(
                litestream.manifest().all().filter(f -> f.level().number() > 0).toList());
        LtxFile merged = new Compactor(litestream, ChangesetSource.NONE, directory)
                .execute(new CompactionPlan(new Level(1), rest));
        litestream.delete(rest);
        LtxFile whole = new Compactor(litestream, ChangesetSource.NONE, directory)
                .execute(new CompactionPlan(new Level(1), List.of(levelZero.get(0))));
        litestream.delete(List.of(levelZero.get(0)));
        Path out = directory.resolve("out.db");
        RestoredImage image = Fixture.restorer(litestream).restore(RestoreTarget.newest(), out);
        assertThat(image.plan().files()).extracting(LtxFile::txIds).containsExactly(whole.txIds(), merged.txIds());
        assertThat(Fixture.dump(out)).isEqualTo(fixture.expectedSql());
    }
}
