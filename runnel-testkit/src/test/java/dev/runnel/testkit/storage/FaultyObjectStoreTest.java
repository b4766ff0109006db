package dev.runnel.testkit.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.storage.memory.MemoryObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FaultyObjectStoreTest {

    private final MemoryObjectStore truth = new MemoryObjectStore(new FixedTime());

    @Test
    void transientFaultHasNoEffect() {
        FaultyObjectStore store = store(FaultPlan.builder().with(Fault.TRANSIENT, 1));
        assertThatThrownBy(() -> put(store, "k")).isInstanceOf(TransientStorageException.class);
        assertThatThrownBy(() -> store.head("k")).isInstanceOf(TransientStorageException.class);
        assertThatThrownBy(() -> store.open("k", 0, 0)).isInstanceOf(TransientStorageException.class);
        assertThatThrownBy(() -> store.readTail("k", 1)).isInstanceOf(TransientStorageException.class);
        assertThatThrownBy(() -> store.list("", null)).isInstanceOf(TransientStorageException.class);
        assertThatThrownBy(() -> store.delete(List.of("k"))).isInstanceOf(TransientStorageException.class);
        assertThatThrownBy(() -> truth.head("k")).isInstanceOf(ObjectNotFoundException.class);
        assertThat(store.injected(Fault.TRANSIENT)).isEqualTo(6);
    }

    @Test
    void lostReplyHasItsEffectAndLostRequestHasNone() throws IOException {
        FaultyObjectStore reply = store(FaultPlan.builder().with(Fault.LOST_REPLY, 1));
        assertThatThrownBy(() -> put(reply, "k")).isInstanceOf(IndeterminateWriteException.class);
        assertThat(truth.head("k").size()).isEqualTo(2);
        assertThatThrownBy(() -> put(reply, "k"))
                .as("the second finds the first")
                .isInstanceOf(PreconditionFailedException.class);
        assertThatThrownBy(() -> reply.delete(List.of("k"))).isInstanceOf(TransientStorageException.class);
        FaultyObjectStore request = store(FaultPlan.builder().with(Fault.LOST_REQUEST, 1));
        assertThatThrownBy(() -> put(request, "k")).isInstanceOf(IndeterminateWriteException.class);
        assertThatThrownBy(() -> truth.head("k")).isInstanceOf(ObjectNotFoundException.class);
        assertThat(reply.injected(Fault.LOST_REPLY)).isEqualTo(2);
        assertThat(request.injected(Fault.LOST_REQUEST)).isEqualTo(1);
    }

    @Test
    void refusalHasNoEffectAndDoubledRequestHas() throws IOException {
        FaultyObjectStore denied = store(FaultPlan.builder().with(Fault.DENIED, 1));
        assertThatThrownBy(() -> put(denied, "k")).isExactlyInstanceOf(StorageException.class);
        assertThatThrownBy(() -> truth.head("k")).isInstanceOf(ObjectNotFoundException.class);
        FaultyObjectStore doubled = store(FaultPlan.builder().with(Fault.DOUBLED_REQUEST, 1));
        assertThatThrownBy(() -> put(doubled, "k")).isInstanceOf(PreconditionFailedException.class);
        assertThat(truth.head("k").size()).isEqualTo(2);
        assertThat(doubled.injected(Fault.DOUBLED_REQUEST)).isEqualTo(1);
    }

    @Test
    void whatIsThereIsDeniedOrMixedUp() throws IOException {
        byte[] body = new byte[1000];
        truth.put("k", ObjectBody.of(body), PutCondition.any(), null);
        FaultyObjectStore blind = store(FaultPlan.builder().with(Fault.FALSE_ABSENCE, 1));
        assertThatThrownBy(() -> blind.head("k")).isInstanceOf(ObjectNotFoundException.class);
        assertThatThrownBy(() -> blind.open("k", 0, 1)).isInstanceOf(ObjectNotFoundException.class);
        assertThatThrownBy(() -> blind.readTail("k", 1)).isInstanceOf(ObjectNotFoundException.class);
        FaultyObjectStore wrong = store(FaultPlan.builder().with(Fault.WRONG_BODY, 1));
        assertThat(read(wrong, 1000)).hasSize(1000).isNotEqualTo(body);
        assertThat(wrong.readTail("k", 1000).bytes()).hasSize(1000).isNotEqualTo(body);
        assertThat(read(truth, 1000)).isEqualTo(body);
    }

    @Test
    void readsAreCutOrDamagedButNotWhatIsStored() throws IOException {
        byte[] body = new byte[1000];
        truth.put("k", ObjectBody.of(body), PutCondition.any(), null);
        FaultyObjectStore cut = store(FaultPlan.builder().with(Fault.TRUNCATED_BODY, 1));
        assertThatThrownBy(() -> read(cut, 1000)).isInstanceOf(TransientStorageException.class);
        FaultyObjectStore damaged = store(FaultPlan.builder().with(Fault.FLIPPED_BIT, 1));
        for (byte[] read :
                List.of(read(damaged, 1000), damaged.readTail("k", 1000).bytes())) {
            assertThat(IntStream.range(0, 1000)
                            .map(i -> Integer.bitCount(read[i] & 0xff))
                            .sum())
                    .isEqualTo(1);
        }
        assertThat(read(truth, 1000)).isEqualTo(body);
        assertThat(truth.readTail("k", 1000).bytes()).isEqualTo(body);
        assertThat(damaged.injected(Fault.FLIPPED_BIT)).isEqualTo(2);
        assertThat(cut.injected(Fault.TRUNCATED_BODY)).isEqualTo(1);
    }

    @Test
    void partialDeletionRemovesSome() throws IOException {
        for (int i = 0; i < 10; i++) {
            put(truth, "k" + i);
        }
        FaultyObjectStore store = store(FaultPlan.builder().with(Fault.PARTIAL_DELETE, 1));
        List<String> all = list(truth);
        assertThatThrownBy(() -> store.delete(all)).isInstanceOf(TransientStorageException.class);
        assertThat(list(truth)).hasSizeBetween(1, 9);
        store.setPlan(FaultPlan.none());
        store.delete(all);
        assertThat(list(truth)).isEmpty();
    }

    @Test
    void listingsBreak() throws IOException {
        put(truth, "a");
        FaultyObjectStore store = store(FaultPlan.builder().with(Fault.BROKEN_LISTING, 1));
        assertThatThrownBy(() -> list(store)).isInstanceOf(TransientStorageException.class);
    }

    @Test
    void listingsLagBehindChangesForAWhile() throws IOException {
        FaultyObjectStore store =
                store(FaultPlan.builder().with(Fault.LAGGING_LISTING, 1).listingLag(3));
        put(store, "a");
        put(store, "b");
        assertThat(list(store)).isEmpty();
        put(store, "c");
        put(store, "d");
        assertThat(list(store)).containsExactly("a");
        assertThat(list(truth)).containsExactly("a", "b", "c", "d");
        store.delete(List.of("a", "b"));
        assertThat(list(store)).as("ghosts a and b, not yet d").containsExactly("a", "b", "c");
        store.setPlan(FaultPlan.none());
        assertThat(list(store)).containsExactly("c", "d");
        assertThat(store.injected(Fault.LAGGING_LISTING)).isPositive();
    }

    @Test
    void statesAreSwitched() throws IOException {
        FaultyObjectStore store = store(FaultPlan.builder());
        store.setState(FaultyObjectStore.State.DOWN);
        assertThatThrownBy(() -> store.head("k")).isInstanceOf(TransientStorageException.class);
        store.setState(FaultyObjectStore.State.GONE);
        assertThatThrownBy(() -> store.list("", null)).isExactlyInstanceOf(StorageException.class);
        store.setState(FaultyObjectStore.State.FULL);
        assertThatThrownBy(() -> put(store, "k"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("no space");
        assertThat(list(store)).isEmpty();
        store.setState(FaultyObjectStore.State.UP);
        put(store, "k");
        assertThat(list(store)).containsExactly("k");
    }

    @Test
    void seedReplaysWhateverTheOrderOfKeys() {
        FaultPlan plan = FaultPlan.contractual(0.3);
        List<String> keys = IntStream.range(0, 40).mapToObj(i -> "k" + i).toList();
        List<String> backwards = new ArrayList<>(keys);
        Collections.reverse(backwards);
        List<String> failed = failedPuts(plan, 7, keys);
        assertThat(failed).isNotEmpty().hasSizeLessThan(40);
        assertThat(failedPuts(plan, 7, backwards)).containsExactlyInAnyOrderElementsOf(failed);
        assertThat(failedPuts(plan, 8, keys)).isNotEqualTo(failed);
    }

    @Test
    void probabilityIsThatOfThePlan() {
        FaultPlan plan = FaultPlan.builder().with(Fault.TRANSIENT, 0.25).build();
        List<String> keys = IntStream.range(0, 4000).mapToObj(i -> "k" + i).toList();
        assertThat(failedPuts(plan, 1, keys)).hasSizeBetween(850, 1150);
    }

    @Test
    void planHitsOnlyItsOperations() throws IOException {
        FaultyObjectStore store =
                store(FaultPlan.builder().with(Fault.TRANSIENT, 1).only(StoreOperation.HEAD));
        put(store, "k");
        assertThatThrownBy(() -> store.head("k")).isInstanceOf(TransientStorageException.class);
        assertThatThrownBy(() -> FaultPlan.builder().with(Fault.TRANSIENT, 1.1).build())
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void latencyHookSeesEveryCallAndMayInterrupt() throws IOException {
        FaultyObjectStore store = store(FaultPlan.builder());
        List<String> seen = new ArrayList<>();
        store.setLatency((operation, key) -> seen.add(operation + " " + key));
        put(store, "k");
        store.head("k");
        assertThat(seen).containsExactly("PUT k", "HEAD k");
        store.setLatency((operation, key) -> {
            throw new InterruptedException();
        });
        assertThatThrownBy(() -> store.head("k")).isInstanceOf(TransientStorageException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void trackingCountsCallsAndBytes() throws IOException {
        TrackingObjectStore store = new TrackingObjectStore(truth);
        put(store, "a");
        put(store, "b");
        try (InputStream in = store.open("a", 0, 2)) {
            assertThat(in.read()).isEqualTo('x');
        }
        store.readTail("b", 100);
        list(store);
        store.delete(List.of("a", "b"));
        assertThatThrownBy(() -> store.head("a")).isInstanceOf(ObjectNotFoundException.class);
        assertThat(store.calls())
                .containsExactly(
                        new TrackingObjectStore.Call(StoreOperation.PUT, "a", 1, 2),
                        new TrackingObjectStore.Call(StoreOperation.PUT, "b", 1, 2),
                        new TrackingObjectStore.Call(StoreOperation.OPEN, "a", 1, 2),
                        new TrackingObjectStore.Call(StoreOperation.TAIL, "b", 1, 100),
                        new TrackingObjectStore.Call(StoreOperation.LIST, "", 1, 0),
                        new TrackingObjectStore.Call(StoreOperation.DELETE, "a", 2, 0),
                        new TrackingObjectStore.Call(StoreOperation.HEAD, "a", 1, 0));
        assertThat(store.bytesWritten()).isEqualTo(4);
        assertThat(store.bytesRead()).isEqualTo(1 + 2);
        assertThat(store.entriesListed()).isEqualTo(2);
        assertThat(store.count(StoreOperation.PUT)).isEqualTo(2);
        store.reset();
        assertThat(store.calls()).isEmpty();
        assertThat(store.unwrap()).isSameAs(truth);
    }

    private List<String> failedPuts(FaultPlan plan, long seed, List<String> keys) {
        FaultyObjectStore store = new FaultyObjectStore(new MemoryObjectStore(new FixedTime()), seed, plan);
        List<String> failed = new ArrayList<>();
        for (String key : keys) {
            try {
                put(store, key);
            } catch (IOException e) {
                failed.add(key);
            }
        }
        return failed;
    }

    private FaultyObjectStore store(FaultPlan.Builder plan) {
        return new FaultyObjectStore(truth, 1, plan.build());
    }

    private static void put(ObjectStore store, String key) throws IOException {
        store.put(key, ObjectBody.of("xy".getBytes(UTF_8)), PutCondition.ifAbsent(), null);
    }

    private static byte[] read(ObjectStore store, int length) throws IOException {
        try (InputStream in = store.open("k", 0, length)) {
            return in.readAllBytes();
        }
    }

    private static List<String> list(ObjectStore store) throws IOException {
        List<String> keys = new ArrayList<>();
        try (ObjectListing listing = store.list("", null)) {
            for (ObjectEntry entry = listing.next(); entry != null; entry = listing.next()) {
                keys.add(entry.key());
            }
        }
        return keys;
    }
}
