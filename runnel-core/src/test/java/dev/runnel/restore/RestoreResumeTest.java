package dev.runnel.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.archive.SampleReplica;
import dev.runnel.model.Level;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.storage.memory.MemoryObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A restore that was cut off is continued with what it has, and never believes what it has. */
class RestoreResumeTest {

    private static final Logger LOG = Logger.getLogger("dev.runnel.restore");

    @TempDir
    Path directory;

    private final MemoryObjectStore store = new MemoryObjectStore(SampleReplica.FIXED_TIME);
    private final AtomicLong bytes = new AtomicLong();
    private SampleReplica replica = sample(store);

    private static SampleReplica sample(MemoryObjectStore store) {
        return new SampleReplica(new ReplicaArchive(store, ReplicaLayout.s3("db")), 1024, new Random(1), true);
    }

    @BeforeAll
    static void silence() {
        LOG.setLevel(java.util.logging.Level.OFF);
    }

    @AfterAll
    static void restoreLogging() {
        LOG.setLevel(null);
    }

    @BeforeEach
    void write() throws IOException {
        replica.cut(400, Level.SNAPSHOT);
        replica.cut(90, Level.L0);
        replica.cut(90, Level.L0);
    }

    private Path out() {
        return directory.resolve("out.db");
    }

    /** A restorer whose store is down from the {@code limit}-th read of pages on. */
    private Restorer restorer(int limit) throws IOException {
        AtomicInteger reads = new AtomicInteger();
        ReplicaArchive reader = new ReplicaArchive(
                new FilterObjectStore(store) {
                    @Override
                    public InputStream open(String key, long offset, long length) throws IOException {
                        if (length > 100) {
                            if (reads.incrementAndGet() > limit) {
                                throw new TransientStorageException("unreachable: " + key);
                            }
                            bytes.addAndGet(length);
                        }
                        return super.open(key, offset, length);
                    }
                },
                ReplicaLayout.s3("db"));
        reader.load();
        RestoreOptions options = RestoreOptions.defaults().withParallelism(2).withSegmentBytes(9000);
        return new Restorer(reader, options, Fixture.backoff());
    }

    private void cutOff(int limit) throws IOException {
        bytes.set(0);
        assertThatThrownBy(() -> restorer(limit).restore(RestoreTarget.newest(), out()))
                .isInstanceOf(TransientStorageException.class)
                .hasMessageContaining("restore again to go on from there");
        assertThat(out()).doesNotExist();
    }

    private void completes() throws IOException {
        restorer(Integer.MAX_VALUE).restore(RestoreTarget.newest(), out());
        assertThat(Files.readAllBytes(out())).isEqualTo(replica.image(replica.newest()));
        assertThat(leftovers()).isEmpty();
        Files.delete(out());
    }

    private List<Path> leftovers() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> !file.equals(out())).sorted().toList();
        }
    }

    /** As an engine does that starts without local state at a replica without a page map. */
    @Test
    void checksumsAreReadOnFromWhereAnAttemptFailed() throws IOException {
        Map<Integer, Long> whole = new ConcurrentHashMap<>();
        bytes.set(0);
        long checksum = restorer(Integer.MAX_VALUE)
                .readChecksums(RestoreTarget.newest(), whole::put)
                .databaseChecksum();
        long all = bytes.get();
        Map<Integer, Long> checksums = new ConcurrentHashMap<>();
        ReadProgress progress = new ReadProgress();
        int attempts = 1;
        bytes.set(0);
        for (boolean done = false; !done; attempts++) {
            try {
                assertThat(restorer(8)
                                .readChecksums(RestoreTarget.newest(), checksums::put, progress)
                                .databaseChecksum())
                        .isEqualTo(checksum);
                done = true;
            } catch (TransientStorageException e) {
                assertThat(attempts).as("it gets on").isLessThan(20);
            }
        }
        assertThat(attempts).isGreaterThan(3);
        assertThat(bytes.get()).isLessThan(2 * all); // what is small is read whole each time, with its index
        assertThat(checksums).isEqualTo(whole);
    }

    @Test
    void whatWasReadIsNotFetchedAgain() throws Exception {
        bytes.set(0);
        completes();
        long all = bytes.get();
        for (int limit = 3; limit < 32; limit += 4) {
            cutOff(limit);
            assertThat(leftovers()).hasSize(2);
            long first = bytes.get();
            completes();
            assertThat(bytes.get())
                    .as("cut off after %d reads, %d bytes", limit, first)
                    .isEqualTo(all);
        }
        cutOff(12);
        for (int again = 0; again < 3; again++) {
            cutOff(5);
            assertThat(bytes.get()).as("from where it was").isLessThan(all / 5);
            assertThat(leftovers()).hasSize(2);
        }
        completes();
    }

    @Test
    void whateverHappenedToTheFilesTheResultIsRight() throws Exception {
        for (int seed = 0; seed < 80; seed++) {
            Random random = new Random(seed);
            cutOff(5 + random.nextInt(30));
            for (int i = 0; i <= random.nextInt(3); i++) {
                Path victim = leftovers().get(random.nextInt(leftovers().size()));
                try (FileChannel channel =
                        FileChannel.open(victim, StandardOpenOption.WRITE, StandardOpenOption.READ)) {
                    long place = random.nextLong(Math.max(1, channel.size()));
                    switch (random.nextInt(4)) {
                        case 0 -> channel.truncate(place);
                        case 1 -> channel.truncate(0);
                        default -> {
                            byte[] garbage = new byte[1 + random.nextInt(20)];
                            random.nextBytes(garbage);
                            channel.write(ByteBuffer.wrap(garbage), place);
                        }
                    }
                }
            }
            completes();
        }
        cutOff(20);
        Files.delete(leftovers().get(0));
        completes();
    }

    @Test
    void goesOnToWhatIsTheNewestStateByNow() throws Exception {
        for (int round = 0; round < 6; round++) {
            cutOff(12);
            replica.cut(40, Level.L0);
            if (round == 3) {
                replica.snapshot();
            }
            completes();
        }
    }

    @Test
    void whatComesFromElsewhereIsDropped() throws Exception {
        cutOff(20);
        MemoryObjectStore elsewhere = new MemoryObjectStore(SampleReplica.FIXED_TIME);
        ReplicaArchive other = new ReplicaArchive(elsewhere, ReplicaLayout.s3("other"));
        SampleReplica sample = new SampleReplica(other, 512, new Random(2), false);
        sample.cut(100, Level.SNAPSHOT);
        new Restorer(other, RestoreOptions.defaults(), Fixture.backoff()).restore(RestoreTarget.newest(), out());
        assertThat(Files.readAllBytes(out())).isEqualTo(sample.image(sample.newest()));
        assertThat(leftovers()).isEmpty();
    }

    /** As after a kill between the two steps of the end: the file has the name of the database, and still its own. */
    @Test
    void aDatabaseThatIsInUseIsNotWrittenOnUnderItsOtherName() throws Exception {
        cutOff(20);
        Path unfinished = leftovers().stream()
                .filter(file -> !file.toString().endsWith(".journal"))
                .findFirst()
                .orElseThrow();
        Files.createLink(out(), unfinished);
        Path witness = Files.createLink(directory.resolve("witness"), unfinished);
        byte[] before = Files.readAllBytes(witness);
        ReplicaArchive reader = new ReplicaArchive(store, ReplicaLayout.s3("db"));
        reader.load();
        new Restorer(reader, RestoreOptions.defaults().withForce(true), Fixture.backoff())
                .restore(RestoreTarget.newest(), out());
        assertThat(Files.readAllBytes(out())).isEqualTo(replica.image(replica.newest()));
        assertThat(Files.readAllBytes(witness)).isEqualTo(before);
        assertThat(leftovers()).containsExactly(witness);
    }

    @Test
    void filesWithOtherNamesAreLeftAlone() throws Exception {
        List<Path> others = List.of(
                Files.writeString(directory.resolve("out.db.tmp-0123abcd"), "a"),
                Files.writeString(directory.resolve("out.db.tmp-0123abcde.journal"), "b"),
                Files.writeString(directory.resolve("another.db.tmp-0123abcd.journal"), "c"));
        restorer(Integer.MAX_VALUE).restore(RestoreTarget.newest(), out());
        assertThat(leftovers()).containsExactlyInAnyOrderElementsOf(others);
    }

    @Test
    void aRestoreThatStillRunsIsNotTakenOver() throws Exception {
        AtomicReference<byte[]> inner = new AtomicReference<>();
        ReplicaArchive reader = new ReplicaArchive(
                new FilterObjectStore(store) {
                    private final AtomicInteger reads = new AtomicInteger();

                    @Override
                    public InputStream open(String key, long offset, long length) throws IOException {
                        if (length > 100 && reads.incrementAndGet() == 25) {
                            restorer(Integer.MAX_VALUE).restore(RestoreTarget.newest(), out());
                            inner.set(Files.readAllBytes(out()));
                        }
                        return super.open(key, offset, length);
                    }
                },
                ReplicaLayout.s3("db"));
        reader.load();
        RestoreOptions options = RestoreOptions.defaults().withParallelism(1).withSegmentBytes(9000);
        Restorer outer = new Restorer(reader, options, Fixture.backoff());
        assertThrows(TargetExistsException.class, () -> outer.restore(RestoreTarget.newest(), out()));
        assertThat(inner.get()).isEqualTo(replica.image(replica.newest()));
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void aDiskThatIsTooSmallIsRefusedWithFigures() {
        Path target = Path.of("/data/app.db");
        assertThatThrownBy(() -> NotEnoughSpaceException.require(target, 1000, 0, 999))
                .isInstanceOf(RestoreException.class)
                .hasMessageContaining("/data/app.db")
                .hasMessageContaining("1000")
                .hasMessageContaining("999")
                .hasMessageContaining("-o");
        assertThatThrownBy(() -> NotEnoughSpaceException.require(target, 1000, 100, 899))
                .isInstanceOf(NotEnoughSpaceException.class);
        assertThatCode(() -> {
                    NotEnoughSpaceException.require(target, 1000, 0, 1000);
                    NotEnoughSpaceException.require(target, 1000, 100, 900);
                    NotEnoughSpaceException.require(target, 1000, 1000, 0);
                })
                .doesNotThrowAnyException();
    }

    @Test
    void anIndexThatCannotBeReadLeavesNothing() throws Exception {
        ReplicaArchive reader = new ReplicaArchive(
                new FilterObjectStore(store) {
                    @Override
                    public ObjectTail readTail(String key, int maxLength) throws IOException {
                        throw new TransientStorageException("unreachable: " + key);
                    }
                },
                ReplicaLayout.s3("db"));
        reader.load();
        assertThrows(
                TransientStorageException.class,
                () -> new Restorer(reader, RestoreOptions.defaults(), Fixture.backoff())
                        .restore(RestoreTarget.newest(), out()));
        assertThat(leftovers()).isEmpty();
    }
}
