package dev.runnel.engine;

import dev.runnel.model.TimeSource;
import dev.runnel.report.State;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** State, reason and since when, of a database or a replica. Thread-safe; says whether something changed. */
final class StatusBoard {

    private final TimeSource time;
    private Status status;

    /**
     * A status.
     *
     * @param reason null when all is well
     */
    record Status(State state, @Nullable String reason, Instant since) {}

    StatusBoard(TimeSource time) {
        this.time = time;
        this.status = new Status(State.STARTING, null, time.now());
    }

    synchronized Status get() {
        return status;
    }

    /** Sets the status. Returns whether it is another one, so that it is logged once. */
    synchronized boolean set(State state, @Nullable String reason) {
        boolean sameState = status.state == state;
        boolean same = sameState && java.util.Objects.equals(status.reason, reason);
        if (!same) {
            status = new Status(state, reason, sameState ? status.since : time.now());
        }
        return !same;
    }

    /** A step ended in an internal error, so that nobody knows what it left undone. */
    void defect(Throwable error) {
        set(State.FAILING, "internal error: " + error);
    }
}
