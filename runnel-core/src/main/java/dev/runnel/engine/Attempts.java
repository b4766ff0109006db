package dev.runnel.engine;

import dev.runnel.archive.Backoff;
import java.time.Duration;

/** When to cut, and to take a snapshot, again after that failed. Confined to the task that captures. */
final class Attempts {

    private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);
    private static final Duration LAST_BACKOFF = Duration.ofSeconds(30);
    private static final Duration SNAPSHOT_BACKOFF = Duration.ofMinutes(1);

    private final Backoff backoff;
    private final Deadline nextCut;
    private final Deadline nextSnapshot;
    private int failures;

    Attempts(EngineContext context) {
        backoff = new Backoff(FIRST_BACKOFF, LAST_BACKOFF, context.random());
        nextCut = new Deadline(context.time());
        nextSnapshot = new Deadline(context.time());
    }

    void failed() {
        failures++;
        nextCut.set(backoff.delay(failures));
        nextSnapshot.set(SNAPSHOT_BACKOFF);
    }

    void succeeded() {
        failures = 0;
    }

    /** Nothing is cut for a moment. */
    void rest() {
        nextCut.set(FIRST_BACKOFF);
    }

    /** Time until a cut may be tried. */
    Duration left() {
        return nextCut.left();
    }

    boolean mayCut() {
        return nextCut.hasPassed();
    }

    boolean maySnapshot() {
        return nextSnapshot.hasPassed();
    }
}
