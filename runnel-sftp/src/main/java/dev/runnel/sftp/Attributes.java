package dev.runnel.sftp;

import java.time.Instant;

/**
 * What a server tells of a file. Source: draft-ietf-secsh-filexfer-02, section 5.
 *
 * @param size length in bytes; -1 where the server does not tell
 * @param mode type and permissions as POSIX has them; 0 where the server does not tell
 * @param modified time of the last modification in seconds since 1970; the protocol has 32 bits for it
 */
record Attributes(long size, int mode, long modified) {

    /** The last second that the protocol can tell, in 2106. */
    static final long MODIFIED_MAX = 0xffff_ffffL;

    private static final int TYPE = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final int REGULAR = 0100000;
    private static final int LINK = 0120000;

    boolean isDirectory() {
        return (mode & TYPE) == DIRECTORY;
    }

    boolean isLink() {
        return (mode & TYPE) == LINK;
    }

    /** A file that has bytes; also something of a length that the server does not tell the type of. */
    boolean isRegular() {
        return size >= 0 && ((mode & TYPE) == REGULAR || (mode & TYPE) == 0);
    }

    Instant modifiedAt() {
        return Instant.ofEpochSecond(modified);
    }

    /** What is left of a time that is kept as the modification time of a file. */
    static long keptOf(Instant time) {
        return Math.max(0, Math.min(MODIFIED_MAX, time.getEpochSecond()));
    }
}
