package dev.runnel.ltx;

import java.io.IOException;

/**
 * An LTX file of a generation that cannot be read: the pre-releases of Litestream 0.5, or something newer than this
 * implementation. The file is not known to be damaged.
 */
public final class UnsupportedFormatVersionException extends IOException {

    private static final long serialVersionUID = 1;

    private final String resource;

    /**
     * @param resource name of the file or object
     * @param reason what was found and which writer does that
     */
    public UnsupportedFormatVersionException(String resource, String reason) {
        super(resource + ": unsupported LTX format: " + reason);
        this.resource = resource;
    }

    /** Name of the file or object. */
    public String resource() {
        return resource;
    }
}
