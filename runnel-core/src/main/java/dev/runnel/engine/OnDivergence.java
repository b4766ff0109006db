package dev.runnel.engine;

/**
 * What to do where the database is not the one that the replicas hold. {@link StartGuard} has the rules.
 */
public enum OnDivergence {
    /**
     * Waits for an absent database, goes on with one that can have come of what the replicas hold, fails on an empty, a
     * younger or a foreign one.
     */
    DECIDE,
    /** As {@link #DECIDE}, but an absent or empty database is restored before replication begins. */
    RESTORE,
    /** Fails on whatever is not known to continue what the replicas hold. */
    FAIL,
    /** Goes on with what is there, on top of the history. */
    CONTINUE
}
