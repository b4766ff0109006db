package dev.runnel.storage;

import org.jspecify.annotations.Nullable;

/** There is no object of that key. Listing again tells what there is. */
public final class ObjectNotFoundException extends StorageException {

    private static final long serialVersionUID = 1L;

    public ObjectNotFoundException(String message) {
        super(message);
    }

    public ObjectNotFoundException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
