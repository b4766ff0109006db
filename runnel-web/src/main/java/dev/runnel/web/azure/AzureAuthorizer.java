package dev.runnel.web.azure;

import dev.runnel.storage.StorageException;
import dev.runnel.web.http.WebRequest;

/** Puts into a request what shows that it may be made. Thread-safe. */
@FunctionalInterface
interface AzureAuthorizer {

    /**
     * Sets headers. Comes last: a signature covers all others.
     *
     * @param failed what to say first when it is not possible
     */
    void authorize(WebRequest request, String failed) throws StorageException;
}
