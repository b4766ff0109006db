package dev.runnel.legacy;

import java.io.IOException;

/** Parts of the WAL are missing in the middle: what follows them cannot be restored. */
public final class LegacyGapException extends IOException {

    private static final long serialVersionUID = 1L;

    LegacyGapException(String replica, String missing, String remedy) {
        super(replica + ": missing " + missing + ", so nothing after it can be restored; " + remedy);
    }
}
