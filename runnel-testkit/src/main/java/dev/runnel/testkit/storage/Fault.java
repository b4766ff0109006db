package dev.runnel.testkit.storage;

/** What {@link FaultyObjectStore} can do to a call. */
public enum Fault {
    /** Any operation: fails for now, and nothing happened. */
    TRANSIENT,
    /** Any operation: refused for good (403), and nothing happened. The next one is not. */
    DENIED,
    /** A put happens, and the caller is told that it may have. A deletion happens, and the caller is told it failed. */
    LOST_REPLY,
    /** A put does not happen, and the caller is told that it may have. */
    LOST_REQUEST,
    /** A conditional put happens twice: the caller is told that its condition does not hold (412). Breaks the contract. */
    DOUBLED_REQUEST,
    /** A read says that there is no such object (404), though there is. Breaks the port's contract. */
    FALSE_ABSENCE,
    /** A body ends early: some bytes, then an error. */
    TRUNCATED_BODY,
    /** One bit of what is read is wrong, without an error. What is stored stays right. */
    FLIPPED_BIT,
    /** What is read is something else of the same length, without an error. What is stored stays right. */
    WRONG_BODY,
    /** A deletion removes some of its keys and fails. */
    PARTIAL_DELETE,
    /** A listing fails after some entries. */
    BROKEN_LISTING,
    /** A listing leaves out a lately written object or still shows a lately deleted one. Breaks the port's contract. */
    LAGGING_LISTING;

    /** Whether a store within the contract of its port may do that to its caller. */
    public boolean isContractual() {
        return switch (this) {
            case FLIPPED_BIT, WRONG_BODY, LAGGING_LISTING, DOUBLED_REQUEST, FALSE_ABSENCE -> false;
            default -> true;
        };
    }
}
