package dev.runnel.restore;

/** There is something in the place where the database is to be restored, or somebody has open what is there. */
public final class TargetExistsException extends RestoreException {

    private static final long serialVersionUID = 1L;

    TargetExistsException(String message) {
        super(message);
    }
}
