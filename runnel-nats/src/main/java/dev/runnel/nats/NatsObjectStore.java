package dev.runnel.nats;

import dev.runnel.model.TimeSource;
import dev.runnel.storage.ExactLengthInputStream;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import io.nats.client.NUID;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Objects in a bucket of NATS JetStream, as all clients of NATS write them.
 *
 * <ul>
 *   <li>Chunks go first; with the entry, one message, the object is there. So nothing of an interrupted upload can be seen.
 *       Its chunks are removed at once where that is possible, else by a look once a day.
 *   <li>The entry is written under the condition that the last one of its name is the one that was looked at: the server
 *       compares and stores in one step. So conditions are enforced, and a write that comes late overwrites nothing. Clusters
 *       of servers before 2.9.21 do that only where there was no object; a write that asks for more of them is refused.
 *   <li>The timestamp is the header {@code Litestream-Timestamp}; listings tell it too.
 *   <li>A range is read by its chunks alone. Where these are is told by their headers, once for each object of several chunks.
 *   <li>Digests are written for others. They are not compared: what is stored has checksums of its own, by which damage is
 *       told from other failures.
 *   <li>An object that is deleted leaves nothing behind; one that another client deleted leaves a mark, which is not in
 *       listings. Links to other objects count as deleted.
 *   <li>One connection serves all threads. It is made when it is first needed, and anew when it was lost. What was waiting for
 *       an answer when it was lost fails with a {@link TransientStorageException}, or with an
 *       {@code IndeterminateWriteException} if the entry was on its way.
 * </ul>
 */
public final class NatsObjectStore implements ObjectStore {

    private static final int TRIES = 10;

    private final NatsSettings settings;
    private final TimeSource time;
    private final BucketConnections connections;
    private final ChunkMaps maps = new ChunkMaps();
    private final Leftovers leftovers;
    private final NUID names = new NUID();

    /**
     * Makes no connection yet.
     *
     * @param time tells the time of a write, and when it is time to look for leftovers
     */
    public NatsObjectStore(NatsSettings settings, TimeSource time) {
        this.settings = settings;
        this.time = time;
        this.connections = new BucketConnections(settings);
        this.leftovers = new Leftovers(time);
    }

    @Override
    public String describe() {
        return settings.location();
    }

    /** Yes: JetStream stores a message under the condition that the last one of its subject has a known number. */
    @Override
    public boolean supportsConditions() {
        return true;
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        ObjectKeys.check(key);
        String failed = "cannot write " + name(key);
        Bucket bucket = connections.bucket(failed);
        leftovers.retry(bucket);
        try {
            ObjectInfo before = ObjectInfos.last(bucket, key);
            check(before, condition, failed);
            if (!bucket.comparesAtomically() && before != null) {
                before = onlyCreating(bucket, before, condition, failed);
            }
            ChunkUpload.Content content = new ChunkUpload(bucket, leftovers, names.next()).send(body, failed);
            return publish(bucket, draft(key, timestamp), content, new Expected(before, condition, failed));
        } catch (IOException e) {
            throw NatsErrors.map(failed, e);
        }
    }

    /** What must be there for a write to happen. */
    private record Expected(@Nullable ObjectInfo before, PutCondition condition, String failed) {}

    private static void check(@Nullable ObjectInfo before, PutCondition condition, String failed)
            throws PreconditionFailedException {
        String there = before != null && before.there() ? before.etag() : null;
        if (condition.isIfAbsent() && there != null) {
            throw new PreconditionFailedException(failed + ": it exists already");
        }
        String etag = condition.etag();
        if (etag != null && !etag.equals(there)) {
            throw new PreconditionFailedException(failed + ": it is not the one with etag " + etag
                    + (there == null ? "; there is none" : " but that with " + there));
        }
    }

    /** Servers that do not compare atomically do so for what is not there: a mark of a deletion is removed before. */
    private static @Nullable ObjectInfo onlyCreating(
            Bucket bucket, ObjectInfo before, PutCondition condition, String failed) throws IOException {
        if (condition.etag() != null) {
            throw new StorageException(
                    failed + ": the servers of this cluster do not keep a second writer out; " + StreamTraits.REMEDY);
        }
        if (before.there() || !condition.isIfAbsent()) {
            return before;
        }
        bucket.remove(before.sequence()).message();
        return null;
    }

    private ObjectEntry publish(Bucket bucket, ObjectInfo.Draft draft, ChunkUpload.Content content, Expected expected)
            throws IOException {
        String subject = bucket.infoSubject(draft.key());
        ObjectInfo before = expected.before();
        try {
            for (int i = 0; i < TRIES; i++) {
                try {
                    byte[] entry = draft.of(content);
                    long sequence =
                            Bucket.sequence(bucket.replace(subject, entry, before == null ? 0 : before.sequence()));
                    return written(bucket, draft, content, before, sequence);
                } catch (RefusedException e) {
                    if (e.errorCode() != RefusedException.WRONG_LAST_SEQUENCE) {
                        throw e;
                    }
                    before = ObjectInfos.last(bucket, draft.key());
                    check(before, expected.condition(), expected.failed());
                }
            }
            throw new TransientStorageException(expected.failed() + ": it is replaced all the time");
        } catch (NoAnswerException e) {
            throw NatsErrors.mapWrite(expected.failed(), e);
        } catch (RefusedException | StorageException e) {
            leftovers.discard(bucket, content.nuid());
            throw e;
        }
    }

    private ObjectEntry written(
            Bucket bucket,
            ObjectInfo.Draft draft,
            ChunkUpload.Content content,
            @Nullable ObjectInfo before,
            long sequence) {
        if (before != null && before.there()) {
            leftovers.discard(bucket, before.nuid());
            maps.forget(before);
        }
        return new ObjectEntry(
                draft.key(),
                content.size(),
                draft.modified(),
                draft.timestamp(),
                ObjectInfo.etag(content.nuid(), sequence));
    }

    @Override
    public InputStream open(String key, long offset, long length) throws IOException {
        ObjectKeys.check(key);
        ObjectKeys.checkRange(offset, length);
        String failed = "cannot read " + name(key);
        Bucket bucket = connections.bucket(failed);
        try {
            return read(bucket, key, failed, info -> {
                if (offset + length > info.size()) {
                    throw new StorageException(failed + ": range " + offset + "+" + length + " lies outside its "
                            + info.size() + " bytes");
                }
                InputStream stream = new ChunkStream(bucket, maps.pieces(bucket, info, offset, length));
                return new ExactLengthInputStream(stream, length, failed, e -> broken(bucket, key, info, e));
            });
        } catch (IOException e) {
            throw NatsErrors.map(failed, e);
        }
    }

    @Override
    public ObjectTail readTail(String key, int maxLength) throws IOException {
        ObjectKeys.check(key);
        ObjectKeys.checkTailLength(maxLength);
        String failed = "cannot read " + name(key);
        Bucket bucket = connections.bucket(failed);
        try {
            return read(bucket, key, failed, info -> {
                int length = (int) Math.min(info.size(), maxLength);
                List<ChunkMap.Piece> pieces = maps.pieces(bucket, info, info.size() - length, length);
                return new ObjectTail(new ChunkStream(bucket, pieces).readNBytes(length), info.size());
            });
        } catch (IOException e) {
            throw NatsErrors.map(failed, e);
        }
    }

    /** Reads something of an object. */
    @FunctionalInterface
    private interface Reading<T> {
        T of(ObjectInfo info) throws IOException;
    }

    /** An object may be replaced after its entry was read: then the entry of the new one is. */
    private <T> T read(Bucket bucket, String key, String failed, Reading<T> reading) throws IOException {
        ObjectInfo seen = null;
        for (int i = 0; i < TRIES; i++) {
            ObjectInfo info = ObjectInfos.find(bucket, key, failed);
            if (seen != null && seen.etag().equals(info.etag())) {
                throw damaged(failed, info);
            }
            try {
                return reading.of(info);
            } catch (ChunksGoneException e) {
                maps.forget(info);
                seen = info;
            }
        }
        throw new TransientStorageException(failed + ": it is replaced all the time");
    }

    private static StorageException damaged(String failed, ObjectInfo info) {
        return new StorageException(failed + ": it is damaged, not all of its " + info.chunks()
                + " chunks are in the bucket as they were written");
    }

    /** Why a stream ended that had already given something. */
    private StorageException broken(Bucket bucket, String key, ObjectInfo info, IOException e) {
        String failed = "cannot read " + name(key);
        if (!(e instanceof ChunksGoneException)) {
            return NatsErrors.map(failed, e);
        }
        maps.forget(info);
        try {
            return ObjectInfos.find(bucket, key, failed).etag().equals(info.etag())
                    ? damaged(failed, info)
                    : new TransientStorageException(failed + ": it was replaced while it was read", e);
        } catch (IOException absent) {
            return new TransientStorageException(failed + ": it was deleted while it was read", absent);
        }
    }

    @Override
    public ObjectEntry head(String key) throws IOException {
        ObjectKeys.check(key);
        String failed = "cannot look at " + name(key);
        Bucket bucket = connections.bucket(failed);
        try {
            return ObjectInfos.find(bucket, key, failed).entry(key);
        } catch (IOException e) {
            throw NatsErrors.map(failed, e);
        }
    }

    @Override
    public ObjectListing list(String prefix, @Nullable String startAfter) throws IOException {
        String failed = "cannot list " + prefix + " in " + describe();
        if (ObjectKeys.isBehind(prefix, startAfter) || !ObjectKeys.canBeginKey(prefix)) {
            return () -> null;
        }
        Bucket bucket = connections.bucket(failed);
        try {
            return NatsListing.of(bucket, prefix, startAfter, failed);
        } catch (IOException e) {
            throw NatsErrors.map(failed, e);
        }
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        List<String> all = ObjectKeys.checkAll(keys).stream().distinct().toList();
        if (all.isEmpty()) {
            return;
        }
        String failed = "cannot delete " + (all.size() == 1 ? name(all.get(0)) : "from " + describe());
        Bucket bucket = connections.bucket(failed);
        try {
            for (int from = 0; from < all.size(); from += ObjectInfos.AT_ONCE) {
                delete(bucket, all.subList(from, Math.min(from + ObjectInfos.AT_ONCE, all.size())), failed);
            }
        } catch (IOException e) {
            throw NatsErrors.map(failed, e);
        }
        leftovers.lookOnceADay(bucket);
    }

    private void delete(Bucket bucket, List<String> keys, String failed) throws IOException {
        List<String> left = new ArrayList<>(keys);
        for (int i = 0; i < TRIES; i++) {
            left = new Removal(bucket, maps).run(left, key -> draft(key, null));
            if (left.isEmpty()) {
                return;
            }
        }
        throw new TransientStorageException(failed + ": " + left.get(0) + " is replaced all the time");
    }

    /** Ends the connection. */
    @Override
    public void close() {
        connections.close();
    }

    @Override
    public String toString() {
        return "NatsObjectStore[" + describe() + "]";
    }

    private ObjectInfo.Draft draft(String key, @Nullable Instant timestamp) {
        return new ObjectInfo.Draft(settings.bucket(), key, timestamp, time.now());
    }

    private String name(String key) {
        return "object " + key + " in " + describe();
    }
}
