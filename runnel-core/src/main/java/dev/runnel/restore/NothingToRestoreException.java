package dev.runnel.restore;

/** The replica holds no files at all. */
public final class NothingToRestoreException extends RestoreException {

    private static final long serialVersionUID = 1L;

    public NothingToRestoreException(String replica) {
        super(replica
                + ": no matching backup files available; check the path, and that something was replicated to it");
    }
}
