package dev.runnel.restore;

import java.io.IOException;

/** What was asked for cannot be restored; neither the replica nor the target is damaged, and nothing was changed. */
public abstract sealed class RestoreException extends IOException
        permits NotEnoughSpaceException,
                NothingToRestoreException,
                TargetExistsException,
                TimestampOutOfRangeException,
                TransactionNotAvailableException {

    private static final long serialVersionUID = 1L;

    RestoreException(String message) {
        super(message);
    }
}
