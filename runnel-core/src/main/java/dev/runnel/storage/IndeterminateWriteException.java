package dev.runnel.storage;

import org.jspecify.annotations.Nullable;

/** A write may or may not have happened: the reply was lost. Look at what is stored before anything else. */
public final class IndeterminateWriteException extends StorageException {

    private static final long serialVersionUID = 1L;

    public IndeterminateWriteException(String message) {
        super(message);
    }

    public IndeterminateWriteException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
