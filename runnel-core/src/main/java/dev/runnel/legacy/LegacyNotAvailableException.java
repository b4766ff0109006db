package dev.runnel.legacy;

import java.io.IOException;

/** A replica of Litestream 0.3 holds no such state as was asked for: nothing, no such generation, nothing so old. */
public final class LegacyNotAvailableException extends IOException {

    private static final long serialVersionUID = 1L;

    LegacyNotAvailableException(String replica, String reason) {
        super(replica + ": no matching backups found: " + reason);
    }
}
