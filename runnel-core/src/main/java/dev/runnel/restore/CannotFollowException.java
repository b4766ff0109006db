package dev.runnel.restore;

import java.io.IOException;

/** A followed copy cannot go on, however often it is tried: it must be restored anew. The copy stays as it was. */
public final class CannotFollowException extends IOException {

    private static final long serialVersionUID = 1L;

    CannotFollowException(String message) {
        super(message);
    }
}
