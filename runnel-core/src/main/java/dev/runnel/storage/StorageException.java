package dev.runnel.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A store refused or failed for good: trying again without a change will fail again (credentials, missing bucket, full
 * disk, malformed request). Subtypes are named by what the caller may do next. The message names the object and the
 * store, and a remedy where there is one.
 */
public class StorageException extends IOException {

    private static final long serialVersionUID = 1L;

    public StorageException(String message) {
        super(message);
    }

    public StorageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
