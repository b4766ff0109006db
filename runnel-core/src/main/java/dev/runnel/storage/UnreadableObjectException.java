package dev.runnel.storage;

/**
 * The object is there, and nobody here can read it: it is encrypted, for keys that are elsewhere or other ones than those
 * that were given. It is not known to be damaged, and must not be replaced as if it were. Where the store is
 * {@link ObjectForm#WRITE_ONLY}, go on without its content; elsewhere the keys are to be corrected.
 */
public final class UnreadableObjectException extends StorageException {

    private static final long serialVersionUID = 1L;

    public UnreadableObjectException(String message) {
        super(message);
    }
}
