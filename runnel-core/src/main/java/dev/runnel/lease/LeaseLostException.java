package dev.runnel.lease;

import java.io.IOException;

/**
 * The lease is not held any more, or not long enough: the write was not begun, or does not count. It must be acquired anew
 * first.
 */
public final class LeaseLostException extends IOException {

    private static final long serialVersionUID = 1L;

    public LeaseLostException(String message) {
        super(message);
    }
}
