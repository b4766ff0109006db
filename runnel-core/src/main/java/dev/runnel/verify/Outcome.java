package dev.runnel.verify;

import java.util.Locale;

/** What came of a verification. */
public enum Outcome {
    /** The pages of the replica are those that were captured, proved by the checksum that their writer recorded. */
    VERIFIED,
    /** Every file is whole, but their writer recorded no checksum of the database, as Litestream does not. */
    UNPROVED,
    /** The replica is damaged, incomplete, or holds another database than it says. */
    FAILED;

    /** Whether the newest state can be restored. */
    public boolean isGood() {
        return this != FAILED;
    }

    /** As users read it, in lower case. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
