package dev.runnel.nats;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** No answer came, so that nobody knows whether a request was carried out. */
final class NoAnswerException extends IOException {

    private static final long serialVersionUID = 1L;

    NoAnswerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
