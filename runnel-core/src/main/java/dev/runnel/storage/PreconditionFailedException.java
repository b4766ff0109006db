package dev.runnel.storage;

import org.jspecify.annotations.Nullable;

/** A conditional write did not happen because its condition did not hold: the object exists, or has another etag. */
public final class PreconditionFailedException extends StorageException {

    private static final long serialVersionUID = 1L;

    public PreconditionFailedException(String message) {
        super(message);
    }

    public PreconditionFailedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
