package dev.runnel.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.Level;
import dev.runnel.model.TxRange;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.storage.file.FileObjectStore;
import dev.runnel.storage.memory.MemoryObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicaArchiveTest {

    private static final TxRange SECOND = TxRange.of(2, 2);

    @TempDir
    Path directory;

    private final MemoryObjectStore store = new MemoryObjectStore(SampleReplica.FIXED_TIME);
    private final ReplicaArchive archive = new ReplicaArchive(store, ReplicaLayout.s3("db"));

    private static ObjectBody body(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return ObjectBody.of(bytes);
    }

    private static byte[] bytes(ObjectBody body) throws IOException {
        try (InputStream in = body.open()) {
            return in.readAllBytes();
        }
    }

    @Test
    void listsWhatWasUploadedAndIgnoresTheRest() throws Exception {
        SampleReplica replica = new SampleReplica(archive, 512, new Random(1), true);
        replica.cut(3, Level.SNAPSHOT);
        replica.pass(Duration.ofMillis(1234));
        LtxFile second = replica.cut(3, Level.L0);
        store.put("db/0000/readme.txt", body(1, 3), PutCondition.any(), null);
        store.put("db/lock.json", body(1, 3), PutCondition.any(), null);
        ReplicaArchive reader = new ReplicaArchive(store, ReplicaLayout.s3("db"));
        assertThat(reader.load().size()).isEqualTo(2);
        LtxFile listed = reader.manifest().files(Level.L0).get(0);
        assertThat(listed.exactTime()).isFalse();
        assertThat(reader.timestampOf(listed)).isEqualTo(SampleReplica.START.plusMillis(1234));
        assertThat(reader.manifest().files(Level.L0).get(0)).isEqualTo(second);
        assertThat(reader.load().files(Level.L0).get(0))
                .as("remembered over a reload")
                .isEqualTo(second);
        assertThat(store.head("db/0000/" + second.name()).timestamp()).isEqualTo(second.createdAt());
    }

    @Test
    void theFileStoreKeepsTheTimestampAsFileTime() throws Exception {
        ReplicaArchive files = new ReplicaArchive(new FileObjectStore(directory), ReplicaLayout.files(""));
        LtxFile first = new SampleReplica(files, 512, new Random(1), true).cut(3, Level.SNAPSHOT);
        assertThat(directory.resolve("ltx/9/" + first.name())).exists();
        assertThat(files.load().files(Level.SNAPSHOT).get(0).createdAt()).isEqualTo(first.createdAt());
    }

    @Test
    void anUploadOfTheSameFileIsSuccessAndOfAnotherIsNot() throws Exception {
        ObjectBody ours = body(1, 500);
        archive.upload(Level.L0, SECOND, ours, Instant.EPOCH);
        archive.upload(Level.L0, SECOND, ours, Instant.EPOCH);
        for (ObjectBody theirs : new ObjectBody[] {body(2, 500), body(1, 501)}) {
            assertThatThrownBy(() -> archive.upload(Level.L0, SECOND, theirs, Instant.EPOCH))
                    .isInstanceOf(ForeignWriterException.class)
                    .hasMessageContaining("db/0000/0000000000000002-0000000000000002.ltx")
                    .hasMessageContaining("500 bytes");
        }
        try (InputStream in = archive.open(archive.manifest().files(Level.L0).get(0))) {
            assertThat(in.readAllBytes()).isEqualTo(bytes(ours));
        }
    }

    @Test
    void aStoreWithoutConditionsIsAskedFirst() throws Exception {
        ReplicaArchive weak = new ReplicaArchive(
                new FilterObjectStore(store) {
                    @Override
                    public boolean supportsConditions() {
                        return false;
                    }

                    @Override
                    public ObjectEntry put(
                            String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
                            throws IOException {
                        if (condition.isIfAbsent() || condition.etag() != null) {
                            throw new UnsupportedOperationException("conditions");
                        }
                        return super.put(key, body, condition, timestamp);
                    }
                },
                ReplicaLayout.s3("db"));
        weak.upload(Level.L0, SECOND, body(1, 500), Instant.EPOCH);
        weak.upload(Level.L0, SECOND, body(1, 500), Instant.EPOCH);
        assertThatThrownBy(() -> weak.upload(Level.L0, SECOND, body(2, 500), Instant.EPOCH))
                .isInstanceOf(ForeignWriterException.class);
    }

    @Test
    void aLostReplyIsSettledByLooking() throws Exception {
        AtomicInteger mode = new AtomicInteger();
        ObjectStore lossy = new FilterObjectStore(store) {
            @Override
            public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
                    throws IOException {
                switch (mode.get()) {
                    case 0 -> super.put(key, body, condition, timestamp);
                    case 1 -> super.put(key, body(99, 500), condition, timestamp);
                    default -> {}
                }
                throw new IndeterminateWriteException("lost: " + key);
            }
        };
        ReplicaArchive uncertain = new ReplicaArchive(lossy, ReplicaLayout.s3("db"));
        assertThat(uncertain
                        .upload(Level.L0, TxRange.of(1, 1), body(1, 500), Instant.EPOCH)
                        .size())
                .isEqualTo(500);
        mode.set(1);
        assertThatThrownBy(() -> uncertain.upload(Level.L0, TxRange.of(2, 2), body(1, 500), Instant.EPOCH))
                .isInstanceOf(ForeignWriterException.class);
        mode.set(2);
        assertThatThrownBy(() -> uncertain.upload(Level.L0, TxRange.of(3, 3), body(1, 500), Instant.EPOCH))
                .isInstanceOf(TransientStorageException.class);
        assertThat(uncertain.manifest().files(Level.L0))
                .as("another's file was met, and is known from then on")
                .extracting(f -> f.max().value())
                .containsExactly(1L, 2L);
    }

    @Test
    void aHeaderThatIsNotOfItsNameIsRefused() throws Exception {
        SampleReplica replica = new SampleReplica(archive, 512, new Random(1), true);
        LtxFile first = replica.cut(3, Level.SNAPSHOT);
        try (InputStream in = archive.open(first)) {
            store.put("db/0000/" + LtxFile.nameOf(SECOND), ObjectBody.of(in.readAllBytes()), PutCondition.any(), null);
        }
        archive.load();
        LtxFile misnamed = archive.manifest().files(Level.L0).get(0);
        assertThatThrownBy(() -> archive.timestampOf(misnamed)).isInstanceOf(CorruptChangesetException.class);
    }
}
