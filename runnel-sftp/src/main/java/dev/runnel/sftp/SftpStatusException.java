package dev.runnel.sftp;

import java.io.IOException;

/** A server said no. Codes as in draft-ietf-secsh-filexfer-02, section 7, and two of later drafts. */
final class SftpStatusException extends IOException {

    static final int OK = 0;
    static final int END_OF_FILE = 1;
    static final int NO_SUCH_FILE = 2;
    static final int PERMISSION_DENIED = 3;
    static final int FAILURE = 4;
    static final int BAD_MESSAGE = 5;
    static final int UNSUPPORTED = 8;
    static final int NO_SPACE = 14;
    static final int QUOTA_EXCEEDED = 15;

    private static final long serialVersionUID = 1L;

    private final int code;

    SftpStatusException(int code, String message) {
        super(message.isBlank() ? "status " + code : message.strip());
        this.code = code;
    }

    int code() {
        return code;
    }
}
