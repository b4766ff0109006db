package dev.runnel.age;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.exceptionfactory.jagged.framework.stream.StandardDecryptingChannelFactory;
import com.exceptionfactory.jagged.framework.stream.StandardEncryptingChannelFactory;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaReaderFactory;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectForm;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.UnreadableObjectException;
import dev.runnel.storage.memory.MemoryObjectStore;
import dev.runnel.testkit.storage.TestBodies;
import dev.runnel.testkit.storage.TrackingObjectStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgeObjectStoreTest {

    private static final String KEY = "ltx/0/0000000000000001-0000000000000001.ltx";
    private static final int CHUNK = 65536;
    private static final int[] LENGTHS = {
        0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 1, 3 * CHUNK + 5, 300_000
    };

    private final Keys keys = Keys.generate();
    private final TrackingObjectStore plain = new TrackingObjectStore(new MemoryObjectStore(Keys.clock()));
    private final AgeObjectStore store = keys.over(plain);

    private static void put(ObjectStore store, byte[] body) throws IOException {
        store.put(KEY, ObjectBody.of(body), PutCondition.any(), null);
    }

    private static byte[] whole(ObjectStore store) throws IOException {
        try (InputStream in = store.openWhole(KEY, store.head(KEY).size())) {
            return in.readAllBytes();
        }
    }

    private static byte[] part(ObjectStore store, long offset, long length) throws IOException {
        try (InputStream in = store.open(KEY, offset, length)) {
            return in.readAllBytes();
        }
    }

    private byte[] sealed() throws IOException {
        return whole(plain);
    }

    @Test
    void whatIsStoredIsAnAgeFileOfTheContent() throws Exception {
        for (int length : LENGTHS) {
            byte[] body = Keys.bytes(length, length);
            put(store, body);
            assertThat(new String(sealed(), 0, 21, UTF_8)).isEqualTo("age-encryption.org/v1");
            try (InputStream in = Channels.newInputStream(new StandardDecryptingChannelFactory()
                    .newDecryptingChannel(
                            Channels.newChannel(new ByteArrayInputStream(sealed())),
                            List.of(X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(keys.identity()))))) {
                assertThat(in.readAllBytes()).isEqualTo(body);
            }
        }
    }

    @Test
    void readsWhatOthersEncrypted() throws Exception {
        for (int length : LENGTHS) {
            byte[] body = Keys.bytes(length, length);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (WritableByteChannel channel = new StandardEncryptingChannelFactory()
                    .newEncryptingChannel(
                            Channels.newChannel(out),
                            List.of(X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(keys.recipient())))) {
                channel.write(ByteBuffer.wrap(body));
            }
            put(plain, out.toByteArray());
            assertThat(whole(keys.readingOnly(plain))).isEqualTo(body);
            assertThat(keys.readingOnly(plain).readTail(KEY, 70_000).bytes())
                    .isEqualTo(Arrays.copyOfRange(body, Math.max(0, length - 70_000), length));
        }
    }

    @Test
    void readsEveryKindOfRange() throws IOException {
        int[] edges = {0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 1, 3 * CHUNK, 3 * CHUNK + 5};
        for (int length : LENGTHS) {
            byte[] body = Keys.bytes(length, length);
            put(store, body);
            for (int from : edges) {
                for (int to : edges) {
                    if (from <= to && to <= length) {
                        assertThat(part(store, from, to - from))
                                .as("%d to %d of %d", from, to, length)
                                .isEqualTo(Arrays.copyOfRange(body, from, to));
                    }
                }
                if (from > 0) {
                    ObjectTail tail = keys.readingOnly(plain).readTail(KEY, from);
                    assertThat(tail.objectSize()).isEqualTo(length);
                    assertThat(tail.bytes())
                            .as("last %d of %d", from, length)
                            .isEqualTo(Arrays.copyOfRange(body, Math.max(0, length - from), length));
                }
            }
        }
    }

    @Test
    void aRangeCostsOneRequestOnceTheObjectIsKnown() throws IOException {
        put(store, Keys.bytes(1 << 20, 1));
        ObjectStore reader = keys.readingOnly(plain);
        reader.readTail(KEY, 100);
        plain.reset();
        part(reader, 500_000, 10);
        assertThat(plain.calls()).hasSize(1);
        assertThat(plain.bytesRead()).isLessThan(2 * CHUNK);
    }

    @Test
    void aCutOffObjectIsDamagedWhereverItWasCut() throws IOException {
        byte[] body = Keys.bytes(3 * CHUNK + 5, 1);
        put(store, body);
        byte[] sealed = sealed();
        int header = 184;
        for (int length : new int[] {
            30,
            170,
            header,
            header + 15,
            header + 16,
            header + CHUNK + 16,
            header + 2 * (CHUNK + 16),
            header + 2 * (CHUNK + 16) + 16,
            sealed.length - 1
        }) {
            put(plain, Arrays.copyOf(sealed, length));
            requireDamaged(length);
        }
    }

    @Test
    void aChangedByteIsDamageWhereverItIs() throws IOException {
        put(store, Keys.bytes(2 * CHUNK + 5, 1));
        byte[] sealed = sealed();
        int header = 184;
        for (int at :
                new int[] {160, header - 1, header, header + CHUNK + 15, header + CHUNK + 16, sealed.length - 1}) {
            byte[] changed = sealed.clone();
            changed[at] ^= 1;
            put(plain, changed);
            requireDamaged(at);
        }
    }

    private void requireDamaged(int where) {
        assertThatThrownBy(() -> whole(keys.over(plain)))
                .as("whole, %d", where)
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining(KEY);
        assertThatThrownBy(() -> {
                    ObjectStore reader = keys.over(plain);
                    reader.readTail(KEY, 3 * CHUNK);
                    whole(reader);
                })
                .as("tail, %d", where)
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining(KEY);
    }

    @Test
    void aReplacedObjectIsReadAnew() throws IOException {
        put(store, Keys.bytes(CHUNK, 1));
        part(store, 0, 10);
        byte[] other = Keys.bytes(CHUNK, 2);
        put(keys.over(plain), other);
        assertThat(part(store, 0, CHUNK)).isEqualTo(other);
        put(keys.over(plain), Keys.bytes(10 * CHUNK, 3));
        assertThat(store.readTail(KEY, 1).objectSize()).isEqualTo(10 * CHUNK);
        part(store, 5, 10);
        put(keys.over(plain), Keys.bytes(10 * CHUNK, 4));
        assertThat(store.readTail(KEY, 10).bytes())
                .isEqualTo(Arrays.copyOfRange(Keys.bytes(10 * CHUNK, 4), 10 * CHUNK - 10, 10 * CHUNK));
    }

    @Test
    void everyStreamOverABodyGivesTheSameBytesAndEveryWriteOthers() throws IOException {
        byte[] body = Keys.bytes(CHUNK + 100, 1);
        SealedBody sealed =
                new SealedBody(ObjectBody.of(body), new Envelopes(AgeIdentities.none(), keys.recipients()).seal("x"));
        assertThat(sealed.open().readAllBytes()).hasSize((int) sealed.length());
        assertThat(sealed.open().readAllBytes()).isEqualTo(sealed.open().readAllBytes());
        put(store, body);
        byte[] first = sealed();
        put(store, body);
        assertThat(sealed()).hasSameSizeAs(first).isNotEqualTo(first);
    }

    @Test
    void partsAreReadWithoutEncryptingWhatIsBeforeThem() throws IOException {
        int length = 20 * CHUNK;
        AtomicLong read = new AtomicLong();
        byte[] content = Keys.bytes(length, 1);
        ObjectBody counted = TestBodies.of(length, () -> new ByteArrayInputStream(content) {
            @Override
            public synchronized int read(byte[] target, int offset, int count) {
                int given = super.read(target, offset, count);
                read.addAndGet(Math.max(0, given));
                return given;
            }
        });
        SealedBody sealed = new SealedBody(counted, new Envelopes(AgeIdentities.none(), keys.recipients()).seal("x"));
        byte[] all = sealed.open().readAllBytes();
        for (int from :
                new int[] {0, 1, 184, 185, 184 + CHUNK, 184 + CHUNK + 16, 500_000, all.length - 1, all.length}) {
            read.set(0);
            try (InputStream in = sealed.open()) {
                in.skipNBytes(from);
                assertThat(in.readNBytes(100))
                        .isEqualTo(Arrays.copyOfRange(all, from, Math.min(from + 100, all.length)));
            }
            assertThat(read.get()).as("from " + from).isLessThanOrEqualTo(2 * CHUNK);
        }
    }

    @Test
    void objectsInTheClearAreReadAsTheyAre() throws IOException {
        for (int length : LENGTHS) {
            byte[] body = Keys.bytes(length, length);
            put(plain, body);
            for (ObjectStore reader : List.of(keys.over(plain), keys.writingOnly(plain), keys.readingOnly(plain))) {
                assertThat(whole(reader)).isEqualTo(body);
                assertThat(part(reader, 0, length)).isEqualTo(body);
                assertThat(reader.readTail(KEY, CHUNK).bytes())
                        .isEqualTo(Arrays.copyOfRange(body, Math.max(0, length - CHUNK), length));
                assertThat(reader.readTail(KEY, CHUNK).objectSize()).isEqualTo(length);
            }
        }
    }

    @Test
    void onlyWhatHoldsDataIsEncrypted() throws IOException {
        byte[] text = "{}".getBytes(UTF_8);
        for (String key : List.of("lock.json", "receipts/1.json")) {
            keys.writingOnly(plain).put(key, ObjectBody.of(text), PutCondition.any(), null);
            try (InputStream in = plain.open(key, 0, text.length)) {
                assertThat(in.readAllBytes()).isEqualTo(text);
            }
        }
        store.put("pages/1.map", ObjectBody.of(text), PutCondition.any(), null);
        assertThat(plain.head("pages/1.map").size()).isGreaterThan(text.length);
    }

    @Test
    void anotherIdentityOpensNothingAndTheMessageSaysWhoseItIs() throws IOException {
        put(store, Keys.bytes(100, 1));
        Keys other = Keys.generate();
        for (ObjectStore wrong : List.of(other.over(plain), other.readingOnly(plain))) {
            assertThatThrownBy(() -> whole(wrong))
                    .isInstanceOf(UnreadableObjectException.class)
                    .hasMessageContaining(KEY)
                    .hasMessageContaining("no identity matches")
                    .hasMessageContaining(other.recipient())
                    .message()
                    .doesNotContain(other.identity());
        }
    }

    /** What cannot be told from an object for somebody else is not called damaged, but said to be either. */
    @Test
    void anyBitFlippedInAHeaderIsToldAsDamageOrAsPerhapsSo() throws IOException {
        byte[] body = Keys.bytes(100, 1);
        put(store, body);
        byte[] sealed;
        try (InputStream in = plain.open(KEY, 0, plain.head(KEY).size())) {
            sealed = in.readAllBytes();
        }
        int header = sealed.length - body.length - 16;
        int magic = "age-encryption.org/v1\n".length();
        int undecided = 0;
        for (int bit = magic * 8; bit < header * 8; bit++) {
            byte[] damaged = sealed.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            AgeObjectStore reader = keys.over(plain);
            put(plain, sealed);
            assertThat(whole(reader)).isEqualTo(body);
            put(plain, damaged);
            try {
                whole(reader);
                throw new AssertionError("bit " + bit + " went unnoticed");
            } catch (CorruptChangesetException e) {
                assertThat(e).hasMessageContaining(KEY);
            } catch (UnreadableObjectException e) {
                assertThat(e).hasMessageContaining("or its header is damaged");
                undecided++;
            }
        }
        assertThat(undecided).as("of " + (header - magic) * 8 + " bits").isLessThan((header - magic) * 8 / 2);
    }

    @Test
    void anyOfSeveralRecipientsReadsAndAnyOfSeveralIdentitiesOpens() throws IOException {
        Keys second = Keys.generate();
        ObjectStore both = AgeObjectStore.forReplicas(
                plain, AgeIdentities.none(), AgeRecipients.parse(List.of(keys.recipient(), second.recipient())));
        byte[] body = Keys.bytes(CHUNK + 1, 1);
        put(both, body);
        assertThat(whole(keys.readingOnly(plain))).isEqualTo(body);
        assertThat(whole(second.readingOnly(plain))).isEqualTo(body);
        ObjectStore rotated = AgeObjectStore.forReplicas(
                plain, AgeIdentities.parse(List.of(Keys.generate().identity(), second.identity())), keys.recipients());
        assertThat(whole(rotated)).isEqualTo(body);
        assertThat(rotated.canHold(plain.head(KEY).size(), body.length)).isTrue();
        assertThat(rotated.canHold(plain.head(KEY).size(), body.length + 1)).isFalse();
    }

    @Test
    void asManyRecipientsAsAreAllowedCanBeRead() throws IOException {
        List<String> many = new java.util.ArrayList<>(
                java.util.stream.Stream.generate(() -> Keys.generate().recipient())
                        .limit(AgeRecipients.MAX - 1)
                        .toList());
        many.add(keys.recipient());
        byte[] body = Keys.bytes(10, 1);
        put(AgeObjectStore.forReplicas(plain, AgeIdentities.none(), AgeRecipients.parse(many)), body);
        assertThat(whole(keys.readingOnly(plain))).isEqualTo(body);
    }

    @Test
    void aWriterWithoutIdentityKnowsItsOwnWritesAgainAndNothingElse() throws IOException {
        ObjectStore writer = keys.writingOnly(plain);
        assertThat(writer.form()).isEqualTo(ObjectForm.WRITE_ONLY);
        put(writer, Keys.bytes(100, 1));
        assertThat(writer.readTail(KEY, 8).objectSize()).isEqualTo(100);
        put(keys.writingOnly(plain), Keys.bytes(100, 1));
        assertThatThrownBy(() -> writer.readTail(KEY, 8))
                .isInstanceOf(UnreadableObjectException.class)
                .hasMessageContaining("no identity here");
    }

    @Test
    void withoutRecipientsNothingIsStored() {
        assertThatThrownBy(() -> put(keys.readingOnly(plain), new byte[1]))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("age.recipients");
        assertThat(plain.calls()).isEmpty();
    }

    @Test
    void theToolOfAgeOpensWhatIsStored(@TempDir Path folder) throws Exception {
        AgeTool.assumeInstalled();
        byte[] body = Keys.bytes(200_000, 1);
        put(store, body);
        Path sealed = Files.write(folder.resolve("sealed.age"), sealed());
        Path identity = Files.writeString(folder.resolve("key.txt"), keys.identity() + "\n");
        assertThat(AgeTool.run("age", "-d", "-i", identity.toString(), sealed.toString()))
                .isEqualTo(body);
    }

    @Test
    void whatTheToolOfAgeMadeIsRead(@TempDir Path folder) throws Exception {
        AgeTool.assumeInstalled();
        String identity = new String(AgeTool.run("age-keygen"), UTF_8);
        AgeIdentities identities = AgeIdentities.parse(List.of(identity));
        byte[] body = Keys.bytes(200_000, 2);
        Path file = Files.write(folder.resolve("plain"), body);
        put(plain, AgeTool.run("age", "-r", identities.toString(), file.toString()));
        ObjectStore reader = AgeObjectStore.forReplicas(plain, identities, AgeRecipients.none());
        assertThat(whole(reader)).isEqualTo(body);
        assertThat(part(reader, 150_000, 100)).isEqualTo(Arrays.copyOfRange(body, 150_000, 150_100));
    }
}
