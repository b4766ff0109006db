package dev.runnel.web.azure;

import dev.runnel.model.TimeSource;
import dev.runnel.storage.BodySlice;
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
import dev.runnel.storage.Timestamps;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.web.http.Md5Stream;
import dev.runnel.web.http.RangedReply;
import dev.runnel.web.http.WebClient;
import dev.runnel.web.http.WebErrors.Effect;
import dev.runnel.web.http.WebRequest;
import dev.runnel.web.http.WebResponse;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Objects as block blobs in a container of Azure Blob Storage.
 *
 * <ul>
 *   <li>The timestamp is metadata {@code litestreamtimestamp}, as Litestream has it; listings tell it too.
 *   <li>Conditions are those of HTTP, enforced by the service. The etag has no quotes.
 *   <li>A body of more than {@value BlockUpload#BLOCK_BYTES} bytes is sent in blocks; it appears with the last request.
 *   <li>What is sent carries its MD5, which the service compares. What is read in one piece of at most 4 MiB is compared
 *       with the MD5 that the service tells.
 *   <li>The service has no ranges that count from the end, so {@link #readTail} takes two requests.
 *   <li>Objects are deleted one by one, with their snapshots.
 * </ul>
 */
public final class AzureObjectStore implements ObjectStore {

    /** Azure has no range from the end, so a tail takes two requests, between which the object may be replaced. */
    private static final int TAIL_TRIES = 10;

    /** User metadata of Litestream; no hyphen is allowed in such a name. */
    static final String TIMESTAMP = "litestreamtimestamp";

    private static final String TIMESTAMP_HEADER = "x-ms-meta-" + TIMESTAMP;

    /** The service tells an MD5 of ranges up to this length. */
    private static final long MD5_BYTES = 4L * 1024 * 1024;

    private final AzureSettings settings;
    private final TimeSource time;
    private final AzureRequests requests;

    /** @param time dates requests, and tells the time of a write where the service does not */
    public AzureObjectStore(AzureSettings settings, TimeSource time) {
        this(settings, time, WebClient.Patience.DEFAULT);
    }

    /** @param patience how long to wait for the service */
    public AzureObjectStore(AzureSettings settings, TimeSource time, WebClient.Patience patience) {
        this.settings = settings;
        this.time = time;
        this.requests = new AzureRequests(settings, time, new WebClient(patience));
    }

    @Override
    public String describe() {
        return "abs://" + (settings.account().isEmpty() ? "" : settings.account() + "@") + settings.container()
                + (settings.hasOwnEndpoint() ? " at " + settings.endpoint() : "");
    }

    @Override
    public boolean supportsConditions() {
        return true;
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        ObjectKeys.check(key);
        String failed = "cannot write " + name(key);
        boolean whole = body.length() <= BlockUpload.BLOCK_BYTES;
        if (!whole && condition.isIfAbsent()) {
            refuseExisting(key, failed); // before all is sent in vain; the last request decides
        }
        WebRequest request;
        if (whole) {
            BodySlice part = BodySlice.whole(body);
            request = requests.blob("PUT", key, "")
                    .header("x-ms-blob-type", "BlockBlob")
                    .header("Content-Type", "application/octet-stream")
                    .header("Content-MD5", Md5Stream.of(part, failed))
                    .body(part);
        } else {
            BodySlice list = new BlockUpload(requests, key, failed).send(body);
            request = requests.blob("PUT", key, "comp=blocklist")
                    .header("x-ms-blob-content-type", "application/octet-stream")
                    .header("Content-MD5", Md5Stream.of(list, failed))
                    .body(list);
        }
        request.header(TIMESTAMP_HEADER, Timestamps.format(timestamp))
                .header("If-None-Match", condition.isIfAbsent() ? "*" : null)
                .header("If-Match", condition.etag() == null ? null : "\"" + bare(condition.etag()) + "\"");
        try (WebResponse response = requests.send(request, failed, Effect.WRITE)) {
            return entry(key, body.length(), timestamp, response);
        } catch (ObjectNotFoundException e) {
            throw condition.etag() == null
                    ? e
                    : new PreconditionFailedException(e.getMessage() + "; expected etag " + condition.etag(), e);
        }
    }

    @Override
    public InputStream open(String key, long offset, long length) throws IOException {
        ObjectKeys.check(key);
        ObjectKeys.checkRange(offset, length);
        String failed = "cannot read " + name(key);
        if (length == 0) {
            return RangedReply.empty(head(key), offset, failed);
        }
        return reply(get(key, offset, length), failed).range(offset, length);
    }

    @Override
    public ObjectTail readTail(String key, int maxLength) throws IOException {
        ObjectKeys.checkTailLength(maxLength);
        PreconditionFailedException replaced = null;
        for (int i = 0; i < TAIL_TRIES; i++) {
            ObjectEntry entry = head(key);
            int length = (int) Math.min(entry.size(), maxLength);
            if (length == 0) {
                return new ObjectTail(new byte[0], 0);
            }
            WebRequest request = get(key, entry.size() - length, length)
                    .header("If-Match", "\"" + Objects.requireNonNull(entry.etag()) + "\"");
            try {
                return reply(request, "cannot read " + name(key)).tail(length);
            } catch (PreconditionFailedException e) {
                replaced = e;
            }
        }
        throw new TransientStorageException("cannot read " + name(key) + ": it is replaced all the time", replaced);
    }

    @Override
    public ObjectEntry head(String key) throws IOException {
        ObjectKeys.check(key);
        String failed = "cannot look at " + name(key);
        try (WebResponse response = requests.send(requests.blob("HEAD", key, ""), failed, Effect.NONE)) {
            if (response.length() < 0) {
                throw new StorageException(
                        failed + ": the answer tells no Content-Length; is that Azure Blob Storage?");
            }
            return entry(key, response.length(), Timestamps.parse(response.header(TIMESTAMP_HEADER)), response);
        }
    }

    @Override
    public ObjectListing list(String prefix, @Nullable String startAfter) {
        return ObjectKeys.isBehind(prefix, startAfter) || !ObjectKeys.canBeginKey(prefix)
                ? () -> null
                : new AzureListing(requests, prefix, startAfter, "cannot list " + prefix + " in " + describe());
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        for (String key : ObjectKeys.checkAll(keys)) {
            WebRequest request = requests.blob("DELETE", key, "").header("x-ms-delete-snapshots", "include");
            try (WebResponse response = requests.send(request, "cannot delete " + name(key), Effect.NONE)) {
                response.text(); // there is none; done with this answer
            } catch (ObjectNotFoundException e) {
                // counts as deleted
            }
        }
    }

    /** Does nothing: no connection is in use between calls, and the client ends when it is no longer referred to. */
    @Override
    public void close() {}

    @Override
    public String toString() {
        return "AzureObjectStore[" + describe() + "]";
    }

    /** Headers have etags in quotes, listings have them without. */
    static String bare(String etag) {
        return etag.replace("\"", "");
    }

    private WebRequest get(String key, long offset, long length) {
        return requests.blob("GET", key, "")
                .header("Range", RangedReply.header(offset, length))
                .header("x-ms-range-get-content-md5", length <= MD5_BYTES ? "true" : null);
    }

    private RangedReply reply(WebRequest request, String failed) throws StorageException {
        return new RangedReply(requests.send(request, failed, Effect.NONE), failed, describe());
    }

    private void refuseExisting(String key, String failed) throws IOException {
        try {
            head(key);
        } catch (ObjectNotFoundException e) {
            return;
        }
        throw new PreconditionFailedException(failed + ": it exists already");
    }

    private ObjectEntry entry(String key, long size, @Nullable Instant timestamp, WebResponse response) {
        Instant modified = response.date("Last-Modified");
        String etag = response.header("ETag");
        return new ObjectEntry(
                key, size, modified == null ? time.now() : modified, timestamp, etag == null ? null : bare(etag));
    }

    private String name(String key) {
        return "object " + key + " in " + describe();
    }
}
