package dev.runnel.testkit.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The contract of {@link ObjectStore} as tests. Every store has a subclass; where a store differs and may, it says so
 * by overriding one of the hooks, never by leaving out a test without a word.
 */
public abstract class ObjectStoreContract extends ObjectStoreFixture {

    private static final Instant TIMESTAMP = Instant.parse("2026-03-04T05:06:07.891Z");

    @Test
    void absentObjectIsNotFoundAndItsMessageNamesIt() throws IOException {
        assertNotFound("none/x.ltx");
        put("some/x.ltx", "x");
        assertNotFound("some/y.ltx");
        assertNotFound("some");
        assertNotFound("some/x.ltx/z");
    }

    @Test
    void givesBackWhatWasStored() throws IOException {
        for (int length : new int[] {0, 1, 4096, 100_000, largeBodyBytes()}) {
            String key = "dir/" + length;
            byte[] body = TestBodies.bytes(length, length);
            ObjectEntry entry = store.put(key, ObjectBody.of(body), PutCondition.any(), TIMESTAMP);
            assertThat(entry.key()).isEqualTo(key);
            assertThat(entry.size()).isEqualTo(storedSize(length));
            assertThat(store.canHold(entry.size(), length)).isTrue();
            assertThat(read(key, 0, length)).isEqualTo(body);
            assertThat(readWhole(key, store.head(key).size())).isEqualTo(body);
            assertThat(store.head(key).size()).isEqualTo(entry.size());
            assertThat(store.head(key).timestamp()).isEqualTo(kept(TIMESTAMP));
            assertThat(list("", null)).contains(key);
        }
    }

    @Test
    void readsRanges() throws IOException {
        byte[] body = TestBodies.bytes(1000, 1);
        store.put("r", ObjectBody.of(body), PutCondition.any(), null);
        for (int[] range : new int[][] {{0, 1}, {0, 1000}, {1, 998}, {999, 1}, {500, 0}, {0, 0}, {1000, 0}}) {
            byte[] expected = new byte[range[1]];
            System.arraycopy(body, range[0], expected, 0, range[1]);
            assertThat(read("r", range[0], range[1]))
                    .as("%d+%d", range[0], range[1])
                    .isEqualTo(expected);
        }
    }

    @Test
    void refusesRangesOutsideTheObject() throws IOException {
        store.put("r", ObjectBody.of(TestBodies.bytes(1000, 1)), PutCondition.any(), null);
        store.put("empty", ObjectBody.of(new byte[0]), PutCondition.any(), null);
        for (long[] range : new long[][] {{0, 1001}, {999, 2}, {1000, 1}, {1001, 0}, {5000, 10}, {1L << 40, 1}}) {
            assertThatThrownBy(() -> read("r", range[0], range[1]))
                    .as("%d+%d", range[0], range[1])
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("r");
        }
        assertThatThrownBy(() -> read("empty", 0, 1)).isExactlyInstanceOf(StorageException.class);
        assertThat(read("empty", 0, 0)).isEmpty();
        assertThatThrownBy(() -> read("r", -1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> read("r", 0, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> read("r", 1, Long.MAX_VALUE)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void streamMayBeClosedEarlyAndTwice() throws IOException {
        store.put("big", ObjectBody.of(TestBodies.bytes(largeBodyBytes(), 3)), PutCondition.any(), null);
        InputStream in = store.open("big", 0, largeBodyBytes());
        assertThat(in.read()).isNotNegative();
        in.close();
        in.close();
        assertThat(read("big", 5, 5)).hasSize(5);
    }

    @Test
    void readsTails() throws IOException {
        byte[] body = TestBodies.bytes(1000, 2);
        store.put("t", ObjectBody.of(body), PutCondition.any(), null);
        for (int length : new int[] {1, 16, 999, 1000, 1001, 100_000}) {
            ObjectTail tail = store.readTail("t", length);
            int expected = Math.min(length, 1000);
            assertThat(tail.objectSize()).isEqualTo(1000);
            assertThat(tail.bytes()).isEqualTo(Arrays.copyOfRange(body, 1000 - expected, 1000));
        }
        store.put("empty", ObjectBody.of(new byte[0]), PutCondition.any(), null);
        assertThat(store.readTail("empty", 16).bytes()).isEmpty();
        assertThat(store.readTail("empty", 16).objectSize()).isZero();
        assertThatThrownBy(() -> store.readTail("t", 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void headTellsTimestampToTheMillisecond() throws IOException {
        assumeTrue(kept(TIMESTAMP) != null);
        for (Instant timestamp : timestamps()) {
            store.put("t", ObjectBody.of(new byte[3]), PutCondition.any(), timestamp);
            assertThat(store.head("t").timestamp()).isEqualTo(kept(timestamp));
        }
        store.put("t", ObjectBody.of(new byte[3]), PutCondition.any(), null);
        ObjectEntry entry = store.head("t");
        assertThat(entry.timestamp()).isEqualTo(keepsAbsenceOfTimestamp() ? null : entry.lastModified());
        assertThat(entry.lastModified()).isAfter(Instant.EPOCH);
    }

    @Test
    void putReplaces() throws IOException {
        store.put("k", ObjectBody.of(TestBodies.bytes(100, 1)), PutCondition.any(), TIMESTAMP);
        store.put("k", ObjectBody.of(TestBodies.bytes(50, 2)), PutCondition.any(), TIMESTAMP.plusSeconds(1));
        assertThat(store.head("k").size()).isEqualTo(storedSize(50));
        assertThat(store.head("k").timestamp()).isEqualTo(kept(TIMESTAMP.plusSeconds(1)));
        assertThat(read("k", 0, 50)).isEqualTo(TestBodies.bytes(50, 2));
        assertThat(list("", null)).containsExactly("k");
    }

    @Test
    void failedBodyStoresNothing() throws IOException {
        put("dir/old", "old");
        for (int length : new int[] {1000, largeBodyBytes()}) {
            assertThatThrownBy(
                            () -> store.put("dir/new", TestBodies.lying(length, length - 1), PutCondition.any(), null))
                    .isInstanceOf(StorageException.class);
            assertThatThrownBy(() -> store.put("dir/new", TestBodies.broken(length), PutCondition.any(), null))
                    .isInstanceOf(StorageException.class);
            assertThatThrownBy(() -> store.put("dir/old", TestBodies.broken(length), PutCondition.any(), null))
                    .isInstanceOf(StorageException.class);
        }
        assertThatThrownBy(() -> store.put("dir/new", TestBodies.lying(1000, 1001), PutCondition.any(), null))
                .isInstanceOf(StorageException.class);
        assertNotFound("dir/new");
        assertThat(list("", null)).containsExactly("dir/old");
        assertThat(read("dir/old", 0, 3)).isEqualTo("old".getBytes(UTF_8));
    }

    @Test
    void refusesWhatIsNoKey() {
        for (String key :
                List.of("", "a/", "/", ".", "..", "a/../b", "./a", "a/.", "a\nb", "a\u007f", "x".repeat(1025))) {
            assertThatThrownBy(() -> put(key, "x")).as(key).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.head(key)).as(key).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.open(key, 0, 0)).as(key).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.readTail(key, 1)).as(key).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.delete(List.of(key))).as(key).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void acceptsUnusualKeys() throws IOException {
        List<String> keys = new ArrayList<>(List.of(
                "a b",
                "a+b",
                "a%2Fb",
                "a%b",
                "a&b=c?d#e",
                "...",
                ".hidden",
                "..x/y",
                "~",
                "(x)*'!",
                "{\"}",
                "a;b,c@d:e$"));
        keys.add("x".repeat(200) + "/" + "y".repeat(200));
        if (supportsUnicodeKeys()) {
            keys.addAll(List.of("ä/ö", "日本/語", "\uD83D\uDE80", "e\u0301"));
        }
        if (!isTree()) {
            keys.addAll(List.of("/leading", "a//b", "//" + "c"));
        }
        for (String key : keys) {
            put(key, key);
            byte[] body = key.getBytes(UTF_8);
            assertThat(read(key, 0, body.length)).as(key).isEqualTo(body);
            assertThat(store.head(key).key()).isEqualTo(key);
        }
        keys.sort(ObjectKeys.ORDER);
        assertThat(list("", null)).isEqualTo(keys);
        store.delete(keys);
        assertThat(list("", null)).isEmpty();
    }

    @Test
    void listsInOrderOfUtf8Bytes() throws IOException {
        List<String> keys =
                new ArrayList<>(List.of("a-b", "a.b", "a/b", "a/bc", "a/c/d", "a0", "b", "A", "a/B", "ab/c"));
        if (!isTree()) {
            keys.addAll(List.of("a", "a/b/c", "a/c"));
        }
        if (supportsUnicodeKeys()) {
            keys.addAll(List.of("u/\uFB03", "u/z", "u/é"));
        }
        for (String key : keys) {
            put(key, "x");
        }
        keys.sort(ObjectKeys.ORDER);
        List<String> prefixes = new ArrayList<>(
                List.of("", "a", "a/", "a/b", "a/b/", "a/c/d", "a-", "A", "u/", "zz", "a//", "../", "."));
        if (!isTree()) {
            prefixes.add("/");
        }
        for (String prefix : prefixes) {
            assertListing(keys, prefix, null);
            for (String startAfter :
                    List.of("", "A", "a", "a-", "a-b", "a/", "a/b", "a/b/zzz", "a/bb", "a/zz", "a0", "u", "zz")) {
                assertListing(keys, prefix, startAfter);
            }
        }
    }

    /** Overridden where a store orders by UTF-16, as a declared deviation. */
    @Test
    protected void ordersByCodePointAboveTheBasicPlane() throws IOException {
        assumeTrue(supportsUnicodeKeys());
        assertThat(listOfTwoPlanes()).containsExactly("u/\uFB03", "u/\uD83D\uDE80");
    }

    /** Stores two keys of which UTF-8 and UTF-16 disagree about the order, and lists them. */
    protected final List<String> listOfTwoPlanes() throws IOException {
        put("u/\uD83D\uDE80", "x");
        put("u/\uFB03", "x");
        return list("u/", null);
    }

    @Test
    void listingTellsSizeAndStaysAtTheEnd() throws IOException {
        put("p/a", "1");
        put("p/b", "22");
        try (ObjectListing listing = store.list("p/", null)) {
            ObjectEntry first = Objects.requireNonNull(listing.next());
            ObjectEntry head = store.head("p/a");
            assertThat(first.key()).isEqualTo("p/a");
            assertThat(first.size()).isEqualTo(storedSize(1));
            assertThat(first.etag()).isEqualTo(head.etag());
            assertThat(first.lastModified())
                    .isBetween(
                            head.lastModified().minusSeconds(1),
                            head.lastModified().plusSeconds(1));
            assertThat(listing.next()).extracting(ObjectEntry::size).isEqualTo(storedSize(2));
            assertThat(listing.next()).isNull();
            assertThat(listing.next()).isNull();
        }
    }

    @Test
    void listsAndDeletesThousands() throws Exception {
        List<String> keys = IntStream.range(0, 2100)
                .mapToObj(i -> "%04x/%016x".formatted(i % 2, i))
                .sorted()
                .toList();
        TestThreads.forEach(8, keys, key -> put(key, "x"));
        assertThat(list("", null)).isEqualTo(keys);
        assertThat(list("0001/", null)).hasSize(1050);
        assertThat(list("0001/", keys.get(1500))).isEqualTo(keys.subList(1501, 2100));
        List<String> doomed = new ArrayList<>(keys.subList(0, 2050));
        doomed.add(7, "0000/absent");
        store.delete(doomed);
        assertThat(list("", null)).isEqualTo(keys.subList(2050, 2100));
    }

    @Test
    void deletingIsIdempotent() throws IOException {
        store.delete(List.of());
        store.delete(List.of("absent", "absent/too"));
        put("a/b", "x");
        put("a/c", "x");
        store.delete(List.of("a/b", "a", "a/b/c", "nothing"));
        assertThat(list("", null)).containsExactly("a/c");
        store.delete(List.of("a/b", "a/c"));
        assertNotFound("a/c");
        put("a/b", "again");
        assertThat(read("a/b", 0, 5)).isEqualTo("again".getBytes(UTF_8));
    }

    @Test
    void ifAbsentCreatesOnce() throws IOException {
        assumeTrue(store.supportsConditions());
        for (int length : new int[] {10, largeBodyBytes()}) {
            String key = "dir/" + length;
            ObjectEntry created =
                    store.put(key, ObjectBody.of(TestBodies.bytes(length, 1)), PutCondition.ifAbsent(), TIMESTAMP);
            assertThat(created.etag()).isNotNull().isEqualTo(store.head(key).etag());
            assertThatThrownBy(() ->
                            store.put(key, ObjectBody.of(TestBodies.bytes(length, 2)), PutCondition.ifAbsent(), null))
                    .isInstanceOf(PreconditionFailedException.class)
                    .hasMessageContaining(key);
            assertThat(read(key, 0, length)).isEqualTo(TestBodies.bytes(length, 1));
            store.delete(List.of(key));
            store.put(key, ObjectBody.of(TestBodies.bytes(length, 3)), PutCondition.ifAbsent(), null);
            assertThat(read(key, 0, length)).isEqualTo(TestBodies.bytes(length, 3));
        }
    }

    @Test
    void ifMatchReplacesOnlyThatVersion() throws IOException {
        assumeTrue(store.supportsConditions());
        assertThatThrownBy(() -> store.put("k", TestBodies.text("x"), PutCondition.ifMatch("\"nothing\""), null))
                .isInstanceOf(PreconditionFailedException.class);
        assertNotFound("k");
        String first = etag(store.put("k", TestBodies.text("1"), PutCondition.ifAbsent(), null));
        String second = etag(store.put("k", TestBodies.text("2"), PutCondition.ifMatch(first), null));
        assertThat(second).isNotEqualTo(first).isEqualTo(store.head("k").etag());
        assertThatThrownBy(() -> store.put("k", TestBodies.text("3"), PutCondition.ifMatch(first), null))
                .isInstanceOf(PreconditionFailedException.class)
                .hasMessageContaining("k");
        assertThat(read("k", 0, 1)).isEqualTo("2".getBytes(UTF_8));
        store.delete(List.of("k"));
        assertThatThrownBy(() -> store.put("k", TestBodies.text("4"), PutCondition.ifMatch(second), null))
                .isInstanceOf(PreconditionFailedException.class);
    }

    @Test
    void conditionsAreRefusedWhereTheyAreNotEnforced() {
        assumeFalse(store.supportsConditions());
        assertThatThrownBy(() -> store.put("k", TestBodies.text("x"), PutCondition.ifAbsent(), null))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> store.put("k", TestBodies.text("x"), PutCondition.ifMatch("\"e\""), null))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void oneOfManyCreates() throws Exception {
        assumeTrue(store.supportsConditions());
        for (int round = 0; round < 10; round++) {
            String key = "race/" + round;
            List<Callable<Boolean>> creators = IntStream.range(0, 8)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        try {
                            store.put(key, TestBodies.text("writer " + i), PutCondition.ifAbsent(), null);
                            return true;
                        } catch (PreconditionFailedException e) {
                            return false;
                        }
                    })
                    .toList();
            List<Boolean> won = TestThreads.callAll(creators);
            assertThat(won).containsOnlyOnce(true);
            assertThat(read(key, 0, 8)).isEqualTo(("writer " + won.indexOf(true)).getBytes(UTF_8));
        }
    }

    @Test
    void noUpdateIsLost() throws Exception {
        assumeTrue(store.supportsConditions());
        store.put("counter", TestBodies.text("0"), PutCondition.ifAbsent(), null);
        Callable<Integer> increments = () -> {
            for (int done = 0; done < 10; ) {
                ObjectEntry seen = store.head("counter");
                int value =
                        Integer.parseInt(new String(store.readTail("counter", 9).bytes(), UTF_8));
                try {
                    store.put(
                            "counter",
                            TestBodies.text(String.valueOf(value + 1)),
                            PutCondition.ifMatch(etag(seen)),
                            null);
                    done++;
                } catch (PreconditionFailedException | TransientStorageException e) {
                    // another thread was faster, or the store asks to try again: read the new value
                }
            }
            return 10;
        };
        TestThreads.callAll(List.of(increments, increments, increments, increments));
        assertThat(new String(store.readTail("counter", 9).bytes(), UTF_8)).isEqualTo("40");
    }

    @Test
    void readersSeeOldOrNewButNoMixture() throws Exception {
        int length = 200_000;
        store.put("k", ObjectBody.of(TestBodies.filled(length, 0)), PutCondition.any(), null);
        Callable<Integer> writer = () -> {
            for (int i = 1; i <= 20; i++) {
                store.put("k", ObjectBody.of(TestBodies.filled(length, i)), PutCondition.any(), null);
            }
            return 0;
        };
        Callable<Integer> reader = () -> {
            for (int i = 0; i < 40; i++) {
                byte[] seen;
                try {
                    seen = read("k", 0, length);
                } catch (ObjectNotFoundException e) {
                    assertThat(replacesInOneStep()).as("an object between two").isFalse();
                    continue;
                }
                assertThat(seen).isEqualTo(TestBodies.filled(length, seen[0]));
            }
            return 0;
        };
        TestThreads.callAll(List.of(writer, reader, reader));
    }

    @Test
    void interruptedThreadKeepsItsFlag() throws IOException {
        put("old", "old");
        Thread.currentThread().interrupt();
        Throwable put = catchThrowable(() -> put("new", "new"));
        assertThat(Thread.interrupted()).as("flag after put").isTrue();
        assertThat(put)
                .satisfiesAnyOf(
                        t -> assertThat(t).isNull(),
                        t -> assertThat(t).isInstanceOf(TransientStorageException.class),
                        t -> assertThat(t).isInstanceOf(IndeterminateWriteException.class));
        if (put instanceof TransientStorageException) {
            assertNotFound("new");
        }
        Thread.currentThread().interrupt();
        Throwable read = catchThrowable(() -> read("old", 0, 3));
        assertThat(Thread.interrupted()).as("flag after read").isTrue();
        assertThat(read)
                .satisfiesAnyOf(
                        t -> assertThat(t).isNull(), t -> assertThat(t).isInstanceOf(TransientStorageException.class));
    }

    @Test
    void closesTwice() throws IOException {
        put("k", "x");
        store.close();
        store.close();
    }

    @Test
    void agreesWithAModelUnderRandomUse() throws IOException {
        long seed = Seeds.choose(getClass().getSimpleName());
        SplittableRandom random = new SplittableRandom(seed);
        TreeMap<String, byte[]> model = new TreeMap<>(ObjectKeys.ORDER);
        String[] dirs = {"a/", "a-", "b/c/", "", "zz/"};
        for (int step = 0; step < 400; step++) {
            String key = dirs[random.nextInt(dirs.length)] + "k" + random.nextInt(12);
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    byte[] body = TestBodies.bytes(random.nextInt(3000), random.nextInt());
                    store.put(key, ObjectBody.of(body), PutCondition.any(), random.nextBoolean() ? TIMESTAMP : null);
                    model.put(key, body);
                }
                case 2 -> {
                    store.delete(List.of(key, key + "x"));
                    model.remove(key);
                }
                case 3 -> {
                    String prefix = dirs[random.nextInt(dirs.length)];
                    assertListing(model.keySet(), prefix, random.nextBoolean() ? key : null);
                }
                default -> assertSame(model.get(key), key, random);
            }
        }
    }

    private void assertSame(byte @Nullable [] expected, String key, SplittableRandom random) throws IOException {
        if (expected == null) {
            assertNotFound(key);
            return;
        }
        int offset = random.nextInt(expected.length + 1);
        int length = random.nextInt(expected.length - offset + 1);
        assertThat(read(key, offset, length)).isEqualTo(Arrays.copyOfRange(expected, offset, offset + length));
        assertThat(store.head(key).size()).isEqualTo(storedSize(expected.length));
    }
}
