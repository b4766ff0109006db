package dev.runnel.restore;

/** What is known about the restored database beyond the checksums of the files it came from. */
public enum ProofStatus {
    /** The checksum of all its pages is the one its writer recorded when it captured this state. */
    VERIFIED,
    /** Every file was intact, but its writer recorded no database checksum: Litestream never does. */
    UNPROVED
}
