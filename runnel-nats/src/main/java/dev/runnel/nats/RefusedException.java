package dev.runnel.nats;

import java.io.IOException;

/** The server said no, and did nothing. */
final class RefusedException extends IOException {

    /** Nobody listens to what was asked: no JetStream, or no such stream. */
    static final int NO_RESPONDERS = -1;

    /** The user may not ask this; the server told so beside, and gave no answer. */
    static final int NOT_PERMITTED = -2;

    /** A message was too large to be sent. */
    static final int TOO_LARGE = -3;

    private static final int STREAM_NOT_FOUND = 10059;

    /** The last message of the subject is another than was expected. */
    static final int WRONG_LAST_SEQUENCE = 10071;

    private static final long serialVersionUID = 1L;

    private final int code;
    private final int errorCode;

    /**
     * @param code as that of HTTP; 0 for none
     * @param errorCode of JetStream, or one of the negative ones above
     * @param description in the server's words
     */
    RefusedException(int code, int errorCode, String description) {
        super(description);
        this.code = code;
        this.errorCode = errorCode;
    }

    int code() {
        return code;
    }

    int errorCode() {
        return errorCode;
    }

    boolean isNotFound() {
        return code == 404;
    }

    /** Whether what is missing is the bucket itself. */
    boolean isStreamMissing() {
        return errorCode == STREAM_NOT_FOUND;
    }
}
