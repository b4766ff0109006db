package dev.runnel.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.runnel.engine.SystemTime;
import dev.runnel.nats.NatsSettings.Login;
import dev.runnel.nats.NatsSettings.Server;
import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.testkit.nats.NatsServer;
import dev.runnel.testkit.storage.TestBodies;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What goes wrong, how it is told, and that it is over when it is over. */
class NatsFailureTest extends NatsBucketTest {

    private static final int LARGE = 3_000_000;

    /** A port where nobody listens. */
    private static final int NOBODY = 1;

    private static ObjectBody body(int length) {
        return ObjectBody.of(new byte[length]);
    }

    private static Throwable failureOf(NatsSettings settings) {
        try (NatsObjectStore store = new NatsObjectStore(settings, new SystemTime())) {
            return catchThrowable(() -> store.head("x"));
        }
    }

    /** A body that does something when most of it was read. */
    private static ObjectBody interrupting(int length, Callable<?> deed) {
        return TestBodies.of(length, () -> new ByteArrayInputStream(new byte[length]) {
            private boolean done;

            @Override
            public synchronized int read(byte[] target, int offset, int count) {
                if (!done && available() < length / 3) {
                    done = true;
                    try {
                        deed.call();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
                return super.read(target, offset, count);
            }
        });
    }

    @Test
    void aBucketThatIsNotThereIsToldWithTheRemedy() {
        assertThat(failureOf(Settings.of(server, "none")))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("object x in nats://127.0.0.1:" + server.port() + "/none")
                .hasMessageContaining("make the bucket first (`nats object add`)");
    }

    @Test
    void aServerWithoutJetStreamIsTold() throws IOException {
        try (NatsServer plain = NatsServer.start(folder.resolve("plain"), "")) {
            assertThat(failureOf(Settings.of(plain, "b")))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("is JetStream on");
        }
    }

    /** As the servers of a cluster are silent while they choose the leader of a bucket. */
    @Test
    void aBucketThatFallsSilentMayAnswerLater() {
        ObjectBody body = TestBodies.of(1, () -> {
            server.request("$JS.API.STREAM.DELETE.OBJ_b", "", "");
            return new ByteArrayInputStream(new byte[1]);
        });
        assertThatThrownBy(() -> store.put("y", body, PutCondition.any(), null))
                .isExactlyInstanceOf(TransientStorageException.class)
                .hasMessageContaining("is the bucket still there?");
    }

    @Test
    void aServerThatIsNotThereMayBeThereLater() {
        assertThat(failureOf(Settings.of(NOBODY, "b")))
                .isExactlyInstanceOf(TransientStorageException.class)
                .hasMessageContaining("nats://127.0.0.1:" + NOBODY + "/b")
                .hasMessageContaining("is a NATS server running there, on that port?");
        NatsSettings unknown = new NatsSettings(
                List.of(new Server("name.invalid", 4222)), "b", new Login.Anonymous(), null, Duration.ofMinutes(1));
        assertThat(failureOf(unknown))
                .isExactlyInstanceOf(TransientStorageException.class)
                .hasMessageContaining("nats://name.invalid/b");
    }

    @Test
    void anotherServerOfTheListIsTried() throws IOException {
        put("x");
        NatsSettings two = new NatsSettings(
                List.of(new Server("127.0.0.1", NOBODY), new Server("127.0.0.1", server.port())),
                "b",
                new Login.Anonymous(),
                null,
                Duration.ofMinutes(1));
        try (NatsObjectStore other = new NatsObjectStore(two, new SystemTime())) {
            assertThat(other.head("x").size()).isEqualTo(1);
        }
    }

    @Test
    void goesOnWhenTheServerIsBack() throws IOException {
        put("before");
        server.kill();
        assertThatThrownBy(() -> store.head("before")).isExactlyInstanceOf(TransientStorageException.class);
        assertThatThrownBy(() -> put("meanwhile")).isExactlyInstanceOf(TransientStorageException.class);
        server.restart();
        assertThat(store.head("before").size()).isEqualTo(6);
        assertThatThrownBy(() -> store.head("meanwhile")).isInstanceOf(ObjectNotFoundException.class);
        put("after");
        assertThat(store.head("after").size()).isEqualTo(5);
    }

    @Test
    void anUploadThatTheServerTakesDownWithItIsNotSeen() throws Exception {
        assertThatThrownBy(() -> store.put(
                        "large",
                        interrupting(LARGE, () -> {
                            server.kill();
                            return null;
                        }),
                        PutCondition.ifAbsent(),
                        null))
                .isExactlyInstanceOf(TransientStorageException.class)
                .hasMessageContaining("object large in nats://");
        server.restart();
        assertThatThrownBy(() -> store.head("large")).isInstanceOf(ObjectNotFoundException.class);
        assertThat(server.messages("b", "C.>")).as("chunks that arrived").isPositive();
        put("next");
        assertThat(Repeat.until(1, () -> server.messages("b", "C.>"))).isEqualTo(1);
    }

    @Test
    void aLostAnswerIsTransientOfAReadAndIndeterminateOfTheEntry() throws Exception {
        NatsSettings impatient = new NatsSettings(
                List.of(new Server("127.0.0.1", server.port())),
                "b",
                new Login.Anonymous(),
                null,
                Duration.ofSeconds(10));
        try (NatsObjectStore hasty = new NatsObjectStore(impatient, new SystemTime())) {
            put(hasty, "first");
            CompletableFuture<Throwable> reading = new CompletableFuture<>();
            // An empty body has no chunks: its entry alone is sent after it was read.
            ObjectBody freezing = TestBodies.of(0, () -> {
                server.freeze();
                reading.completeAsync(() -> catchThrowable(() -> hasty.head("first")));
                return new ByteArrayInputStream(new byte[0]);
            });
            assertThatThrownBy(() -> hasty.put("empty", freezing, PutCondition.ifAbsent(), null))
                    .isExactlyInstanceOf(IndeterminateWriteException.class)
                    .hasMessageContaining("no answer within 10000 ms");
            assertThat(reading.join())
                    .isExactlyInstanceOf(TransientStorageException.class)
                    .hasMessageContaining("no answer within 10000 ms");
        } finally {
            server.thaw();
        }
        // It asks by another connection, and may be answered before the entry is stored.
        ObjectEntry late = Repeat.onceReady(ObjectNotFoundException.class, () -> store.head("empty"));
        assertThat(late.size()).isZero();
    }

    @Test
    void aFullBucketIsTold() throws Exception {
        server.createBucket("small", "\"max_bytes\":1000000");
        try (NatsObjectStore small = new NatsObjectStore(Settings.of(server, "small"), new SystemTime())) {
            small.put("x", body(500_000), PutCondition.any(), null);
            assertThatThrownBy(() -> small.put("y", body(LARGE), PutCondition.any(), null))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("object y in nats://")
                    .hasMessageContaining("raise `max_bytes` of the bucket");
            assertThatThrownBy(() -> small.head("y")).isInstanceOf(ObjectNotFoundException.class);
            int chunksOfX = 4;
            assertThat(Repeat.until(chunksOfX, () -> server.messages("small", "C.>")))
                    .as("what was stored of y is removed")
                    .isEqualTo(chunksOfX);
            small.put("z", body(300_000), PutCondition.any(), null);
            assertThat(small.head("z").size()).isEqualTo(300_000);
        }
    }

    @Test
    void messagesThatMustBeSmallMakeSmallChunks() throws IOException {
        server.createBucket("strict", "\"max_msg_size\":1024");
        try (NatsObjectStore strict = new NatsObjectStore(Settings.of(server, "strict"), new SystemTime())) {
            strict.put("x", body(20_000), PutCondition.any(), null);
            try (InputStream in = strict.open("x", 100, 19_000)) {
                assertThat(in.readAllBytes()).hasSize(19_000);
            }
            assertThatThrownBy(() -> strict.put("k".repeat(1000), body(1), PutCondition.any(), null))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("largest message that the bucket's stream takes");
        }
    }

    @Test
    void aSealedBucketCanBeRead() throws IOException {
        put("x");
        String config = server.request("$JS.API.STREAM.INFO.OBJ_b", "", "");
        int at = config.indexOf("\"config\":") + 9;
        String sealed =
                config.substring(at, config.indexOf('}', at) + 1).replace("\"sealed\":false", "\"sealed\":true");
        server.request("$JS.API.STREAM.UPDATE.OBJ_b", sealed, "");
        assertThat(store.head("x").size()).isEqualTo(1);
        assertThatThrownBy(() -> put("y"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("sealed");
    }

    @Test
    void chunksThatAreGoneAreDamage() throws IOException {
        store.put("x", body(LARGE), PutCondition.any(), null);
        store.put("small", body(10), PutCondition.any(), null);
        server.request("$JS.API.STREAM.MSG.DELETE.OBJ_b", "{\"seq\":20}", ""); // of 23, and the entry
        assertThatThrownBy(() -> store.open("x", 0, LARGE))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("it is damaged, not all of its 23 chunks");
        assertThat(store.head("x").size()).isEqualTo(LARGE);
        try (InputStream in = store.open("small", 0, 10)) {
            assertThat(in.readAllBytes()).hasSize(10);
        }
    }

    @Test
    void aChunkThatDisappearsUnderAReaderIsDamageToo() throws IOException {
        store.put("x", body(LARGE), PutCondition.any(), null);
        try (InputStream in = store.open("x", 0, LARGE)) {
            in.readNBytes(1000);
            server.request("$JS.API.STREAM.MSG.DELETE.OBJ_b", "{\"seq\":23}", "");
            assertThatThrownBy(in::readAllBytes)
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("it is damaged");
        }
    }

    @Test
    void anObjectThatIsReplacedUnderAReaderIsToBeReadAgain() throws Exception {
        store.put("x", body(LARGE), PutCondition.any(), null);
        try (InputStream in = store.open("x", 0, LARGE)) {
            in.readNBytes(1000);
            store.put("x", body(LARGE), PutCondition.any(), null);
            assertThat(Repeat.until(23, () -> server.messages("b", "C.>")))
                    .as("the old chunks are removed")
                    .isEqualTo(23);
            assertThatThrownBy(in::readAllBytes)
                    .isExactlyInstanceOf(TransientStorageException.class)
                    .hasMessageContaining("replaced while it was read");
        }
        try (InputStream in = store.open("x", LARGE - 10, 10)) {
            assertThat(in.readAllBytes()).hasSize(10);
        }
    }

    @Test
    void aBucketThatIsDeletedUnderTheStoreIsTold() throws IOException {
        put("x");
        server.request("$JS.API.STREAM.DELETE.OBJ_b", "", "");
        assertThatThrownBy(() -> put("y"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("make the bucket first");
        assertThatThrownBy(() -> store.open("x", 0, 1))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("make the bucket first");
        assertThatThrownBy(() -> store.list("", null))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("make the bucket first");
        server.createBucket("b");
        put("y");
        try (ObjectListing listing = store.list("", null)) {
            assertThat(listing.next()).extracting("key").isEqualTo("y");
        }
    }
}
