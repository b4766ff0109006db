package dev.runnel.legacy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.archive.ForeignWriterException;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.archive.SampleReplica;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.restore.Fixture;
import dev.runnel.restore.ProofStatus;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.RestoredImage;
import dev.runnel.restore.TargetExistsException;
import dev.runnel.storage.file.FileObjectStore;
import dev.runnel.storage.memory.MemoryObjectStore;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jpountz.lz4.LZ4FrameInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replicas that the real Litestream 0.3.13 made restore to what the real SQLite makes of them, migrated or not. */
class LegacyFixtureTest {

    @TempDir
    Path directory;

    private Path root = Path.of("");

    static List<Fixture> fixtures() throws IOException {
        return Stream.of("litestream-0.3-1k", "litestream-0.3-4k")
                .map(prefix -> {
                    try {
                        return Fixture.all(prefix).get(0);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .toList();
    }

    @BeforeEach
    void root() {
        root = directory.resolve("replica");
    }

    private LegacyReplica replica() {
        return new LegacyReplica(new FileObjectStore(root), "");
    }

    private LegacyReplica copy(Fixture fixture) throws IOException {
        fixture.copyReplica(root);
        fixture.setTimes(root);
        return replica();
    }

    private static LegacyRestorer restorer(LegacyReplica replica) {
        return new LegacyRestorer(replica, ObjectDecryptor.NONE, 2, Fixture.backoff());
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void restoresTheNewestStateAndEveryInstant(Fixture fixture) throws Exception {
        LegacyReplica replica = copy(fixture);
        Path newest = directory.resolve("newest.db");
        LegacyRestorer.Result result = restorer(replica).restore(LegacyTarget.newest(), newest, false);
        assertThat(Fixture.dump(newest)).isEqualTo(fixture.expectedSql());
        assertThat(result.pageSize()).isNotNull();
        assertThat(Files.size(newest))
                .isEqualTo((long) result.pages() * result.pageSize().bytes());
        int points = 0;
        for (Map.Entry<Instant, String> point : fixture.pointsInTime().entrySet()) {
            Path then = directory.resolve("point-" + points++ + ".db");
            restorer(replica).restore(LegacyTarget.at(point.getKey()), then, false);
            assertThat(Fixture.sha256(Fixture.dump(then)))
                    .as("at %s", point.getKey())
                    .isEqualTo(point.getValue());
        }
        assertThat(points).isPositive();
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left.filter(path -> path.toString().contains(".tmp-"))).isEmpty();
        }
    }

    @Test
    void aDamagedSnapshotIsGotAroundWhereTheOneBeforeLeadsToTheSameState() throws Exception {
        Fixture fixture = fixtures().get(0);
        LegacyReplica replica = copy(fixture);
        LegacyPlan plan = restorer(replica).plan(LegacyTarget.newest());
        assertThat(plan.snapshot().index()).isPositive();
        flip(root.resolve(plan.snapshot().key()));
        Path newest = directory.resolve("newest.db");
        LegacyRestorer.Result result = restorer(replica).restore(LegacyTarget.newest(), newest, false);
        assertThat(Fixture.dump(newest)).isEqualTo(fixture.expectedSql());
        assertThat(result.plan().last()).isEqualTo(plan.last());

        flip(root.resolve(result.plan().snapshot().key()));
        assertThatThrownBy(() -> restorer(replica).restore(LegacyTarget.newest(), directory.resolve("x.db"), false))
                .isInstanceOf(CorruptChangesetException.class);
    }

    private static void flip(Path file) throws IOException {
        FileTime time = Files.getLastModifiedTime(file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        Files.setLastModifiedTime(file, time);
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void tellsHowFarItIs(Fixture fixture) throws Exception {
        LegacyReplica replica = copy(fixture);
        List<Long> done = new ArrayList<>();
        List<Long> totals = new ArrayList<>();
        LegacyPlan plan = restorer(replica)
                .restore(LegacyTarget.newest(), directory.resolve("newest.db"), false, (now, total) -> {
                    done.add(now);
                    totals.add(total);
                })
                .plan();
        assertThat(totals).containsOnly(plan.bytes());
        assertThat(done).isSorted().startsWith(0L).endsWith(plan.bytes());
        // Told before each piece, and at the end; all objects are smaller than a piece.
        assertThat(done).hasSize(plan.objects().size() + 1).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void restoresEveryIndexAsSqliteItselfRecoversIt(Fixture fixture) throws Exception {
        LegacyReplica replica = copy(fixture);
        int states = 0;
        for (LegacyGeneration generation : replica.list()) {
            int last =
                    generation.segments().get(generation.segments().size() - 1).index();
            for (int index = generation.snapshots().get(0).index(); index <= last; index++) {
                Path ours = directory.resolve("ours-" + states + ".db");
                Path theirs = directory.resolve("theirs-" + states++ + ".db");
                LegacyTarget target = LegacyTarget.index(generation.name(), index);
                restorer(replica).restore(target, ours, false);
                recoverWithSqlite(restorer(replica).plan(target), theirs);
                assertThat(Fixture.dump(ours)).as("%s", target).isEqualTo(Fixture.dump(theirs));
            }
            Path whole = directory.resolve("whole-" + states + ".db");
            restorer(replica).restore(LegacyTarget.generation(generation.name()), whole, false);
            assertThat(Fixture.dump(whole))
                    .isEqualTo(Fixture.dump(directory.resolve("theirs-" + (states - 1) + ".db")));
        }
        assertThat(states).isGreaterThan(3);
    }

    /** What Litestream does: the WAL of each index beside the database, and a checkpoint. */
    private void recoverWithSqlite(LegacyPlan plan, Path database) throws Exception {
        unpack(plan.snapshot(), Files.newOutputStream(database));
        Path wal = database.resolveSibling(database.getFileName() + "-wal");
        for (int i = 0; i < plan.segments().size(); ) {
            int index = plan.segments().get(i).index();
            try (OutputStream out = Files.newOutputStream(wal)) {
                for (; i < plan.segments().size() && plan.segments().get(i).index() == index; i++) {
                    unpack(plan.segments().get(i), new FilterOutputStream(out) {
                        @Override
                        public void close() {}
                    });
                }
            }
            Process checkpoint = new ProcessBuilder("sqlite3", database.toString(), "PRAGMA wal_checkpoint(TRUNCATE)")
                    .redirectErrorStream(true)
                    .start();
            assertThat(new String(checkpoint.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                    .startsWith("0|");
            assertThat(checkpoint.waitFor()).isZero();
        }
    }

    private void unpack(LegacyObject object, OutputStream to) throws IOException {
        try (to;
                InputStream in = new LZ4FrameInputStream(Files.newInputStream(root.resolve(object.key())))) {
            in.transferTo(to);
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void migratesToAReplicaWithTheSameStatesAtTheSameTimes(Fixture fixture) throws Exception {
        LegacyReplica replica = copy(fixture);
        ReplicaArchive target =
                new ReplicaArchive(new MemoryObjectStore(SampleReplica.FIXED_TIME), ReplicaLayout.s3("app"));
        LegacyMigration.Result result = new LegacyMigration(replica, restorer(replica), target, directory).migrate();
        assertThat(result.notes()).isEmpty();
        target.load();
        Path newest = directory.resolve("newest.db");
        RestoredImage image = Fixture.restorer(target).restore(RestoreTarget.newest(), newest);
        assertThat(Fixture.dump(newest)).isEqualTo(fixture.expectedSql());
        assertThat(image.proof()).isEqualTo(ProofStatus.VERIFIED);
        assertThat(image.txId()).isEqualTo(new TxId(result.states()));
        assertThat(image.files()).as("a snapshot of the newest state").isEqualTo(1);

        int number = 0;
        for (Map.Entry<Instant, String> point : fixture.pointsInTime().entrySet()) {
            Path then = directory.resolve("point-" + number++ + ".db");
            Fixture.restorer(target).restore(RestoreTarget.before(point.getKey()), then);
            assertThat(Fixture.sha256(Fixture.dump(then)))
                    .as("at %s", point.getKey())
                    .isEqualTo(point.getValue());
        }
        // Just after each object was written, both give the same.
        for (Instant moment : replica.list().stream()
                .flatMap(LegacyGeneration::objects)
                .map(object -> object.createdAt().plusMillis(1).truncatedTo(ChronoUnit.MILLIS))
                .toList()) {
            Path old = directory.resolve("old-" + number + ".db");
            Path migrated = directory.resolve("migrated-" + number++ + ".db");
            restorer(replica).restore(LegacyTarget.at(moment), old, false);
            RestoredImage then = Fixture.restorer(target).restore(RestoreTarget.before(moment), migrated);
            assertThat(Fixture.dump(migrated)).as("at %s", moment).isEqualTo(Fixture.dump(old));
            assertThat(then.proof()).isEqualTo(ProofStatus.VERIFIED);
        }

        int files = (int) target.manifest().all().count();
        new LegacyMigration(replica, restorer(replica), target, directory).migrate();
        assertThat(target.load().all()).as("the same again").hasSize(files);
    }

    @Test
    void doesNotMigrateIntoAnotherReplica() throws Exception {
        LegacyReplica replica = copy(fixtures().get(0));
        ReplicaArchive target =
                new ReplicaArchive(new MemoryObjectStore(SampleReplica.FIXED_TIME), ReplicaLayout.s3("app"));
        SampleReplica other = new SampleReplica(target, 1024, new Random(1), true);
        other.cut(5, Level.SNAPSHOT);
        assertThatThrownBy(() -> new LegacyMigration(replica, restorer(replica), target, directory).migrate())
                .isInstanceOf(ForeignWriterException.class);
        assertThat(target.load().all()).hasSize(1);
    }

    @Test
    void whatIsMissingIsNamedAndNotPassedOver() throws Exception {
        LegacyReplica replica = copy(fixtures().get(1));
        LegacyGeneration generation = replica.list().get(0);
        Path out = directory.resolve("out.db");
        Path aside = directory.resolve("aside");
        int told = 0;
        for (LegacySegment segment : generation.segments()) {
            Path file = root.resolve(segment.key());
            Files.move(file, aside);
            // The end of a WAL tells nobody that it is missing: Litestream's format has no proof of it.
            LegacySnapshot last =
                    generation.snapshots().get(generation.snapshots().size() - 1);
            boolean needed = segment.index() >= last.index()
                    && generation.segments().stream()
                            .anyMatch(other -> other.index() == segment.index() && other.offset() > segment.offset());
            told += needed ? 1 : 0;
            if (needed) {
                assertThatThrownBy(() -> restorer(replica).restore(LegacyTarget.newest(), out, false))
                        .as("without %s", segment)
                        .isInstanceOf(LegacyGapException.class)
                        .hasMessageContaining("missing WAL")
                        .hasMessageContaining("0000000" + segment.index())
                        .hasMessageMatching(".*-(timestamp|index) .*");
                assertThat(out).doesNotExist();
            } else {
                restorer(replica).restore(LegacyTarget.newest(), out, false);
                Files.delete(out);
            }
            Files.move(aside, file);
        }
        assertThat(told).isPositive();
        for (LegacySegment segment : generation.segments()) {
            if (segment.index() == 4) {
                Files.delete(root.resolve(segment.key()));
            }
        }
        assertThatThrownBy(() -> restorer(replica).restore(LegacyTarget.newest(), out, false))
                .isInstanceOf(LegacyGapException.class)
                .hasMessageContaining("missing WAL index 00000004");
    }

    @Test
    void anyDamageOfAnObjectIsToldOrMakesNoDifference() throws Exception {
        Fixture fixture = fixtures().get(0);
        LegacyReplica replica = copy(fixture);
        List<LegacyObject> objects =
                restorer(replica).plan(LegacyTarget.newest()).objects();
        for (LegacyGeneration generation : replica.list()) { // one before would be a way around
            for (LegacySnapshot snapshot : generation.snapshots()) {
                if (!objects.contains(snapshot)) {
                    Files.delete(root.resolve(snapshot.key()));
                }
            }
        }
        Path out = directory.resolve("out.db");
        Random random = new Random(3);
        int told = 0;
        for (int i = 0; i < 120; i++) {
            Path file = root.resolve(objects.get(random.nextInt(objects.size())).key());
            byte[] right = Files.readAllBytes(file);
            byte[] wrong = right.clone();
            if (random.nextInt(4) == 0) {
                wrong = Arrays.copyOf(right, random.nextInt(right.length));
            } else {
                wrong[random.nextInt(wrong.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(file, wrong);
            try {
                restorer(replica()).restore(LegacyTarget.newest(), out, false);
                assertThat(Fixture.dump(out))
                        .as("seed 3, round %d, %s", i, file)
                        .isEqualTo(fixture.expectedSql());
                Files.delete(out);
            } catch (CorruptChangesetException | LegacyGapException e) {
                assertThat(e).hasMessageContaining(root.toString());
                assertThat(out).doesNotExist();
                told++;
            }
            Files.write(file, right);
        }
        assertThat(told).isGreaterThan(100);
    }

    @Test
    void aMigrationGoesOnBehindAGapFromTheNextSnapshot() throws Exception {
        Fixture fixture = fixtures().get(1);
        LegacyReplica replica = copy(fixture);
        LegacyGeneration generation = replica.list().get(0);
        Files.delete(root.resolve(generation.segments().get(2).key()));
        ReplicaArchive target =
                new ReplicaArchive(new MemoryObjectStore(SampleReplica.FIXED_TIME), ReplicaLayout.files(""));
        LegacyMigration.Result result = new LegacyMigration(replica, restorer(replica), target, directory).migrate();
        assertThat(result.notes()).singleElement().asString().contains("missing WAL");
        Path newest = directory.resolve("newest.db");
        Fixture.restorer(target).restore(RestoreTarget.newest(), newest);
        assertThat(Fixture.dump(newest)).isEqualTo(fixture.expectedSql());
    }

    @Test
    void whatIsNotThereIsToldWithWhatIs() throws Exception {
        LegacyReplica replica = copy(fixtures().get(0));
        LegacyRestorer restorer = restorer(replica);
        Path out = directory.resolve("deep/out.db");
        List<LegacyTarget> wrong = new ArrayList<>();
        wrong.add(LegacyTarget.generation("0000000000000000"));
        wrong.add(LegacyTarget.index("d3223fca61994183", 7));
        wrong.add(LegacyTarget.at(Instant.parse("2026-11-22T03:24:13Z")));
        for (LegacyTarget target : wrong) {
            assertThatThrownBy(() -> restorer.restore(target, out, false))
                    .isInstanceOf(LegacyNotAvailableException.class)
                    .hasMessageContaining("no matching backups found");
        }
        assertThatThrownBy(() -> new LegacyRestorer(
                                new LegacyReplica(new FileObjectStore(directory.resolve("no")), ""),
                                ObjectDecryptor.NONE,
                                1,
                                Fixture.backoff())
                        .restore(LegacyTarget.newest(), out, false))
                .isInstanceOf(LegacyNotAvailableException.class);
        assertThat(out.getParent()).doesNotExist();
        Path there = Files.writeString(directory.resolve("there.db"), "x");
        assertThatThrownBy(() -> restorer.restore(LegacyTarget.newest(), there, false))
                .isInstanceOf(TargetExistsException.class);
        restorer.restore(LegacyTarget.newest(), there, true);
        assertThat(Fixture.dump(there)).isEqualTo(fixtures().get(0).expectedSql());
    }
}
