package dev.runnel.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.testkit.storage.TestBodies;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.ObjectStore;
import io.nats.client.ObjectStoreOptions;
import io.nats.client.Options;
import io.nats.client.api.ObjectInfo;
import io.nats.client.api.ObjectMeta;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** With objects of other clients: that of NATS for Java, and Litestream's, message by message as that writes them. */
@SuppressWarnings("try") // closing a connection may be interrupted
class NatsInteropTest extends NatsBucketTest {

    private static final String KEY = "ltx/0/0000000000000001-0000000000000001.ltx";
    private static final Instant TIMESTAMP = Instant.parse("2026-03-04T05:06:07.891Z");
    private static final int LARGE = 700_000;

    /** By itself, the client waits for two seconds. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** So long does the client wait for the chunks of an object that has none. */
    private static final Duration WHOLE_PATIENCE = Duration.ofSeconds(10);

    private Connection connect() throws Exception {
        return Nats.connect(Options.builder()
                .server("nats://127.0.0.1:" + server.port())
                .connectionTimeout(PATIENCE)
                .build());
    }

    private static ObjectStore bucket(Connection connection) throws IOException {
        return bucket(connection, PATIENCE);
    }

    private static ObjectStore bucket(Connection connection, Duration patience) throws IOException {
        return connection.objectStore(
                "b", ObjectStoreOptions.builder().jsRequestTimeout(patience).build());
    }

    private byte[] read(String key, long offset, long length) throws IOException {
        try (InputStream in = store.open(key, offset, length)) {
            return in.readAllBytes();
        }
    }

    @Test
    void theClientOfNatsReadsWhatIsStored() throws Exception {
        byte[] body = TestBodies.bytes(LARGE, 1);
        store.put(KEY, ObjectBody.of(body), PutCondition.ifAbsent(), TIMESTAMP);
        store.put("empty", ObjectBody.of(new byte[0]), PutCondition.any(), null);
        try (Connection connection = connect()) {
            ObjectStore other = bucket(connection);
            ByteArrayOutputStream read = new ByteArrayOutputStream();
            ObjectInfo info = other.get(KEY, read); // compares size and digest
            assertThat(read.toByteArray()).isEqualTo(body);
            assertThat(info.getChunks()).isEqualTo(6);
            assertThat(info.getHeaders().getFirst("Litestream-Timestamp")).isEqualTo("2026-03-04T05:06:07.891Z");
            assertThat(other.getList()).extracting(ObjectInfo::getObjectName).containsExactly(KEY, "empty");
            read.reset();
            bucket(connection, WHOLE_PATIENCE).get("empty", read);
            assertThat(read.size()).isZero();
            store.delete(List.of(KEY));
            assertThat(other.getList()).extracting(ObjectInfo::getObjectName).containsExactly("empty");
            assertThat(other.getInfo(KEY, true)).as("a mark of the deletion").isNull();
        }
    }

    @Test
    void whatTheClientOfNatsStoresIsRead() throws Exception {
        byte[] body = TestBodies.bytes(LARGE, 2);
        try (Connection connection = connect()) {
            ObjectStore other = bucket(connection);
            other.put(ObjectMeta.builder(KEY).chunkSize(50_000).build(), new ByteArrayInputStream(body));
            assertThat(read(KEY, 0, LARGE)).isEqualTo(body);
            assertThat(read(KEY, 123_456, 300_000)).isEqualTo(Arrays.copyOfRange(body, 123_456, 423_456));
            ObjectEntry entry = store.head(KEY);
            assertThat(entry.timestamp()).isNull();
            assertThatThrownBy(() -> store.put(KEY, ObjectBody.of(new byte[1]), PutCondition.ifAbsent(), null))
                    .isInstanceOf(PreconditionFailedException.class);

            other.delete(KEY); // leaves a mark
            assertThatThrownBy(() -> store.head(KEY)).isInstanceOf(ObjectNotFoundException.class);
            try (ObjectListing listing = store.list("", null)) {
                assertThat(listing.next()).isNull();
            }
            store.put(KEY, ObjectBody.of(new byte[1]), PutCondition.ifAbsent(), null);
            assertThat(read(KEY, 0, 1)).hasSize(1);
            other.addLink("link", other.getInfo(KEY));
            assertThatThrownBy(() -> store.head("link")).isInstanceOf(ObjectNotFoundException.class);

            other.put("marked", new byte[10]);
            other.delete("marked");
            store.delete(List.of("marked", KEY));
            assertThat(server.messages("b", "M.>")).as("the link alone").isEqualTo(1);
            assertThat(server.messages("b", "C.>")).isZero();
        }
    }

    /** Litestream has read the header before it gives the body to its client, which makes a chunk of every read. */
    @Test
    void litestreamsChunksAreOfUnequalSizes() throws Exception {
        byte[] body =
                "x".repeat(100).concat("y".repeat(5000)).concat("z".repeat(77)).getBytes(UTF_8);
        int[] ends = {100, 5100, body.length};
        int from = 0;
        for (int end : ends) {
            server.request("$O.b.C.NUID", new String(body, from, end - from, UTF_8), "");
            store.put("between", ObjectBody.of(new byte[10]), PutCondition.any(), null);
            from = end;
        }
        server.request(
                "$O.b.M." + Base64.getUrlEncoder().encodeToString(KEY.getBytes(UTF_8)),
                "{\"name\":\"" + KEY + "\",\"headers\":{\"Litestream-Timestamp\":[\"2026-03-04T05:06:07.891Z\"]},"
                        + "\"options\":{\"max_chunk_size\":131072},\"bucket\":\"b\",\"nuid\":\"NUID\",\"size\":"
                        + body.length
                        + ",\"mtime\":\"0001-01-01T00:00:00Z\",\"chunks\":3,"
                        + "\"digest\":\"SHA-256=8lXpAeMm3Qlt7NNZ_dQDI8LUr3uCxhvOj5Hk5-GZnWg=\"}",
                "");
        assertThat(store.head(KEY).size()).isEqualTo(body.length);
        assertThat(store.head(KEY).timestamp()).isEqualTo(TIMESTAMP);
        for (int[] range : new int[][] {
            {0, body.length}, {0, 100}, {99, 2}, {100, 1}, {100, 5000}, {5099, 2}, {5100, 77}, {5176, 1}, {50, 5100}
        }) {
            assertThat(read(KEY, range[0], range[1]))
                    .as("%d+%d", range[0], range[1])
                    .isEqualTo(Arrays.copyOfRange(body, range[0], range[0] + range[1]));
        }
        assertThat(store.readTail(KEY, 80).bytes()).isEqualTo(Arrays.copyOfRange(body, body.length - 80, body.length));
    }
}
