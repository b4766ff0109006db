package dev.runnel.age;

import com.exceptionfactory.jagged.framework.crypto.CipherKey;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectForm;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts objects with age on their way into a store, and decrypts them on their way out. Every object is a file that
 * {@code age -d} opens; its name stays as it is. Objects that somebody stored in the clear are given as they are.
 *
 * <p>With recipients and no identity, what is there cannot be read: {@link ObjectForm#WRITE_ONLY}. With identities and no
 * recipient, nothing can be encrypted: storing is a {@link StorageException}.
 *
 * <p>Ranges are read by chunks of 64 KiB, all of which are authenticated before any of their bytes are given; what was
 * changed or cut off is a {@link CorruptChangesetException}. Reading a part of an object for the first time
 * costs two requests more, for its size and its header. A few chunks of memory for each stream. Thread-safe.
 */
public final class AgeObjectStore extends FilterObjectStore {

    /** How many objects are known by their size and key, so that ranges of them cost one request each. */
    private static final int KNOWN = 4096;

    private final Envelopes envelopes;
    private final Predicate<String> encrypted;
    private final Recent<String, Known> known = new Recent<>(KNOWN);

    /**
     * What is to be known of an object before a part of it can be read.
     *
     * @param stored its length as it is stored
     * @param header length of its header; 0 if it is in the clear
     * @param key null if it is in the clear
     */
    private record Known(long stored, int header, @Nullable CipherKey key) {

        Chunks chunks(String resource) throws CorruptChangesetException {
            return Chunks.of(header, stored, resource);
        }
    }

    /**
     * A store that encrypts some objects.
     *
     * @param delegate where they are kept; closed with this one
     * @param encrypted which keys are those of objects to encrypt; all others pass as they are
     */
    public AgeObjectStore(
            ObjectStore delegate, AgeIdentities identities, AgeRecipients recipients, Predicate<String> encrypted) {
        super(delegate);
        this.envelopes = new Envelopes(identities, recipients);
        this.encrypted = encrypted;
    }

    /** A store for replicas: LTX files and page maps are encrypted. The lease and receipts hold nothing of a database. */
    public static AgeObjectStore forReplicas(ObjectStore delegate, AgeIdentities identities, AgeRecipients recipients) {
        return new AgeObjectStore(
                delegate, identities, recipients, key -> key.endsWith(".ltx") || key.endsWith(".map"));
    }

    @Override
    public ObjectForm form() {
        return envelopes.areWriteOnly() ? ObjectForm.WRITE_ONLY : ObjectForm.TRANSFORMED;
    }

    @Override
    public boolean canHold(long storedSize, long length) {
        return storedSize == length || Envelopes.canBeHeader(storedSize - Chunks.sealedLength(length));
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        if (!encrypted.test(ObjectKeys.check(key))) {
            return super.put(key, body, condition, timestamp);
        }
        SealedBody sealed = new SealedBody(body, envelopes.seal(name(key)));
        known.remove(key);
        try {
            return super.put(key, sealed, condition, timestamp);
        } finally {
            known.remove(key); // also what was read while it was replaced
        }
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        super.delete(keys);
        keys.forEach(known::remove);
    }

    @Override
    public InputStream openWhole(String key, long storedSize) throws IOException {
        if (!encrypted.test(ObjectKeys.check(key))) {
            return super.open(key, 0, storedSize);
        }
        int buffer = (int) Math.max(1, Math.min(Chunks.SEALED, storedSize));
        InputStream stored = new BufferedInputStream(super.open(key, 0, storedSize), buffer);
        try {
            stored.mark(Envelopes.MAX_HEADER);
            byte[] start = stored.readNBytes((int) Math.min(Envelopes.MAX_HEADER, storedSize));
            Known object = know(key, start, storedSize);
            stored.reset();
            if (object.key() == null) {
                return stored;
            }
            stored.skipNBytes(object.header());
            return content(
                    key,
                    object,
                    new OpeningStream.Range(0, object.chunks(name(key)).plain()),
                    stored);
        } catch (IOException | RuntimeException e) {
            stored.close();
            throw e;
        }
    }

    @Override
    public InputStream open(String key, long offset, long length) throws IOException {
        ObjectKeys.checkRange(offset, length);
        if (!encrypted.test(ObjectKeys.check(key))) {
            return super.open(key, offset, length);
        }
        return reading(key, object -> open(key, object, new OpeningStream.Range(offset, length)));
    }

    private InputStream open(String key, Known object, OpeningStream.Range range) throws IOException {
        if (object.key() == null || (range.length() == 0 && range.offset() == 0)) {
            return super.open(key, range.offset(), range.length());
        }
        Chunks chunks = object.chunks(name(key));
        if (range.offset() + range.length() > chunks.plain()) {
            throw new StorageException(name(key) + ": has " + chunks.plain() + " bytes of content, no range of "
                    + range.length() + " at offset " + range.offset());
        }
        if (range.length() == 0) {
            return super.open(key, 0, 0);
        }
        long from = chunks.offset(range.firstChunk());
        long to = chunks.offset(range.lastChunk()) + chunks.length(range.lastChunk());
        InputStream stored = super.open(key, from, to - from);
        try {
            return content(key, object, range, stored);
        } catch (IOException | RuntimeException e) {
            stored.close();
            throw e;
        }
    }

    /** The content, its first chunk authenticated: so a header of another object of this key is noticed at once. */
    private OpeningStream content(String key, Known object, OpeningStream.Range range, InputStream stored)
            throws IOException {
        CipherKey payload = Objects.requireNonNull(object.key());
        return new OpeningStream(stored, payload, object.chunks(name(key)), range, name(key)).verified();
    }

    @Override
    public ObjectTail readTail(String key, int maxLength) throws IOException {
        ObjectKeys.checkTailLength(maxLength);
        if (!encrypted.test(ObjectKeys.check(key))) {
            return super.readTail(key, maxLength);
        }
        // The content begins inside a chunk, which is needed as a whole.
        long wanted = Math.min(Integer.MAX_VALUE - Chunks.SEALED, Chunks.sealedLength(maxLength) + Chunks.SEALED);
        ObjectTail stored = super.readTail(key, (int) wanted);
        if (stored.bytes().length == stored.objectSize()) {
            return tail(key, know(key, startOf(stored.bytes()), stored.objectSize()), stored, maxLength);
        }
        Known before = known.get(key);
        if (before != null && before.stored() != stored.objectSize()) {
            known.remove(key);
        }
        return reading(key, object -> tail(key, object, stored, maxLength));
    }

    private ObjectTail tail(String key, Known object, ObjectTail stored, int maxLength) throws IOException {
        byte[] bytes = stored.bytes();
        if (object.stored() != stored.objectSize()) {
            throw new TransientStorageException(name(key) + ": was replaced while it was read");
        }
        if (object.key() == null) {
            return new ObjectTail(
                    Arrays.copyOfRange(bytes, Math.max(0, bytes.length - maxLength), bytes.length),
                    stored.objectSize());
        }
        Chunks chunks = object.chunks(name(key));
        long length = Math.min(maxLength, chunks.plain());
        OpeningStream.Range range = new OpeningStream.Range(chunks.plain() - length, length);
        int skipped = (int) (chunks.offset(range.firstChunk()) - (stored.objectSize() - bytes.length));
        InputStream from = new ByteArrayInputStream(bytes, skipped, bytes.length - skipped);
        try (OpeningStream content = content(key, object, range, from)) {
            return new ObjectTail(content.readNBytes((int) length), chunks.plain());
        }
    }

    /** What is done with an object that is known. */
    private interface Reading<T> {

        T from(Known object) throws IOException;
    }

    /**
     * Reads by what is known of an object. Should that be outdated, because somebody has replaced the object, it is looked
     * at anew; only what fails and is the same as before has failed.
     */
    private <T> T reading(String key, Reading<T> reading) throws IOException {
        Known object = known.get(key);
        if (object == null) {
            object = know(key);
        }
        while (true) {
            try {
                return reading.from(object);
            } catch (CorruptChangesetException | StorageException e) {
                Known now = isTelling(e) ? know(key) : object;
                if (now.equals(object)) {
                    throw e;
                }
                object = now;
            }
        }
    }

    private static boolean isTelling(IOException e) {
        return e instanceof CorruptChangesetException || e.getClass().equals(StorageException.class);
    }

    private Known know(String key) throws IOException {
        ObjectTail tail = super.readTail(key, Envelopes.MAX_HEADER);
        long size = tail.objectSize();
        byte[] start = tail.bytes().length == size ? tail.bytes() : start(key, size);
        return know(key, start, size);
    }

    private byte[] start(String key, long size) throws IOException {
        int length = (int) Math.min(Envelopes.MAX_HEADER, size);
        try (InputStream in = super.open(key, 0, length)) {
            byte[] start = in.readNBytes(length);
            if (start.length < length) {
                throw new TransientStorageException(
                        name(key) + ": the store gave " + start.length + " of its first " + length + " bytes");
            }
            return start;
        }
    }

    private static byte[] startOf(byte[] whole) {
        return Arrays.copyOf(whole, Math.min(whole.length, Envelopes.MAX_HEADER));
    }

    private Known know(String key, byte[] start, long size) throws IOException {
        if (!Envelopes.isSealed(start)) {
            return new Known(size, 0, null); // not kept: what was damaged on its way must not pass for that twice
        }
        Envelope envelope = envelopes.open(start, name(key));
        Known object = new Known(size, envelope.header().length, envelope.key());
        known.put(key, object);
        return object;
    }

    private String name(String key) {
        return describe() + "/" + key;
    }
}
