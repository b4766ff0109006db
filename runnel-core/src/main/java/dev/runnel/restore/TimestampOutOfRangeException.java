package dev.runnel.restore;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The replica does not reach back to the instant that was asked for. */
public final class TimestampOutOfRangeException extends RestoreException {

    private static final long serialVersionUID = 1L;

    private final @Nullable Instant earliest;

    TimestampOutOfRangeException(String replica, Instant asked, @Nullable Instant earliest, Instant newest) {
        super(replica + ": timestamp does not exist: nothing restorable is older than " + asked + "; "
                + (earliest == null
                        ? "no file of the replica starts at TXID 1"
                        : "the replica covers instants after " + earliest + " (its last change is of " + newest + ")"));
        this.earliest = earliest;
    }

    /** Timestamp of the earliest state that can be restored: ask for an instant after it. Null if there is none. */
    public @Nullable Instant earliest() {
        return earliest;
    }
}
