package dev.runnel.web.http;

import java.io.IOException;

/** A request got no answer. */
public final class WebException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What is known of it. */
    public enum Kind {
        /** The service did not get it: no address, no connection. */
        NOT_SENT,
        /** The certificate of the service is not trusted; nothing was sent. */
        NOT_TRUSTED,
        /** The service may have got it and done what it says. */
        MAYBE_SENT,
        /** The thread was interrupted; the service may have got it. Its flag is set again. */
        INTERRUPTED,
        /** The body could not be read, so that the service got only a part of it. */
        BODY_FAILED
    }

    private final Kind kind;

    WebException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What is known of it. */
    public Kind kind() {
        return kind;
    }
}
