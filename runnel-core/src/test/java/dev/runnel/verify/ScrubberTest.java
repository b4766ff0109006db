package dev.runnel.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.SampleReplica;
import dev.runnel.capture.PageMap;
import dev.runnel.capture.PageMapCodec;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.model.Level;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.restore.Fixture;
import dev.runnel.restore.ProofStatus;
import dev.runnel.restore.RestoreException;
import dev.runnel.restore.RestoreOptions;
import dev.runnel.restore.RestorePlanner;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.RestoredImage;
import dev.runnel.restore.Restorer;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.memory.MemoryObjectStore;
import dev.runnel.testing.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScrubberTest {

    private static final int HEADER_TIMESTAMP = 32;

    @TempDir
    Path directory;

    private static ScrubReport scrub(ReplicaArchive archive) throws IOException {
        return new Scrubber(archive, key -> {}).scrub();
    }

    private static ScrubReport scrub(DamagedReplica replica) throws IOException {
        return scrub(replica.archive);
    }

    enum Kind {
        FLIP {
            @Override
            void damage(DamagedReplica replica, String key) throws IOException {
                replica.flip(key);
            }
        },
        TRUNCATE {
            @Override
            void damage(DamagedReplica replica, String key) throws IOException {
                replica.truncate(key);
            }
        },
        ANOTHER_PAGE {
            @Override
            void damage(DamagedReplica replica, String key) throws IOException {
                replica.rewriteWithAnotherPage(key);
            }
        },
        APPEND {
            @Override
            void damage(DamagedReplica replica, String key) throws IOException {
                byte[] bytes = replica.get(key);
                replica.put(key, Arrays.copyOf(bytes, bytes.length + 1));
            }
        };

        abstract void damage(DamagedReplica replica, String key) throws IOException;
    }

    @Test
    void aWholeReplicaIsWhole() throws IOException {
        Random random = Seeds.random("aWholeReplicaIsWhole");
        for (int i = 0; i < 20; i++) {
            DamagedReplica replica = DamagedReplica.history(random, true, 1 + random.nextInt(25), directory);
            ScrubReport report = scrub(replica);
            assertThat(report.damages()).isEmpty();
            assertThat(report.lost()).isEmpty();
            assertThat(report.unproved()).isZero();
            assertThat(report.objects()).isEqualTo(replica.keys().size());
            assertThat(report.restorable().stream().mapToInt(Points::count).sum())
                    .isEqualTo(
                            RestorePlanner.reachable(replica.archive.manifest()).size());
        }
    }

    /** Whatever single object is damaged, it is named alone, and what is said to restore does, and the rest does not. */
    @ParameterizedTest
    @EnumSource
    void namesExactlyWhatIsDamagedAndSaysWhatRestores(Kind kind) throws IOException {
        Random random = Seeds.random("namesExactly" + kind);
        for (int round = 0; round < 3; round++) {
            DamagedReplica replica = DamagedReplica.history(random, true, 10 + random.nextInt(12), directory);
            for (String key : replica.keys()) {
                byte[] whole = replica.get(key);
                kind.damage(replica, key);
                ScrubReport report = scrub(replica);
                assertThat(report.damages()).as("damaged %s", key).hasSize(1);
                Damage damage = report.damages().get(0);
                assertThat(damage.key()).isEqualTo(key);
                assertThat(damage.kind()).isEqualTo(Damage.Kind.DAMAGED);
                assertThat(damage.lost()).isEqualTo(report.lost());
                assertRestores(replica, report);
                replica.put(key, whole);
            }
            assertThat(scrub(replica).isWhole()).isTrue();
        }
    }

    private void assertRestores(DamagedReplica replica, ScrubReport report) throws IOException {
        ReplicaArchive reader = DamagedReplica.loaded(replica.store);
        report.damages().forEach(damage -> reader.forget(Objects.requireNonNull(damage.file())));
        Restorer restorer = new Restorer(
                reader, RestoreOptions.defaults().withParallelism(1).withForce(true), noWait());
        NavigableSet<TxId> all = new TreeSet<>(replica.sample.times().keySet());
        for (TxId txId : all) {
            Path out = directory.resolve("out.db");
            if (isIn(report.restorable(), txId, replica)) {
                restorer.restore(RestoreTarget.at(txId), out);
                assertThat(Files.readAllBytes(out)).isEqualTo(replica.sample.image(txId));
            } else {
                assertThatThrownBy(() -> restorer.restore(RestoreTarget.at(txId), out))
                        .isInstanceOf(IOException.class);
            }
        }
    }

    /** A restore that knows of no scrub goes round the damage by itself, and gives what is right or nothing. */
    @ParameterizedTest
    @EnumSource
    void whatScrubSaysRestoresDoesSoUnaided(Kind kind) throws IOException {
        Random random = Seeds.random("unaided" + kind);
        int detours = 0;
        for (int round = 0; round < 3; round++) {
            DamagedReplica replica = DamagedReplica.history(random, true, 10 + random.nextInt(12), directory);
            for (String key : replica.keys()) {
                byte[] whole = replica.get(key);
                kind.damage(replica, key);
                detours += restoreUnaided(replica, scrub(replica));
                replica.put(key, whole);
            }
        }
        assertThat(detours).as("restores that met the damage").isPositive();
    }

    private int restoreUnaided(DamagedReplica replica, ScrubReport report) throws IOException {
        Restorer restorer = new Restorer(
                DamagedReplica.loaded(replica.store),
                RestoreOptions.defaults().withParallelism(1).withForce(true),
                noWait());
        Path out = directory.resolve("unaided.db");
        int detours = 0;
        for (TxId txId : replica.sample.times().keySet()) {
            Files.deleteIfExists(out);
            try {
                RestoredImage image = restorer.restore(RestoreTarget.at(txId), out);
                assertThat(Files.readAllBytes(out)).isEqualTo(replica.sample.image(txId));
                assertThat(image.proof()).isEqualTo(ProofStatus.VERIFIED);
                detours += image.damaged().size();
            } catch (CorruptChangesetException | RestoreException e) {
                assertThat(isIn(report.restorable(), txId, replica))
                        .as("%s is said to restore, but: %s", txId, e)
                        .isFalse();
                assertThat(out).doesNotExist();
            }
        }
        return detours;
    }

    /** Whether a transaction is one of the points: they are those at which a file ends. */
    private static boolean isIn(List<Points> points, TxId txId, DamagedReplica replica) {
        boolean anEnd =
                replica.archive.manifest().all().anyMatch(file -> file.max().equals(txId));
        return anEnd
                && points.stream()
                        .anyMatch(group -> group.first().compareTo(txId) <= 0
                                && group.last().compareTo(txId) >= 0);
    }

    private static Backoff noWait() {
        return new Backoff(Duration.ofNanos(1), Duration.ofNanos(2), new Random(1));
    }

    @Test
    void everyFlippedBitIsFound() throws IOException {
        DamagedReplica replica = DamagedReplica.history(new Random(5), true, 4, directory);
        String key = replica.archive.layout().key(replica.newest(Level.L0));
        for (int bit = 0; bit < 8 * 140; bit++) {
            replica.flip(key, bit);
            assertThat(scrub(replica).damages()).as("bit %d", bit).hasSize(1);
            replica.flip(key, bit);
        }
    }

    @Test
    void swappedFilesAreBothNamed() throws IOException {
        DamagedReplica replica = DamagedReplica.history(new Random(2), true, 14, directory);
        List<LtxFile> level0 = replica.archive.manifest().files(Level.L0);
        String a = replica.archive.layout().key(level0.get(0));
        String b = replica.archive.layout().key(level0.get(1));
        replica.swap(a, b);
        assertThat(scrub(replica).damages()).extracting(Damage::key).containsExactlyInAnyOrder(a, b);
    }

    /** A deleted file in the middle of a level is a gap; the cost is what cannot be restored any more. */
    @Test
    void aDeletedFileIsMissed() throws IOException {
        Random random = Seeds.random("aDeletedFileIsMissed");
        int found = 0;
        for (int round = 0; round < 10; round++) {
            DamagedReplica replica = DamagedReplica.history(random, true, 20, directory);
            Manifest manifest = replica.archive.manifest();
            List<LtxFile> merged = manifest.files(new Level(1));
            LtxFile file = merged.get(1 + random.nextInt(merged.size() - 2));
            NavigableSet<TxId> before = new TreeSet<>(RestorePlanner.reachable(manifest));
            before.removeAll(RestorePlanner.reachable(manifest.without(List.of(file))));
            replica.delete(replica.archive.layout().key(file));
            ScrubReport report = scrub(replica);
            if (manifest.all().anyMatch(other -> other.isBase() && other.max().equals(file.max()))) {
                continue; // the history may have gone on from that snapshot
            }
            found++;
            assertThat(report.damages()).hasSize(1);
            Damage damage = report.damages().get(0);
            assertThat(damage.kind()).isEqualTo(Damage.Kind.MISSING);
            assertThat(damage.key()).isEqualTo(replica.archive.layout().key(file));
            assertThat(damage.lost().stream().mapToInt(Points::count).sum()).isEqualTo(before.size());
            assertRestores(replica, report);
        }
        assertThat(found).isPositive();
    }

    /** Not the time of the damage, which is all that a listing tells; where nothing tells, the neighbours do. */
    @Test
    void whatIsLostIsToldWithTheTimeAtWhichItWasCaptured() throws IOException {
        DamagedReplica replica = new ScrubFixture(new Random(4)).plain(6);
        String key = replica.archive.layout().key(new LtxFile(Level.L0, TxRange.of(3, 3), 0, Instant.EPOCH, false));
        byte[] whole = replica.get(key);
        Instant third = Objects.requireNonNull(replica.sample.times().get(new TxId(3)));
        Instant second = Objects.requireNonNull(replica.sample.times().get(new TxId(2)));
        Instant damagedAt = SampleReplica.START.plus(Duration.ofDays(9));

        byte[] broken = whole.clone();
        broken[broken.length - 20] ^= 1; // behind the header
        replica.store.put(key, ObjectBody.of(broken), PutCondition.any(), damagedAt);
        assertThat(lostFrom(replica)).isEqualTo(new Points.Moment(third, true));

        broken[0] ^= 1; // no header any more, but the store kept the time
        replica.store.put(key, ObjectBody.of(broken), PutCondition.any(), third);
        assertThat(lostFrom(replica)).isEqualTo(new Points.Moment(third, false));

        replica.store.put(key, ObjectBody.of(broken), PutCondition.any(), damagedAt);
        assertThat(lostFrom(replica)).isEqualTo(new Points.Moment(second, false));

        byte[] future = whole.clone();
        ByteBuffer.wrap(future).putLong(HEADER_TIMESTAMP, damagedAt.toEpochMilli());
        replica.store.put(key, ObjectBody.of(future), PutCondition.any(), damagedAt);
        assertThat(lostFrom(replica)).as("a header that cannot be").isEqualTo(new Points.Moment(second, false));

        replica.delete(key);
        assertThat(lostFrom(replica)).isEqualTo(new Points.Moment(second, false));
    }

    private static Points.@Nullable Moment lostFrom(DamagedReplica replica) throws IOException {
        ScrubReport report = scrub(DamagedReplica.loaded(replica.store)); // one that does not remember the uploads
        assertThat(report.lost()).hasSize(1);
        assertThat(report.lost().get(0).first()).isEqualTo(new TxId(3));
        assertThat(Objects.requireNonNull(report.lost().get(0).to()))
                .isEqualTo(new Points.Moment(
                        Objects.requireNonNull(replica.sample.times().get(replica.sample.newest())), true));
        return report.lost().get(0).from();
    }

    @Test
    void theOnlySnapshotIsMissed() throws IOException {
        DamagedReplica replica = new ScrubFixture(new Random(4)).plain(6);
        replica.delete(replica.archive.layout().key(replica.newest(Level.SNAPSHOT)));
        ScrubReport report = scrub(replica);
        assertThat(report.damages()).singleElement().satisfies(damage -> {
            assertThat(damage.kind()).isEqualTo(Damage.Kind.MISSING);
            assertThat(damage.reason()).contains("0000000000000001");
        });
        assertThat(report.restorable()).isEmpty();
        assertThat(report.lost())
                .singleElement()
                .satisfies(points -> assertThat(points.count()).isEqualTo(6));
    }

    /** A receipt and a page map tell of transactions whose file is gone, of which nothing else tells. */
    @Test
    void theEndOfAReplicaIsMissed() throws IOException {
        DamagedReplica replica = new ScrubFixture(new Random(4)).plain(6);
        new ReceiptStore(replica.archive)
                .put(new Verifier(replica.archive, SampleReplica.FIXED_TIME)
                        .verify(Verifier.Request.FULL)
                        .receipt());
        assertThat(scrub(replica).isWhole()).isTrue();
        replica.delete(replica.archive.layout().key(replica.newest(Level.L0)));
        ScrubReport report = scrub(replica);
        assertThat(report.damages()).singleElement().satisfies(damage -> {
            assertThat(damage.kind()).isEqualTo(Damage.Kind.MISSING);
            assertThat(Objects.requireNonNull(damage.file()).max().value()).isEqualTo(6);
        });
    }

    @Test
    void aWrongPageMapIsFoundAndCostsNoPointInTime() throws IOException {
        DamagedReplica replica = new ScrubFixture(new Random(6)).plain(5);
        PageMap map = mapOf(replica.sample.image(new TxId(5)));
        Path file = directory.resolve("page.map");
        PageMapCodec.write(map, new TxId(5), file);
        replica.archive.putMap(new TxId(5), ObjectBody.of(file));
        assertThat(scrub(replica).isWhole()).isTrue();

        map.set(2, map.get(2) ^ 1);
        PageMapCodec.write(map, new TxId(5), file);
        replica.archive.putMap(new TxId(5), ObjectBody.of(Files.readAllBytes(file)));
        assertThat(scrub(replica).damages()).singleElement().satisfies(damage -> {
            assertThat(damage.kind()).isEqualTo(Damage.Kind.PAGE_MAP);
            assertThat(damage.lost()).isEmpty();
        });
    }

    private static PageMap mapOf(byte[] image) {
        PageMap map = new PageMap(new PageSize(512));
        for (int page = 1; page <= image.length / 512; page++) {
            map.set(page, PageChecksums.of(page, image, (page - 1) * 512, 512));
        }
        return map;
    }

    /** What Litestream wrote is whole and not proved; a flipped bit in any file is found all the same. */
    @Test
    void replicasOfLitestreamAreWholeAndUnproved() throws IOException {
        for (Fixture fixture : Fixture.all()) {
            Path copy = fixture.copyReplica(directory.resolve(fixture.toString()));
            ReplicaArchive archive = Fixture.open(copy);
            ScrubReport report = scrub(archive);
            assertThat(report.damages()).as("%s", fixture).isEmpty();
            assertThat(report.unproved()).isEqualTo(report.objects());
            List<LtxFile> files = new ArrayList<>(archive.manifest().all().toList());
            for (LtxFile file : files) {
                Path path = copy.resolve(archive.layout().key(file));
                byte[] bytes = Files.readAllBytes(path);
                byte[] damaged = bytes.clone();
                damaged[bytes.length / 2] ^= 4;
                Files.write(path, damaged);
                assertThat(scrub(Fixture.open(copy)).damages())
                        .as("%s", path)
                        .extracting(Damage::key)
                        .containsExactly(archive.layout().key(file));
                Files.write(path, bytes);
            }
        }
    }

    /** Builds replicas without levels above 0. */
    private record ScrubFixture(Random random) {

        DamagedReplica plain(int cuts) throws IOException {
            DamagedReplica replica = DamagedReplica.history(random, true, 1, Path.of("unused"));
            replica.grow(cuts - 1, false);
            return replica;
        }
    }

    @Test
    void aDamagedFileIsCopiedFromTheOtherReplica() throws IOException {
        Random random = Seeds.random("aDamagedFileIsCopied");
        for (Kind kind : Kind.values()) {
            DamagedReplica replica = DamagedReplica.history(random, true, 16, directory);
            MemoryObjectStore other = replica.copy();
            for (String key : replica.keys()) {
                byte[] whole = replica.get(key);
                kind.damage(replica, key);
                repair(replica, other, 1);
                assertThat(Arrays.equals(replica.get(key), whole))
                        .as("%s of %s repaired", kind, key)
                        .isTrue();
            }
        }
    }

    private static List<Repairer.Result> repair(DamagedReplica replica, MemoryObjectStore other, int damages)
            throws IOException {
        Scrubber scrubber = new Scrubber(replica.archive, key -> {});
        ScrubReport report = scrubber.scrub();
        assertThat(report.damages()).hasSize(damages);
        List<Repairer.Result> results =
                new Repairer(replica.archive, DamagedReplica.loaded(other), scrubber).repair(report.damages());
        boolean repaired = results.stream().allMatch(result -> result.problem() == null);
        assertThat(scrub(replica).isWhole()).as("%s", results).isEqualTo(repaired);
        return results;
    }

    @Test
    void missingFilesAreCopiedFromTheOtherReplica() throws IOException {
        DamagedReplica replica = new ScrubFixture(new Random(8)).plain(12);
        MemoryObjectStore other = replica.copy();
        replica.delete("db/0000/0000000000000004-0000000000000004.ltx");
        replica.delete("db/0000/0000000000000005-0000000000000005.ltx");
        replica.delete("db/0000/0000000000000009-0000000000000009.ltx");
        assertThat(repair(replica, other, 2)).allMatch(result -> result.problem() == null);
    }

    /** Files of the same names and another history are no repair. */
    @Test
    void filesOfAnotherHistoryAreRefused() throws IOException {
        DamagedReplica replica = new ScrubFixture(new Random(8)).plain(12);
        DamagedReplica stranger = new ScrubFixture(new Random(9)).plain(12);
        String key = "db/0000/0000000000000005-0000000000000005.ltx";
        replica.rewriteWithAnotherPage(key);
        byte[] damaged = replica.get(key);
        assertThat(repair(replica, stranger.store, 1))
                .singleElement()
                .satisfies(result -> assertThat(result.problem()).contains("cannot be proved"));
        assertThat(replica.get(key)).isEqualTo(damaged);
    }

    @Test
    void whatIsWholeIsNotReplaced() throws IOException {
        DamagedReplica replica = new ScrubFixture(new Random(8)).plain(3);
        LtxFile file = replica.newest(Level.L0);
        byte[] whole = replica.get(replica.archive.layout().key(file));
        assertThatThrownBy(() -> replica.archive.replaceDamaged(
                        file, ObjectBody.of(new byte[10]), SampleReplica.START, (in, size) -> false))
                .hasMessageContaining("not damaged");
        assertThat(replica.get(replica.archive.layout().key(file))).isEqualTo(whole);
    }
}
