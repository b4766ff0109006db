package dev.runnel.web.webdav;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.runnel.model.TimeSource;
import dev.runnel.storage.BodySlice;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.web.http.Percent;
import dev.runnel.web.http.WebClient;
import dev.runnel.web.http.WebErrors.Effect;
import dev.runnel.web.http.WebException;
import dev.runnel.web.http.WebRequest;
import dev.runnel.web.http.WebResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The requests of WebDAV to one server. Paths are relative to the folder of the settings. Thread-safe. */
final class WebDavRequests {

    private final WebDavSettings settings;
    private final WebClient client;
    private final WebDavErrors errors;
    private final @Nullable String authorization;
    /** Folders that are known to exist. */
    private final Set<String> folders = ConcurrentHashMap.newKeySet();

    WebDavRequests(WebDavSettings settings, TimeSource time, WebClient client) {
        this.settings = settings;
        this.client = client;
        this.errors = new WebDavErrors(settings, time);
        String password = settings.password() == null ? "" : settings.password();
        this.authorization = settings.username() == null
                ? null
                : "Basic " + Base64.getEncoder().encodeToString((settings.username() + ":" + password).getBytes(UTF_8));
    }

    /** A request for a path. */
    WebRequest request(String method, String path) {
        return new WebRequest(method, URI.create(settings.url() + "/" + Percent.path(path)));
    }

    /** Sends a request; any answer will do. */
    WebResponse send(WebRequest request, String failed, Effect effect) throws StorageException {
        try {
            return client.send(request.header("Authorization", authorization));
        } catch (WebException e) {
            throw errors.unanswered(failed, e, effect);
        }
    }

    /** As {@link #send}, but only an answer of success will do. */
    WebResponse demand(WebRequest request, String failed, Effect effect) throws StorageException {
        WebResponse response = send(request, failed, effect);
        if (!response.isSuccess()) {
            throw errors.refused(failed, response, effect);
        }
        return response;
    }

    /** The exception for an answer of {@link #send}. Closes it. */
    StorageException refused(String failed, WebResponse response, Effect effect) {
        return errors.refused(failed, response, effect);
    }

    /**
     * What a server tells about a file or a folder.
     *
     * @param depth 0, or 1 for a folder and what is in it
     * @throws ObjectNotFoundException if there is nothing
     */
    List<MultiStatus.Resource> find(String path, int depth, String failed) throws StorageException {
        WebRequest request = request("PROPFIND", path)
                .header("Depth", String.valueOf(depth))
                .header("Content-Type", "application/xml; charset=utf-8")
                .body(BodySlice.of(MultiStatus.QUESTION.getBytes(UTF_8)));
        try (WebResponse response = send(request, failed, Effect.NONE)) {
            if (!response.isSuccess()) {
                throw response.status() == 400 && isBelowFile(path, failed)
                        ? new ObjectNotFoundException(failed + ": what is above it is a file")
                        : errors.refused(failed, response, Effect.NONE);
            }
            if (response.status() != 207) {
                throw new StorageException(failed + ": " + errors.place() + " answered PROPFIND with status "
                        + response.status() + "; is webdav-url the folder of a WebDAV server?");
            }
            return MultiStatus.read(response.body());
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw new TransientStorageException(failed + ": the answer cannot be read: " + e.getMessage(), e);
        }
    }

    /** Apache calls a path that leads through a file a bad request. */
    private boolean isBelowFile(String path, String failed) throws StorageException {
        int slash = path.lastIndexOf('/'); // of "file/" the file is above as well
        if (slash < 1) {
            return false;
        }
        String above = path.substring(0, slash);
        return self(above, failed).map(resource -> !resource.folder()).orElse(false);
    }

    /** The path of a request as a server tells it: decoded, from its root on. */
    String decodedPath(String path) {
        return MultiStatus.path(settings.url() + "/" + Percent.path(path));
    }

    /** A path as a {@code Destination}: a whole address, since Apache takes nothing shorter. */
    String destination(String path) {
        return request("MOVE", path).uri().toString();
    }

    /** Makes a folder and those above it, below that of the settings, where they are not known to exist. */
    void makeFolder(String folder, String failed) throws StorageException {
        if (folder.isEmpty() || folders.contains(folder)) {
            return;
        }
        if (!tryMakeFolder(folder, failed)) {
            makeFolder(folder.substring(0, Math.max(0, folder.lastIndexOf('/'))), failed);
            if (!tryMakeFolder(folder, failed)) {
                throw new StorageException(failed + ": folder " + folder + " cannot be made in " + errors.place()
                        + ", which must exist: create it, or correct webdav-url");
            }
        }
        folders.add(folder);
    }

    /** After an answer that a folder is missing: somebody deleted it. */
    void forgetFolders() {
        folders.clear();
    }

    /** Apache forbids to make a folder that somebody else has just made. */
    private boolean isFolder(String path, String failed) throws StorageException {
        try {
            return self(path, failed).map(MultiStatus.Resource::folder).orElse(false);
        } catch (ObjectNotFoundException e) {
            return false;
        }
    }

    private Optional<MultiStatus.Resource> self(String path, String failed) throws StorageException {
        return MultiStatus.self(find(path, 0, failed), decodedPath(path));
    }

    /** Whether the folder is there now; if not, one above it is missing. */
    private boolean tryMakeFolder(String folder, String failed) throws StorageException {
        try (WebResponse response = send(request("MKCOL", folder + "/"), failed, Effect.NONE)) {
            int status = response.status();
            if (status == 409 || status == 404) {
                return false;
            }
            // 405: it exists; 301: it exists, and the server wants to be asked in another way.
            if (!response.isSuccess() && status != 405 && status != 301 && !isFolder(folder, failed)) {
                throw errors.refused(failed + ": folder " + folder, response, Effect.NONE);
            }
            return true;
        }
    }
}
