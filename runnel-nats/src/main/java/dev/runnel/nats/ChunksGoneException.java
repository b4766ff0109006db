package dev.runnel.nats;

import java.io.IOException;

/** Chunks of an object are not there: it was replaced or deleted meanwhile, or it is damaged. */
final class ChunksGoneException extends IOException {

    private static final long serialVersionUID = 1L;

    ChunksGoneException(String message) {
        super(message);
    }
}
