package dev.runnel.cli.http;

import org.jspecify.annotations.Nullable;

/** A request that ends with an error status. */
public final class HttpFailure extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final @Nullable String details;

    /** An error with its status and message. */
    public HttpFailure(int status, String message) {
        this(status, message, null);
    }

    /**
     * An error.
     *
     * @param details more about it; null for none
     */
    public HttpFailure(int status, String message, @Nullable String details) {
        super(message);
        this.status = status;
        this.details = details;
    }

    /** Such as 400. */
    public int status() {
        return status;
    }

    Response response() {
        return Response.error(status, String.valueOf(getMessage()), details);
    }
}
