package dev.runnel.report;

import java.util.Locale;

/** How a database or a replica is doing. */
public enum State {
    /** Starting: nothing is known yet. */
    STARTING,
    /** There is no database to replicate. */
    WAITING,
    /** Another process keeps everybody out of the database, so that nobody knows what is committed; it is tried again. */
    LOCKED,
    /** Everything committed is captured, or stored, within the configured time. */
    OK,
    /** Work is being done that must end before all is stored: the first snapshot, a page diff, a backlog. */
    BEHIND,
    /** Another writer holds the lease of the replica; changes are captured, and stored once it is free. */
    STANDBY,
    /** The last attempt failed; it is repeated. */
    FAILING,
    /** It was stopped, or cannot go on without help. */
    STOPPED;

    /** Its name as commands and metrics show it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
