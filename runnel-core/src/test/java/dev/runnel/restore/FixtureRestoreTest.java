package dev.runnel.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.BrokenChainException;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.UnsupportedFormatVersionException;
import dev.runnel.model.TxId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replicas that the real Litestream made restore to what the real SQLite dumps; damaged copies never to anything else. */
class FixtureRestoreTest {

    private static final Logger DETOURS = Logger.getLogger(ImageReader.class.getName());

    @TempDir
    Path directory;

    @BeforeAll
    static void silence() {
        DETOURS.setLevel(Level.OFF);
    }

    @AfterAll
    static void restoreLogging() {
        DETOURS.setLevel(null);
    }

    static List<Fixture> fixtures() throws IOException {
        return Fixture.all();
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void restoresTheNewestStateAndEveryInstant(Fixture fixture) throws Exception {
        Path replica = fixture.copyReplica(directory.resolve("replica"));
        restoresAll(fixture, replica, "wrong-times");
        fixture.setTimes(replica);
        restoresAll(fixture, replica, "right-times");
    }

    private void restoresAll(Fixture fixture, Path replica, String name) throws Exception {
        Restorer restorer = Fixture.restorer(Fixture.open(replica));
        Path newest = directory.resolve(name + "-newest.db");
        RestoredImage image = restorer.restore(RestoreTarget.newest(), newest);
        assertThat(Fixture.dump(newest)).isEqualTo(fixture.expectedSql());
        assertThat(image.proof()).isEqualTo(ProofStatus.UNPROVED);
        assertThat(image.damaged()).isEmpty();
        assertThat(Files.size(newest))
                .isEqualTo((long) image.pages() * image.pageSize().bytes());
        for (Map.Entry<Instant, String> point : fixture.pointsInTime().entrySet()) {
            Path then = directory.resolve(name + "-" + point.getKey().toEpochMilli() + ".db");
            restorer.restore(RestoreTarget.before(point.getKey()), then);
            assertThat(Fixture.sha256(Fixture.dump(then)))
                    .as("at %s", point.getKey())
                    .isEqualTo(point.getValue());
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void everyChainGivesTheSameDatabase(Fixture fixture) throws Exception {
        ReplicaArchive archive = Fixture.open(fixture.copyReplica(directory.resolve("replica")));
        Map<TxId, byte[]> images = images(archive);
        assertThat(images).containsKey(archive.manifest().newest());
        // Without the snapshots, and then without one level after the other, as far as chains exist.
        for (int level = 9; level >= 0; level--) {
            int number = level;
            List<LtxFile> gone = archive.manifest()
                    .all()
                    .filter(file -> file.level().number() == number)
                    .toList();
            for (LtxFile file : gone) {
                archive.forget(file);
            }
            images(archive)
                    .forEach((txId, image) -> assertThat(image)
                            .as("%s without levels from %d on", txId, number)
                            .isEqualTo(images.get(txId)));
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void aDamagedFileNeverGivesAWrongDatabase(Fixture fixture) throws Exception {
        Path replica = fixture.copyReplica(directory.resolve("replica"));
        Map<TxId, byte[]> images = images(Fixture.open(replica));
        Random random = new Random(1);
        int restored = 0;
        for (Path file : ltxFiles(replica)) {
            byte[] good = Files.readAllBytes(file);
            Set<Integer> places = new LinkedHashSet<>();
            for (int i = 0; i < 6; i++) {
                places.add(random.nextInt(100));
                places.add(random.nextInt(good.length));
                places.add(good.length - 1 - random.nextInt(60));
            }
            for (int place : places) {
                byte[] bad = good.clone();
                bad[place] ^= (byte) (1 << random.nextInt(8));
                Files.write(file, bad);
                if (restoresRightOrRefuses(replica, images)) {
                    restored++;
                }
            }
            for (int length : new int[] {0, 106, good.length - 1}) {
                Files.write(file, Arrays.copyOf(good, length));
                restoresRightOrRefuses(replica, images);
            }
            Files.write(file, Arrays.copyOf(good, good.length + 7));
            restoresRightOrRefuses(replica, images);
            Files.delete(file);
            restoresRightOrRefuses(replica, images);
            Files.write(file, good);
        }
        assertThat(restored).as("through another chain").isPositive();
        assertThat(restoresRightOrRefuses(replica, images)).isTrue();
    }

    private boolean restoresRightOrRefuses(Path replica, Map<TxId, byte[]> images) throws IOException {
        Path out = directory.resolve("out.db");
        Files.deleteIfExists(out);
        try {
            RestoredImage image = Fixture.restorer(Fixture.open(replica)).restore(RestoreTarget.newest(), out);
            assertThat(Files.readAllBytes(out)).isEqualTo(images.get(image.txId()));
            return true;
        } catch (CorruptChangesetException | UnsupportedFormatVersionException e) {
            assertThat(e.getMessage()).contains(".ltx");
        } catch (BrokenChainException | RestoreException e) {
            assertThat(e.getMessage()).contains(replica.toString());
        }
        assertThat(out).doesNotExist();
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.filter(path -> path.getFileName().toString().contains("tmp-")))
                    .isEmpty();
        }
        return false;
    }

    private Map<TxId, byte[]> images(ReplicaArchive archive) throws IOException {
        Map<TxId, byte[]> images = new HashMap<>();
        Restorer restorer = Fixture.restorer(archive);
        Manifest manifest = archive.manifest();
        for (TxId txId : new LinkedHashSet<>(manifest.all().map(LtxFile::max).toList())) {
            Path out = directory.resolve("image.db");
            try {
                restorer.restore(RestoreTarget.at(txId), out);
            } catch (TransactionNotAvailableException e) {
                continue;
            }
            images.put(txId, Files.readAllBytes(out));
            Files.delete(out);
        }
        return images;
    }

    private static List<Path> ltxFiles(Path replica) throws IOException {
        try (Stream<Path> tree = Files.walk(replica)) {
            return tree.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
