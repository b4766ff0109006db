package dev.runnel.sftp;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** The connection ended before the reply to a request came: the server may have carried it out or not. */
final class ConnectionLostException extends IOException {

    private static final long serialVersionUID = 1L;

    ConnectionLostException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** For a thread that waited, what ended the connection on another. */
    static ConnectionLostException of(ExecutionException e) {
        Throwable cause = e.getCause();
        return new ConnectionLostException(cause == null ? null : cause.getMessage(), cause);
    }
}
