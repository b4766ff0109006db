package dev.runnel.storage;

import org.jspecify.annotations.Nullable;

/** A passing fault (timeout, throttling, connection): the same call may succeed later. Nothing was written, or the write can be repeated. */
public final class TransientStorageException extends StorageException {

    private static final long serialVersionUID = 1L;

    public TransientStorageException(String message) {
        super(message);
    }

    public TransientStorageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
