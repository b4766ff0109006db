package dev.runnel.web.webdav;

import dev.runnel.model.TimeSource;
import dev.runnel.storage.BodySlice;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.web.http.RangedReply;
import dev.runnel.web.http.WebClient;
import dev.runnel.web.http.WebErrors.Effect;
import dev.runnel.web.http.WebResponse;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Objects as files in a folder of a WebDAV server: the key is the path below it.
 *
 * <ul>
 *   <li>A {@code put} sends {@code runnel-<unique>.tmp} into the folder of the target and moves it there, since many servers write
 *       the target of a PUT in place. Where an object is replaced, servers delete the old one first: for a moment there
 *       may be none.
 *   <li>There are no conditions. {@code If-None-Match} and {@code Overwrite: F} exist, but the common servers look and
 *       write in two steps, between which another writer fits.
 *   <li>There are no timestamps beside the server's own of the last modification, nor etags.
 *   <li>A server that ignores ranges works; what was not asked for is read and dropped.
 *   <li>A tree cannot hold a key and another one below it ({@code a} and {@code a/b}), nor empty segments
 *       ({@code /a}, {@code a//b}), nor names that end in {@code .tmp}: a {@link StorageException} says so.
 *   <li>Folders are made on demand below that of the settings, and stay when they become empty. What a crash leaves of
 *       an upload stays too, and is in no listing.
 * </ul>
 */
public final class WebDavObjectStore implements ObjectStore {

    static final String TEMPORARY_SUFFIX = ".tmp";

    private static final int READ_TRIES = 5;

    private final WebDavSettings settings;
    private final TimeSource time;
    private final WebDavRequests requests;
    /** Makes the names of our uploads our own: process ids and clocks are shared by containers. */
    private final String writer = "runnel-" + UUID.randomUUID().toString().substring(0, 18);

    private final AtomicLong uploads = new AtomicLong();

    /** @param time tells the time of a write where the server does not */
    public WebDavObjectStore(WebDavSettings settings, TimeSource time) {
        this(settings, time, WebClient.Patience.DEFAULT);
    }

    /** @param patience how long to wait for the server */
    public WebDavObjectStore(WebDavSettings settings, TimeSource time, WebClient.Patience patience) {
        this.settings = settings;
        this.time = time;
        this.requests = new WebDavRequests(settings, time, new WebClient(patience));
    }

    @Override
    public String describe() {
        return settings.url().toString();
    }

    @Override
    public boolean supportsConditions() {
        return false;
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        check(key);
        if (condition.isIfAbsent() || condition.etag() != null) {
            throw new UnsupportedOperationException("WebDAV has no conditional writes that can be relied on");
        }
        String failed = "cannot write " + name(key);
        requests.makeFolder(folder(key), failed);
        String temporary = temporary(key);
        try {
            requests.demand(
                            requests.request("PUT", temporary)
                                    .header("Content-Type", "application/octet-stream")
                                    .body(BodySlice.whole(body)),
                            failed,
                            Effect.NONE)
                    .close();
        } catch (StorageException e) {
            discard(temporary);
            throw folderGone(e, failed);
        }
        return publish(key, temporary, body.length(), failed);
    }

    @Override
    public InputStream open(String key, long offset, long length) throws IOException {
        check(key);
        ObjectKeys.checkRange(offset, length);
        String failed = "cannot read " + name(key);
        if (length == 0) {
            return RangedReply.empty(head(key), offset, failed);
        }
        WebResponse response = get(key, RangedReply.header(offset, length), failed);
        if (!response.isSuccess()) {
            throw notRead(key, failed, response);
        }
        return new RangedReply(response, failed, describe()).range(offset, length);
    }

    @Override
    public ObjectTail readTail(String key, int maxLength) throws IOException {
        check(key);
        ObjectKeys.checkTailLength(maxLength);
        String failed = "cannot read " + name(key);
        WebResponse response = get(key, "bytes=-" + maxLength, failed);
        if (response.status() == 416) {
            response.close();
            return new ObjectTail(new byte[0], 0); // only an empty object has no last byte
        }
        if (!response.isSuccess()) {
            throw notRead(key, failed, response);
        }
        return new RangedReply(response, failed, describe()).tail(maxLength);
    }

    @Override
    public ObjectEntry head(String key) throws IOException {
        check(key);
        String failed = "cannot look at " + name(key);
        MultiStatus.Resource found = MultiStatus.self(requests.find(key, 0, failed), requests.decodedPath(key))
                .orElse(null);
        if (found == null || found.folder()) {
            throw new ObjectNotFoundException(failed + ": there is " + (found == null ? "nothing" : "a folder"));
        }
        return entry(key, found);
    }

    @Override
    public ObjectListing list(String prefix, @Nullable String startAfter) {
        return new WebDavListing(requests, prefix, startAfter, "cannot list " + prefix + " in " + describe());
    }

    /** {@inheritDoc} Looks first what is there: the DELETE of a folder would take everything below it. */
    @Override
    public void delete(Collection<String> keys) throws IOException {
        Map<String, Set<String>> byFolder = new LinkedHashMap<>();
        for (String key : keys) {
            check(key);
            byFolder.computeIfAbsent(folder(key), f -> new LinkedHashSet<>()).add(key);
        }
        for (Map.Entry<String, Set<String>> group : byFolder.entrySet()) {
            Set<String> doomed = group.getValue();
            doomed.retainAll(files(group.getKey(), doomed));
            for (String key : doomed) {
                String failed = "cannot delete " + name(key);
                WebResponse response = requests.send(requests.request("DELETE", key), failed, Effect.NONE);
                if (!response.isSuccess() && response.status() != 404 && response.status() != 410) {
                    throw requests.refused(failed, response, Effect.NONE);
                }
                response.close();
            }
        }
    }

    /** Does nothing: no connection is in use between calls, and the client ends when it is no longer referred to. */
    @Override
    public void close() {}

    @Override
    public String toString() {
        return "WebDavObjectStore[" + describe() + "]";
    }

    /** A listed file as an object. */
    static ObjectEntry entry(String key, MultiStatus.Resource file) {
        return new ObjectEntry(key, file.size(), file.modified(), null, null);
    }

    private ObjectEntry publish(String key, String temporary, long length, String failed) throws StorageException {
        WebResponse response = requests.send(
                requests.request("MOVE", temporary)
                        .header("Destination", requests.destination(key))
                        .header("Overwrite", "T"),
                failed,
                Effect.WRITE);
        if (!response.isSuccess()) {
            StorageException refused = requests.refused(failed, response, Effect.WRITE);
            discard(temporary);
            throw refused instanceof ObjectNotFoundException
                    ? new TransientStorageException(refused.getMessage() + "; the upload disappeared", refused)
                    : folderGone(refused, failed);
        }
        response.close();
        Instant written = response.date("Date");
        return new ObjectEntry(key, length, written == null ? time.now() : written, null, null);
    }

    /** A folder that is gone is made again by the next call. */
    private StorageException folderGone(StorageException e, String failed) {
        requests.forgetFolders();
        return e instanceof ObjectNotFoundException
                ? new TransientStorageException(failed + ": its folder disappeared", e)
                : e;
    }

    /** Removes an upload that will not be used; if that fails, it stays. */
    private void discard(String temporary) {
        try {
            requests.send(requests.request("DELETE", temporary), "cannot delete " + temporary, Effect.NONE)
                    .close();
        } catch (StorageException e) {
            // what failed before is what counts
        }
    }

    /** Apache forbids what is replaced between its look at a file and its opening it: if it is there, it is asked again. */
    private WebResponse get(String key, String range, String failed) throws IOException {
        for (int i = 1; ; i++) {
            WebResponse response =
                    requests.send(requests.request("GET", key).header("Range", range), failed, Effect.NONE);
            if (response.status() != 403 || i == READ_TRIES) {
                return response;
            }
            response.close();
            head(key);
        }
    }

    /** Servers differ in what they answer to a GET of a folder, or of something below a file. */
    private StorageException notRead(String key, String failed, WebResponse response) throws IOException {
        StorageException refused = requests.refused(failed, response, Effect.NONE);
        int status = response.status();
        if (status == 400 || status == 403 || status == 405 || status / 100 == 3) {
            try {
                head(key);
            } catch (ObjectNotFoundException e) {
                e.addSuppressed(refused);
                return e;
            }
        }
        return refused;
    }

    /** Those of the keys in a folder that are files. */
    private Set<String> files(String folder, Set<String> keys) throws IOException {
        Set<String> files = new HashSet<>();
        if (keys.size() == 1) {
            for (String key : keys) {
                try {
                    files.add(head(key).key());
                } catch (ObjectNotFoundException e) {
                    // counts as deleted
                }
            }
            return files;
        }
        String failed = "cannot delete from " + folder + " in " + describe();
        String before = folder.isEmpty() ? "" : folder + "/";
        try {
            for (MultiStatus.Resource resource : requests.find(before, 1, failed)) {
                if (!resource.folder()) {
                    files.add(before + resource.name());
                }
            }
        } catch (ObjectNotFoundException e) {
            files.clear(); // the folder is not there, and so nothing in it
        }
        return files;
    }

    private String temporary(String key) {
        String folder = folder(key);
        return (folder.isEmpty() ? "" : folder + "/") + writer + "-" + uploads.incrementAndGet() + TEMPORARY_SUFFIX;
    }

    private static String folder(String key) {
        return key.substring(0, Math.max(0, key.lastIndexOf('/')));
    }

    private void check(String key) throws StorageException {
        ObjectKeys.check(key);
        if (key.startsWith("/") || key.contains("//")) {
            throw new StorageException(name(key) + ": a WebDAV server cannot hold keys with empty segments");
        }
        if (key.endsWith(TEMPORARY_SUFFIX)) {
            throw new StorageException(name(key) + ": names that end so are kept for uploads");
        }
    }

    private String name(String key) {
        return "object " + key + " in " + describe();
    }
}
