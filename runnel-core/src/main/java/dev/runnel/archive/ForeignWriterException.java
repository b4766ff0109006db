package dev.runnel.archive;

import java.io.IOException;

/**
 * An object that this process was about to write is there already, with another content: somebody else writes to the
 * same path, or the local history is another one. Nothing was overwritten.
 */
public final class ForeignWriterException extends IOException {

    private static final long serialVersionUID = 1L;

    private final long size;

    /** Something else than one file tells that another writes there. */
    public ForeignWriterException(String message) {
        this(message, 0);
    }

    /** @param size length of what is there, in bytes */
    public ForeignWriterException(String message, long size) {
        super(message);
        this.size = size;
    }

    /** Length of the file that is there, in bytes; 0 where no one file was met. */
    public long size() {
        return size;
    }
}
