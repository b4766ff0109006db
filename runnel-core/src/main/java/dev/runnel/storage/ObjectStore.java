package dev.runnel.storage;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * A flat keyspace of immutable objects: the port that every kind of storage implements.
 *
 * <p>This comment and those of the methods are the contract; {@code ObjectStoreContract} in {@code runnel-testkit} tests
 * it against every store.
 *
 * <ul>
 *   <li>Keys are opaque UTF-8 strings, at most 1024 bytes, without {@code .} and {@code ..} segments, control
 *       characters or a trailing slash. A slash has no meaning but in {@code prefix} matching by the caller. There are no
 *       directories: listing an unknown prefix gives nothing, deleting an absent key succeeds. {@link ObjectKeys#check}
 *       is the rule; a key that breaks it is an {@link IllegalArgumentException}. A store that is a tree underneath may
 *       refuse keys with empty segments ({@code /a}, {@code a//b}) and a key below another key.
 *   <li>An object appears whole or not at all, and only after its last byte is durable in the terms of the store.
 *       A failed {@code put} leaves no object behind, or it throws {@link IndeterminateWriteException}.
 *   <li>After a {@code put} returned, {@code read}, {@code head} and {@code list} see the object.
 *   <li>Methods never retry beyond what the SDK of the store does by itself; back-off belongs to the caller.
 *   <li>Every exception is a {@link StorageException} whose message names the key and the store.
 *   <li>Implementations are thread-safe. A thread that is interrupted while it waits gets a
 *       {@link TransientStorageException} (or an {@link IndeterminateWriteException} from a write) and keeps its
 *       interrupt flag; a store that cannot be interrupted where it waits ends its call first.
 *   <li>Closing twice is one closing. Using a closed store is an error of the caller with no defined outcome.
 * </ul>
 */
public interface ObjectStore extends Closeable {

    /** Human-readable place for messages, with secrets left out, e.g. {@code s3://bucket}. */
    String describe();

    /**
     * Whether {@link PutCondition#ifAbsent()} and {@link PutCondition#ifMatch} are enforced by the store itself, also
     * against other processes.
     */
    boolean supportsConditions();

    /** How objects are kept. Constant for a store. */
    default ObjectForm form() {
        return ObjectForm.AS_IS;
    }

    /**
     * Whether an object of which {@link #put}, {@link #head} or a listing tells {@code storedSize} can have a content of
     * {@code length} bytes. Exact where objects are kept {@linkplain ObjectForm#AS_IS as they are}; elsewhere a true answer
     * proves nothing, a false one does.
     */
    default boolean canHold(long storedSize, long length) {
        return storedSize == length;
    }

    /**
     * Stores an object. The body must give as many bytes as its length says, else nothing is stored and the call fails.
     *
     * @param timestamp kept beside the object and given back by {@link #head}, to the millisecond or finer (to the second
     *     where the protocol has no more); null for none (a store that keeps it as the time of the last modification
     *     then gives that). A store that has no place for it says so and gives null; it is in the header of the file that
     *     is stored, too
     * @return attributes of the new object, its size being that as it is stored; {@code lastModified} may differ by
     *     seconds from what {@link #head} tells
     * @throws PreconditionFailedException if the condition does not hold; nothing was written
     * @throws IndeterminateWriteException if the object may or may not have been written
     * @throws UnsupportedOperationException if a condition is asked of a store without {@link #supportsConditions()}
     */
    ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException;

    /**
     * Opens bytes {@code offset} (inclusive) to {@code offset + length} (exclusive). The stream gives exactly
     * {@code length} bytes or throws; a body that ends early is a {@link TransientStorageException}.
     *
     * @param length 0 or more; the range must lie inside the object, else {@link StorageException}. A range of no bytes
     *     is checked as any other and costs a request
     * @throws ObjectNotFoundException if there is no such object
     */
    InputStream open(String key, long offset, long length) throws IOException;

    /**
     * Opens the whole content of an object, whatever its form. The stream gives all of it or throws, as {@link #open}.
     *
     * @param storedSize its size as {@link #put}, {@link #head} or a listing told it
     * @throws ObjectNotFoundException if there is no such object
     */
    default InputStream openWhole(String key, long storedSize) throws IOException {
        return open(key, 0, storedSize);
    }

    /**
     * Reads the last {@code maxLength} bytes, or the whole object if it is shorter, in one round trip.
     *
     * @param maxLength 1 or more
     * @throws ObjectNotFoundException if there is no such object
     */
    ObjectTail readTail(String key, int maxLength) throws IOException;

    /**
     * Attributes of one object, with its exact timestamp.
     *
     * @throws ObjectNotFoundException if there is no such object
     */
    ObjectEntry head(String key) throws IOException;

    /**
     * Lists the objects whose key starts with {@code prefix}, in ascending order of the keys' UTF-8 bytes, lazily.
     * Objects written or deleted while a listing runs may be in it or not; all others are in it once.
     *
     * @param prefix any string, also the empty one and one that ends inside a segment
     * @param startAfter give only keys greater than this one; null for all. Need not exist, may lie before the prefix
     */
    ObjectListing list(String prefix, @Nullable String startAfter) throws IOException;

    /**
     * Deletes objects. Absent keys count as deleted. On failure some may be gone; calling again is safe.
     */
    void delete(Collection<String> keys) throws IOException;

    @Override
    void close() throws IOException;
}
