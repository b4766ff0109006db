package dev.runnel.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.engine.SystemTime;
import dev.runnel.model.TimeSource;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.testkit.storage.TestBodies;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** No chunk stays for ever without an object. */
class LeftoversTest extends NatsBucketTest {

    private final Later time = new Later();

    /** The time of the system, and how much later it is. */
    private static final class Later implements TimeSource {

        private final SystemTime system = new SystemTime();
        private Duration later = Duration.ZERO;

        @Override
        public Instant now() {
            return system.now().plus(later);
        }

        @Override
        public long nanoTime() {
            return system.nanoTime() + later.toNanos();
        }
    }

    @Override
    TimeSource time() {
        return time;
    }

    private int chunks() throws IOException {
        return server.messages("b", "C.>");
    }

    @Test
    void chunksOfFailedUploadsAndOfReplacedObjectsGoAtOnce() throws Exception {
        put("x");
        put("x");
        assertThatThrownBy(() -> store.put("y", TestBodies.broken(1_000_000), PutCondition.any(), null))
                .isInstanceOf(StorageException.class);
        put("last");
        assertThat(Repeat.until(2, this::chunks)).isEqualTo(2);
        store.delete(List.of("x", "last"));
        assertThat(server.messages("b", ">")).isZero();
    }

    @Test
    void chunksThatComeAfterTheirRemovalGoToo() throws Exception {
        try (LateChunks way = new LateChunks(server);
                NatsObjectStore far = new NatsObjectStore(Settings.of(way.port(), "b"), time)) {
            assertThatThrownBy(() -> far.put("y", TestBodies.broken(500_000), PutCondition.any(), null))
                    .isInstanceOf(StorageException.class);
            put(far, "x"); // finds nothing of y to remove
            way.arrive();
            assertThat(chunks()).as("one of x, the others late").isEqualTo(4);
            int left = Repeat.until(0, () -> {
                Repeat.onceReady(TransientStorageException.class, () -> put(far, "x"));
                far.delete(List.of("x"));
                return chunks();
            });
            assertThat(left).isZero();
        }
    }

    @Test
    void whatOthersLeftBehindGoesWhenItIsADayOld() throws IOException {
        put("live");
        put("doomed");
        server.request("$O.b.C.crashed", "chunk", "");
        server.request("$O.b.C.crashed", "chunk", "");
        server.request("$O.b.C.deleted", "chunk", "");
        server.request(
                "$O.b.M." + Base64.getUrlEncoder().encodeToString("d".getBytes(UTF_8)),
                "{\"name\":\"d\",\"bucket\":\"b\",\"nuid\":\"deleted\",\"size\":0,\"chunks\":0,\"deleted\":true}",
                "");
        store.delete(List.of("doomed"));
        assertThat(chunks()).as("all are young").isEqualTo(4);
        time.later = Duration.ofHours(23);
        store.delete(List.of("doomed"));
        assertThat(chunks()).as("no day passed since the last look").isEqualTo(4);
        time.later = Duration.ofHours(25);
        store.delete(List.of("doomed"));
        assertThat(chunks()).isEqualTo(1);
        assertThat(store.readTail("live", 10).bytes()).isEqualTo("live".getBytes(UTF_8));
    }

    @Test
    void nothingGoesWhileAnEntryCannotBeRead() throws IOException {
        server.request("$O.b.C.crashed", "chunk", "");
        server.request("$O.b.M.eA==", "what a later version of the clients writes", "");
        time.later = Duration.ofHours(25);
        store.delete(List.of("doomed"));
        assertThat(chunks()).isEqualTo(1);
    }
}
