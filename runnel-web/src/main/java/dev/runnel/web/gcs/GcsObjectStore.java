package dev.runnel.web.gcs;

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
import dev.runnel.web.http.BearerTokens;
import dev.runnel.web.http.Md5Stream;
import dev.runnel.web.http.Percent;
import dev.runnel.web.http.RangedReply;
import dev.runnel.web.http.WebClient;
import dev.runnel.web.http.WebErrors.Effect;
import dev.runnel.web.http.WebException;
import dev.runnel.web.http.WebRequest;
import dev.runnel.web.http.WebResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Objects in a bucket of Google Cloud Storage.
 *
 * <ul>
 *   <li>The timestamp is metadata {@code litestream-timestamp}, as Litestream has it; listings do not tell it.
 *   <li>The etag is the generation of the object; conditions are on it, enforced by the service.
 *   <li>A body of any length is one request, with its MD5, which the service compares. An object that is read whole is
 *       compared with the MD5 that the service keeps.
 *   <li>Objects are deleted one by one.
 * </ul>
 */
public final class GcsObjectStore implements ObjectStore {

    private static final String TIMESTAMP = "x-goog-meta-litestream-timestamp";

    private final GcsSettings settings;
    private final TimeSource time;
    private final WebClient client;
    private final GcsErrors errors;
    private final @Nullable BearerTokens tokens;

    /** @param time dates requests for tokens, and tells the time of a write where the service does not */
    public GcsObjectStore(GcsSettings settings, TimeSource time) {
        this(settings, time, WebClient.Patience.DEFAULT);
    }

    /** @param patience how long to wait for the service */
    public GcsObjectStore(GcsSettings settings, TimeSource time, WebClient.Patience patience) {
        this.settings = settings;
        this.time = time;
        this.client = new WebClient(patience);
        this.errors = new GcsErrors(settings, time);
        boolean anonymous = settings.isEmulated() && settings.variable("GOOGLE_APPLICATION_CREDENTIALS") == null;
        this.tokens = anonymous ? null : new BearerTokens(new DefaultCredentials(settings, time), client, time);
    }

    @Override
    public String describe() {
        return "gs://" + settings.bucket() + (settings.isEmulated() ? " at " + settings.endpoint() : "");
    }

    @Override
    public boolean supportsConditions() {
        return true;
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        String failed = "cannot write " + name(key);
        BodySlice part = BodySlice.whole(body);
        WebRequest request = request("PUT", key)
                .header("Content-Type", "application/octet-stream")
                .header(TIMESTAMP, Timestamps.format(timestamp))
                .header("x-goog-if-generation-match", generation(condition, failed))
                .header("Content-MD5", Md5Stream.of(part, failed))
                .body(part);
        try (WebResponse response = send(request, failed, Effect.WRITE)) {
            return entry(key, body.length(), timestamp, response);
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
        WebRequest request = request("GET", key).header("Range", RangedReply.header(offset, length));
        return new RangedReply(send(request, failed, Effect.NONE), failed, describe()).range(offset, length);
    }

    @Override
    public ObjectTail readTail(String key, int maxLength) throws IOException {
        ObjectKeys.checkTailLength(maxLength);
        String failed = "cannot read " + name(key);
        WebResponse response = answer(request("GET", key).header("Range", "bytes=-" + maxLength), failed, Effect.NONE);
        if (response.status() == 416) {
            response.close();
            return new ObjectTail(new byte[0], 0); // only an empty object has no last byte
        }
        return new RangedReply(demanded(response, failed, Effect.NONE), failed, describe()).tail(maxLength);
    }

    @Override
    public ObjectEntry head(String key) throws IOException {
        String failed = "cannot look at " + name(key);
        try (WebResponse response = send(request("HEAD", key), failed, Effect.NONE)) {
            if (response.length() < 0) {
                throw new StorageException(failed + ": the answer tells no Content-Length");
            }
            return entry(key, response.length(), Timestamps.parse(response.header(TIMESTAMP)), response);
        }
    }

    @Override
    public ObjectListing list(String prefix, @Nullable String startAfter) {
        if (ObjectKeys.isBehind(prefix, startAfter) || !ObjectKeys.canBeginKey(prefix)) {
            return () -> null;
        }
        String failed = "cannot list " + prefix + " in " + describe();
        return new GcsListing(
                query -> send(new WebRequest("GET", URI.create(bucket() + "?" + query)), failed, Effect.NONE),
                prefix,
                startAfter,
                failed);
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        for (String key : ObjectKeys.checkAll(keys)) {
            String failed = "cannot delete " + name(key);
            try {
                send(request("DELETE", key), failed, Effect.NONE).close();
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
        return "GcsObjectStore[" + describe() + "]";
    }

    /** Zero stands for no object. */
    private static @Nullable String generation(PutCondition condition, String failed)
            throws PreconditionFailedException {
        String etag = condition.etag();
        if (etag != null && !etag.matches("[0-9]+")) {
            throw new PreconditionFailedException(failed + ": no object has the etag " + etag);
        }
        return condition.isIfAbsent() ? "0" : etag;
    }

    private WebRequest request(String method, String key) {
        return new WebRequest(method, URI.create(bucket() + "/" + Percent.path(ObjectKeys.check(key))));
    }

    private String bucket() {
        return settings.endpoint() + "/" + Percent.component(settings.bucket());
    }

    private WebResponse send(WebRequest request, String failed, Effect effect) throws StorageException {
        return demanded(answer(request, failed, effect), failed, effect);
    }

    private WebResponse demanded(WebResponse response, String failed, Effect effect) throws StorageException {
        if (!response.isSuccess()) {
            throw errors.refused(failed, response, effect);
        }
        return response;
    }

    private WebResponse answer(WebRequest request, String failed, Effect effect) throws StorageException {
        if (tokens != null) {
            request.header("Authorization", tokens.authorization(failed));
        }
        try {
            return client.send(request);
        } catch (WebException e) {
            throw errors.unanswered(failed, e, effect);
        }
    }

    private ObjectEntry entry(String key, long size, @Nullable Instant timestamp, WebResponse response) {
        Instant modified = response.date("Last-Modified");
        Instant answered = modified == null ? response.date("Date") : modified;
        return new ObjectEntry(
                key, size, answered == null ? time.now() : answered, timestamp, response.header("x-goog-generation"));
    }

    private String name(String key) {
        return "object " + key + " in " + describe();
    }
}
