package dev.runnel.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.runnel.archive.BrokenChainException;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.archive.SampleReplica;
import dev.runnel.compact.ChangesetSource;
import dev.runnel.compact.CompactionPlan;
import dev.runnel.compact.Compactor;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.FrameCodec;
import dev.runnel.ltx.LtxEncoder;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.ltx.Proof;
import dev.runnel.model.Level;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.storage.memory.MemoryObjectStore;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestorerTest {

    private static final RestoreOptions SMALL =
            RestoreOptions.defaults().withParallelism(3).withSegmentBytes(3000);

    @TempDir
    Path directory;

    private final MemoryObjectStore store = new MemoryObjectStore(SampleReplica.FIXED_TIME);
    private final ReplicaArchive archive = new ReplicaArchive(store, ReplicaLayout.s3("db"));

    private Path out() {
        return directory.resolve("out.db");
    }

    private static Restorer restorer(ReplicaArchive from, RestoreOptions options) {
        return new Restorer(from, options, Fixture.backoff());
    }

    private SampleReplica history(Random random, int pageSize, boolean proofs, int cuts) throws IOException {
        return history(archive, random, pageSize, proofs, cuts);
    }

    private SampleReplica history(ReplicaArchive archive, Random random, int pageSize, boolean proofs, int cuts)
            throws IOException {
        SampleReplica replica = new SampleReplica(archive, pageSize, random, proofs);
        Compactor compactor = new Compactor(archive, ChangesetSource.NONE, directory);
        replica.cut(1 + random.nextInt(60), random.nextBoolean() ? Level.L0 : Level.SNAPSHOT);
        for (int i = 1; i < cuts; i++) {
            replica.pass(Duration.ofMillis(1 + random.nextInt(3000)));
            replica.cut(1 + random.nextInt(12), Level.L0);
            if (random.nextInt(6) == 0) {
                replica.snapshot();
            }
            if (i > 4 && random.nextInt(5) == 0) {
                Level level = new Level(1 + random.nextInt(3));
                List<LtxFile> files = archive.manifest().files(Level.L0);
                int from = 1 + random.nextInt(files.size() - 2);
                int to = Math.min(files.size(), from + 2 + random.nextInt(5));
                compactor.execute(new CompactionPlan(level, files.subList(from, to)));
            }
        }
        return replica;
    }

    @Test
    void givesTheImageOfEveryTransactionByteForByteAndProvesIt() throws Exception {
        for (int seed = 0; seed < 9; seed++) {
            Random random = new Random(seed);
            ReplicaArchive reader = new ReplicaArchive(store, ReplicaLayout.s3("seed" + seed));
            SampleReplica replica = history(reader, random, 512 << random.nextInt(4), seed % 3 != 0, 18);
            reader.load();
            Restorer restorer = restorer(reader, SMALL.withSegmentBytes(1 << random.nextInt(16)));
            for (TxId txId : replica.times().keySet()) {
                RestoredImage image = restorer.restore(RestoreTarget.at(txId), out());
                assertThat(Files.readAllBytes(out()))
                        .as("seed %d at %s", seed, txId)
                        .isEqualTo(replica.image(txId));
                assertThat(image.proof()).isEqualTo(seed % 3 != 0 ? ProofStatus.VERIFIED : ProofStatus.UNPROVED);
                assertThat(image.databaseChecksum()).isEqualTo(checksum(replica.image(txId), image.pageSize()));
                Files.delete(out());
            }
            RestoredImage newest = restorer.restore(RestoreTarget.newest(), out());
            assertThat(newest.txId()).isEqualTo(replica.newest());
            assertThat(newest.bytesRead())
                    .isBetween(newest.plan().bytes() / 2, newest.plan().bytes());
            Files.delete(out());
            for (Map.Entry<TxId, Instant> cut : replica.times().entrySet()) {
                restorer.restore(RestoreTarget.before(cut.getValue().plusMillis(1)), out());
                assertThat(Files.readAllBytes(out())).isEqualTo(replica.image(cut.getKey()));
                Files.delete(out());
            }
        }
    }

    @Test
    void readsTheChecksumOfEveryPageWithoutWritingAny() throws Exception {
        SampleReplica replica = history(new Random(5), 1024, true, 12);
        Map<Integer, Long> checksums = new ConcurrentHashMap<>();
        RestoredImage image = restorer(archive, SMALL).readChecksums(RestoreTarget.newest(), checksums::put);
        byte[] expected = replica.image(replica.newest());
        assertThat(checksums).hasSize(image.pages());
        checksums.forEach((pgno, checksum) ->
                assertThat(checksum).isEqualTo(PageChecksums.of(pgno, expected, (pgno - 1) * 1024, 1024)));
        assertThat(image.proof()).isEqualTo(ProofStatus.VERIFIED);
    }

    @Test
    void goesOnWithAnotherPlanWhenFilesDisappear() throws Exception {
        SampleReplica replica = new SampleReplica(archive, 1024, new Random(1), true);
        replica.cut(200, Level.SNAPSHOT);
        for (int i = 0; i < 6; i++) {
            replica.cut(150, Level.L0); // more than is kept from reading the index
        }
        ReplicaArchive writer = archive;
        Compactor compactor = new Compactor(writer, ChangesetSource.NONE, directory);
        AtomicInteger opens = new AtomicInteger();
        ObjectStore racing = new FilterObjectStore(store) {
            @Override
            public InputStream open(String key, long offset, long length) throws IOException {
                if (opens.incrementAndGet() == 20) { // in the middle of the snapshot: level 0 is compacted and gone
                    List<LtxFile> files = writer.manifest().files(Level.L0);
                    compactor.execute(new CompactionPlan(new Level(1), files));
                    writer.delete(files);
                }
                return super.open(key, offset, length);
            }
        };
        ReplicaArchive reader = new ReplicaArchive(racing, ReplicaLayout.s3("db"));
        reader.load();
        // Level 0 is opened after the snapshot's segments, so it is found missing then.
        RestoreOptions one = SMALL.withParallelism(1);
        RestoredImage image = restorer(reader, one).restore(RestoreTarget.newest(), out());
        assertThat(image.plan().files()).hasSize(2);
        assertThat(Files.readAllBytes(out())).isEqualTo(replica.image(replica.newest()));
        assertThat(image.proof()).isEqualTo(ProofStatus.VERIFIED);
    }

    @Test
    void doesNotFetchAgainWhatWasVerifiedBeforeAFileDisappeared() throws Exception {
        SampleReplica replica = new SampleReplica(archive, 1024, new Random(1), true);
        replica.cut(2000, Level.SNAPSHOT);
        replica.cut(150, Level.L0);
        replica.cut(150, Level.L0);
        Compactor compactor = new Compactor(archive, ChangesetSource.NONE, directory);
        List<LtxFile> levelZero = archive.manifest().files(Level.L0);
        AtomicLong snapshotBytes = new AtomicLong();
        AtomicInteger lists = new AtomicInteger();
        ObjectStore racing = new FilterObjectStore(store) {
            @Override
            public InputStream open(String key, long offset, long length) throws IOException {
                if (key.contains("/0000/") && length > 1000 && lists.getAndIncrement() == 0) {
                    compactor.execute(new CompactionPlan(new Level(1), levelZero));
                    archive.delete(levelZero);
                }
                if (key.contains("/0009/")) {
                    snapshotBytes.addAndGet(length);
                }
                return super.open(key, offset, length);
            }
        };
        ReplicaArchive reader = new ReplicaArchive(racing, ReplicaLayout.s3("db"));
        LtxFile snapshot = reader.load().files(Level.SNAPSHOT).get(0);
        RestoredImage image = restorer(reader, SMALL.withParallelism(1)).restore(RestoreTarget.newest(), out());
        assertThat(lists.get()).isPositive();
        assertThat(image.plan().files()).hasSize(2);
        assertThat(Files.readAllBytes(out())).isEqualTo(replica.image(replica.newest()));
        assertThat(snapshotBytes.get()).as("one pass over it").isLessThan(snapshot.size() + 1000);
    }

    @Test
    void givesUpWhenAFileIsListedButNeverThere() throws Exception {
        SampleReplica replica = history(new Random(2), 512, true, 4);
        ObjectStore lying = new FilterObjectStore(store) {
            @Override
            public ObjectTail readTail(String key, int maxLength) throws IOException {
                throw new ObjectNotFoundException("no " + key);
            }
        };
        ReplicaArchive reader = new ReplicaArchive(lying, ReplicaLayout.s3("db"));
        reader.load();
        assertThat(replica.newest().value()).isEqualTo(4);
        assertThatThrownBy(() -> restorer(reader, SMALL).restore(RestoreTarget.newest(), out()))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("no db/");
        assertNothingLeft();
    }

    @Test
    void triesPassingFaultsAgainAndBodiesThatEndEarly() throws Exception {
        SampleReplica replica = new SampleReplica(archive, 1024, new Random(3), true);
        replica.cut(400, Level.SNAPSHOT);
        replica.cut(150, Level.L0);
        Map<String, Integer> calls = new ConcurrentHashMap<>();
        ObjectStore flaky = new FilterObjectStore(store) {
            @Override
            public InputStream open(String key, long offset, long length) throws IOException {
                int call = calls.merge(key + "@" + offset, 1, Integer::sum);
                if (call == 1) {
                    throw new TransientStorageException("throttled: " + key);
                }
                return new FilterInputStream(super.open(key, offset, length)) {
                    @Override
                    public int read(byte[] b, int off, int len) throws IOException {
                        int read = super.read(b, off, Math.min(len, 700));
                        if (call == 2) {
                            throw new TransientStorageException("connection reset: " + key);
                        }
                        return call == 3 ? -1 : read;
                    }
                };
            }

            @Override
            public ObjectTail readTail(String key, int maxLength) throws IOException {
                if (calls.merge(key, 1, Integer::sum) == 1) {
                    throw new TransientStorageException("timeout: " + key);
                }
                return super.readTail(key, maxLength);
            }
        };
        ReplicaArchive reader = new ReplicaArchive(flaky, ReplicaLayout.s3("db"));
        reader.load();
        RestoredImage image = restorer(reader, SMALL).restore(RestoreTarget.newest(), out());
        assertThat(Files.readAllBytes(out())).isEqualTo(replica.image(image.txId()));

        ObjectStore down = new FilterObjectStore(store) {
            @Override
            public ObjectTail readTail(String key, int maxLength) throws IOException {
                throw new TransientStorageException("unreachable: " + key);
            }
        };
        ReplicaArchive offline = new ReplicaArchive(down, ReplicaLayout.s3("db"));
        offline.load();
        assertThatThrownBy(() -> restorer(offline, SMALL).restore(RestoreTarget.newest(), directory.resolve("x.db")))
                .isInstanceOf(TransientStorageException.class);
    }

    @Test
    void aDamagedFileIsReplacedByOthersOrNamed() throws Exception {
        SampleReplica replica = new SampleReplica(archive, 1024, new Random(4), true);
        replica.cut(30, Level.SNAPSHOT);
        replica.cut(5, Level.L0);
        replica.cut(5, Level.L0);
        List<LtxFile> levelZero = archive.manifest().files(Level.L0);
        LtxFile merged = new Compactor(archive, ChangesetSource.NONE, directory)
                .execute(new CompactionPlan(new Level(1), levelZero));
        damage(merged, 300);
        RestoredImage image = restorer(archive, SMALL).restore(RestoreTarget.newest(), out());
        assertThat(image.damaged()).extracting(LtxFile::txIds).containsExactly(merged.txIds());
        assertThat(image.proof()).isEqualTo(ProofStatus.VERIFIED);
        assertThat(Files.readAllBytes(out())).isEqualTo(replica.image(replica.newest()));
        Files.delete(out());

        damage(levelZero.get(0), 300);
        assertThatThrownBy(() -> restorer(archive, SMALL).restore(RestoreTarget.newest(), out()))
                .as("not an older state instead")
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining("db/0001/" + merged.name());
        assertNothingLeft();
    }

    /** Deletes level 0 once it is merged, when the time of one of its files is asked for. */
    @Test
    void plansAnewWhenFilesDisappearWhileItLooksForATime() throws Exception {
        SampleReplica replica = new SampleReplica(archive, 1024, new Random(1), true);
        replica.cut(20, Level.SNAPSHOT);
        for (int i = 0; i < 6; i++) {
            replica.pass(Duration.ofSeconds(1));
            replica.cut(5, Level.L0);
        }
        ReplicaArchive writer = archive;
        AtomicInteger opens = new AtomicInteger();
        ObjectStore racing = new FilterObjectStore(store) {
            @Override
            public InputStream open(String key, long offset, long length) throws IOException {
                if (key.contains("/0000/") && opens.incrementAndGet() == 1) {
                    List<LtxFile> files = writer.manifest().files(Level.L0);
                    new Compactor(writer, ChangesetSource.NONE, directory)
                            .execute(new CompactionPlan(new Level(1), files));
                    writer.delete(files);
                }
                return super.open(key, offset, length);
            }
        };
        ReplicaArchive reader = new ReplicaArchive(racing, ReplicaLayout.s3("db"));
        reader.load();
        Instant after = replica.now().plusMillis(1);
        RestoredImage image = restorer(reader, SMALL).restore(RestoreTarget.before(after), out());
        assertThat(opens.get()).isPositive();
        assertThat(image.txId()).isEqualTo(replica.newest());
        assertThat(Files.readAllBytes(out())).isEqualTo(replica.image(replica.newest()));
    }

    @Test
    void aFileWithoutAReadableTimeStandsInTheWayOnlyWhereItMayBeTheAnswer() throws Exception {
        SampleReplica replica = new SampleReplica(archive, 1024, new Random(1), true);
        replica.cut(20, Level.SNAPSHOT);
        List<Instant> times = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            replica.pass(Duration.ofSeconds(1));
            replica.cut(5, Level.L0);
            times.add(replica.now());
        }
        LtxFile broken = archive.manifest().files(Level.L0).get(4);
        damage(broken, 0);
        ReplicaArchive reader = new ReplicaArchive(store, ReplicaLayout.s3("db"));
        for (int i : new int[] {0, 1, 2}) {
            reader.load();
            RestoredImage image = restorer(reader, SMALL.withForce(true))
                    .restore(RestoreTarget.before(times.get(i).plusMillis(1)), out());
            assertThat(image.txId()).isEqualTo(new TxId(i + 2));
            assertThat(Files.readAllBytes(out())).isEqualTo(replica.image(image.txId()));
        }
        for (int i : new int[] {3, 4, 5}) { // which is the damaged file, or needs it, or it cannot be told
            assertThatThrownBy(() -> restorer(reader, SMALL.withForce(true))
                            .restore(RestoreTarget.before(times.get(i).plusMillis(1)), out()))
                    .as("not an older state instead")
                    .isInstanceOf(CorruptChangesetException.class)
                    .hasMessageContaining(broken.name());
        }
    }

    private void damage(LtxFile file, int place) throws IOException {
        String key = archive.layout().key(file);
        byte[] bytes;
        try (InputStream in = store.open(key, 0, file.size())) {
            bytes = in.readAllBytes();
        }
        bytes[place] ^= 1;
        store.put(key, ObjectBody.of(bytes), PutCondition.any(), null);
    }

    @Test
    void filesOfTwoHistoriesDoNotMakeADatabase() throws Exception {
        SampleReplica one = new SampleReplica(archive, 512, new Random(6), true);
        one.cut(20, Level.SNAPSHOT);
        one.cut(3, Level.L0);
        ReplicaArchive foreign = new ReplicaArchive(store, ReplicaLayout.s3("other"));
        SampleReplica other = new SampleReplica(foreign, 512, new Random(7), true);
        other.cut(20, Level.SNAPSHOT);
        other.cut(3, Level.L0);
        LtxFile third = other.cut(3, Level.L0);
        try (InputStream in = foreign.open(third)) {
            archive.upload(Level.L0, third.txIds(), ObjectBody.of(in.readAllBytes()), third.createdAt());
        }
        assertThatThrownBy(() -> restorer(archive, SMALL).restore(RestoreTarget.newest(), out()))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining("broken proof chain");
        assertNothingLeft();
    }

    @Test
    void theLockPageIsNeitherStoredNorMissing() throws Exception {
        PageSize pageSize = new PageSize(65536);
        int commit = pageSize.lockPage() + 1;
        FrameCodec codec = new FrameCodec(pageSize);
        byte[] page = new byte[pageSize.bytes()];
        long sum = 0;
        PageChecksums sums = PageChecksums.forPageSize(pageSize);
        long dataCrc = codec.compress(1, page, 0).dataCrc();
        for (int pgno = 1; pgno <= commit; pgno++) {
            if (pgno != pageSize.lockPage()) {
                sum ^= sums.pageChecksum(pgno, dataCrc);
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        LtxEncoder encoder = new LtxEncoder(
                bytes,
                LtxHeader.of(pageSize, commit, TxRange.of(1, 1), 0)
                        .withProof(new Proof(Proof.EMPTY_DATABASE, sum | PageChecksums.FLAG)));
        for (int pgno = 1; pgno <= commit; pgno++) {
            if (pgno != pageSize.lockPage()) {
                encoder.write(codec.compress(pgno, page, 0));
            }
        }
        encoder.finish();
        archive.upload(Level.SNAPSHOT, TxRange.of(1, 1), ObjectBody.of(bytes.toByteArray()), Instant.EPOCH);
        AtomicInteger pages = new AtomicInteger();
        RestoredImage image = restorer(archive, RestoreOptions.defaults())
                .readChecksums(RestoreTarget.newest(), (pgno, pageChecksum) -> pages.incrementAndGet());
        assertThat(image.proof()).isEqualTo(ProofStatus.VERIFIED);
        assertThat(pages.get()).isEqualTo(commit - 1);
    }

    @Test
    void refusesToReplaceADatabaseUnlessForced() throws Exception {
        SampleReplica replica = history(new Random(8), 512, true, 3);
        Restorer restorer = restorer(archive, SMALL);
        Files.createFile(out());
        restorer.restore(RestoreTarget.newest(), out());
        assertThat(Files.readAllBytes(out())).isEqualTo(replica.image(replica.newest()));

        TargetExistsException exists =
                assertThrows(TargetExistsException.class, () -> restorer.restore(RestoreTarget.newest(), out()));
        assertThat(exists).hasMessageContaining(out().toString()).hasMessageContaining("-force");
        for (String suffix : new String[] {"-wal", "-shm", "-journal"}) {
            Path target = directory.resolve("side" + suffix + ".db");
            Files.createFile(target);
            Path sidecar = Files.createFile(directory.resolve("side" + suffix + ".db" + suffix));
            assertThrows(TargetExistsException.class, () -> restorer.restore(RestoreTarget.newest(), target));
            restorer(archive, SMALL.withForce(true)).restore(RestoreTarget.newest(), target);
            assertThat(sidecar).doesNotExist();
            assertThat(Files.readAllBytes(target)).isEqualTo(replica.image(replica.newest()));
        }
        assertThrows(TargetExistsException.class, () -> restorer.restore(RestoreTarget.newest(), directory));
        assertThrows(
                TargetExistsException.class,
                () -> restorer(archive, SMALL.withForce(true)).restore(RestoreTarget.newest(), directory));
        Path deep = directory.resolve("a/b/c.db");
        restorer.restore(RestoreTarget.newest(), deep);
        assertThat(deep).exists();
    }

    /** Does something while a restore reads. */
    private Restorer meanwhile(Path database, FileAction action) throws IOException {
        AtomicInteger reads = new AtomicInteger();
        ReplicaArchive reader = new ReplicaArchive(
                new FilterObjectStore(store) {
                    @Override
                    public ObjectTail readTail(String key, int maxLength) throws IOException {
                        if (reads.incrementAndGet() == 1) {
                            action.on(database);
                        }
                        return super.readTail(key, maxLength);
                    }
                },
                ReplicaLayout.s3("db"));
        reader.load();
        return restorer(reader, SMALL);
    }

    private interface FileAction {
        void on(Path file) throws IOException;
    }

    @Test
    void aDatabaseThatAnApplicationBeginsMeanwhileIsNotReplaced() throws Exception {
        history(new Random(8), 512, true, 8);
        Restorer restorer = meanwhile(out(), Files::createFile);
        TargetExistsException exists =
                assertThrows(TargetExistsException.class, () -> restorer.restore(RestoreTarget.newest(), out()));
        assertThat(exists).hasMessageContaining(out().toString());
        assertThat(out()).isEmptyFile();
        assertThat(directory).isDirectoryNotContaining("glob:**.tmp-*");
        assertThrows(
                TargetExistsException.class,
                () -> Follower.begin(
                        meanwhile(directory.resolve("copy.db"), Files::createFile),
                        directory.resolve("copy.db"),
                        false));
        assertThat(directory.resolve("copy.db")).isEmptyFile();
        assertThat(Follower.canResume(directory.resolve("copy.db"))).isFalse();
    }

    @Test
    void anEmptyFileThatAnApplicationOpensMeanwhileIsNotReplaced() throws Exception {
        history(new Random(8), 512, true, 8);
        Files.createFile(out());
        List<FileChannel> application = new ArrayList<>();
        Restorer restorer = meanwhile(out(), file -> application.add(FileChannel.open(file)));
        TargetExistsException open =
                assertThrows(TargetExistsException.class, () -> restorer.restore(RestoreTarget.newest(), out()));
        assertThat(open)
                .hasMessageContaining(
                        "is open in process " + ProcessHandle.current().pid());
        application.get(0).close();
        assertThat(out()).isEmptyFile();
    }

    @Test
    void ofALinkTheFileIsWrittenThatItLeadsTo() throws Exception {
        SampleReplica replica = history(new Random(8), 512, true, 3);
        Restorer forced = restorer(archive, SMALL.withForce(true));
        Path volume = Files.createDirectory(directory.resolve("volume"));
        Path file = volume.resolve("real.db");
        Path link = Files.createSymbolicLink(directory.resolve("link.db"), Path.of("volume", "real.db"));
        Path linkToLink = Files.createSymbolicLink(directory.resolve("second.db"), link);
        restorer(archive, SMALL).restore(RestoreTarget.newest(), linkToLink);
        assertThat(file).isRegularFile();
        assertThat(link).isSymbolicLink();
        assertThat(linkToLink).isSymbolicLink();

        // SQLite has them beside the file itself: one that stayed would be taken for that of the new database.
        Path wal = Files.createFile(volume.resolve("real.db-wal"));
        assertThrows(TargetExistsException.class, () -> restorer(archive, SMALL).restore(RestoreTarget.newest(), link));
        Files.writeString(file, "ruined");
        forced.restore(RestoreTarget.newest(), link);
        assertThat(wal).doesNotExist();
        assertThat(link).isSymbolicLink();
        assertThat(Files.readAllBytes(file)).isEqualTo(replica.image(replica.newest()));

        Path circle = directory.resolve("circle.db");
        Files.createSymbolicLink(circle, circle);
        assertThatThrownBy(() -> forced.restore(RestoreTarget.newest(), circle))
                .isInstanceOf(TargetExistsException.class)
                .hasMessageContaining(circle.toString());
    }

    @Test
    void whatIsNoFileIsNotReplaced() throws Exception {
        history(new Random(8), 512, true, 3);
        Path socket = directory.resolve("socket");
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(socket));
            for (boolean force : new boolean[] {false, true}) {
                assertThatThrownBy(
                                () -> restorer(archive, SMALL.withForce(force)).restore(RestoreTarget.newest(), socket))
                        .isInstanceOf(TargetExistsException.class)
                        .hasMessageContaining(socket.toString());
            }
            assertThat(Files.readAttributes(socket, BasicFileAttributes.class).isOther())
                    .isTrue();
        }
    }

    @Test
    void whatReplacesADatabaseHasItsPermissions() throws Exception {
        history(new Random(8), 512, true, 3);
        Path database = Files.writeString(directory.resolve("private.db"), "ruined");
        for (String permissions : List.of("rw-------", "rw-rw----", "rw-r--r--")) {
            Files.setPosixFilePermissions(database, PosixFilePermissions.fromString(permissions));
            restorer(archive, SMALL.withForce(true)).restore(RestoreTarget.newest(), database);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(database)))
                    .isEqualTo(permissions);
        }
    }

    @Test
    void createsNothingWhereNothingCanBeRestored() throws Exception {
        Path deep = directory.resolve("a/out.db");
        assertThrows(
                NothingToRestoreException.class, () -> restorer(archive, SMALL).restore(RestoreTarget.newest(), deep));
        SampleReplica replica = new SampleReplica(archive, 512, new Random(9), true);
        replica.cut(3, Level.L0);
        replica.cut(3, Level.L0);
        LtxFile third = replica.cut(3, Level.L0);
        replica.cut(3, Level.L0);
        archive.delete(List.of(third));
        assertThrows(BrokenChainException.class, () -> restorer(archive, SMALL).restore(RestoreTarget.newest(), deep));
        assertThat(deep.getParent()).doesNotExist();
    }

    @Test
    void tellsItsProgressToTheEnd() throws Exception {
        history(new Random(10), 1024, true, 8);
        AtomicLong last = new AtomicLong();
        AtomicLong total = new AtomicLong();
        RestoredImage image = restorer(archive, SMALL.withProgress((done, all) -> {
                    last.accumulateAndGet(done, Math::max);
                    total.set(all);
                }))
                .restore(RestoreTarget.newest(), out());
        assertThat(last.get()).isEqualTo(image.plan().bytes()).isEqualTo(total.get());
    }

    @Test
    void anInterruptEndsIt() throws Exception {
        history(new Random(11), 1024, true, 8);
        for (int i = 0; i < 50; i++) {
            Thread.currentThread().interrupt();
            assertThrows(IOException.class, () -> restorer(archive, SMALL).restore(RestoreTarget.newest(), out()));
            assertThat(Thread.interrupted()).isTrue();
            assertNothingLeft();
        }
    }

    private void assertNothingLeft() throws IOException {
        try (var files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    private static long checksum(byte[] image, PageSize pageSize) {
        long sum = 0;
        for (int pgno = 1; pgno <= image.length / pageSize.bytes(); pgno++) {
            sum ^= PageChecksums.of(pgno, image, (int) pageSize.offsetOf(pgno), pageSize.bytes());
        }
        return sum | PageChecksums.FLAG;
    }
}
