package dev.runnel.engine;

import java.io.IOException;

/** The database is not to be replicated on top of this history. The message says what is where, and what to choose from. */
final class DivergedException extends IOException {

    private static final long serialVersionUID = 1L;

    DivergedException(String message) {
        super(message);
    }
}
