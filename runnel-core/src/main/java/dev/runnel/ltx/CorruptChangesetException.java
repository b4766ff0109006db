package dev.runnel.ltx;

import java.io.IOException;

/** An LTX file, or the part of one that was read, is not what the format or its own checksums demand. */
public final class CorruptChangesetException extends IOException {

    private static final long serialVersionUID = 1;

    private final String resource;
    private final long offset;
    private final String expected;
    private final String actual;

    /**
     * @param resource name of the file or object
     * @param offset byte in the file at which the contradiction was found
     * @param expected what would have been right
     * @param actual what is there
     */
    public CorruptChangesetException(String resource, long offset, String expected, String actual) {
        super(resource + ": corrupt at byte " + offset + ": expected " + expected + ", found " + actual);
        this.resource = resource;
        this.offset = offset;
        this.expected = expected;
        this.actual = actual;
    }

    static CorruptChangesetException truncated(String resource, long fileSize, String expected) {
        return new CorruptChangesetException(resource, fileSize, expected, "end of file (file truncated?)");
    }

    /** Name of the file or object. */
    public String resource() {
        return resource;
    }

    /** Byte in the file at which the contradiction was found. */
    public long offset() {
        return offset;
    }

    /** What would have been right. */
    public String expected() {
        return expected;
    }

    /** What is there. */
    public String actual() {
        return actual;
    }
}
