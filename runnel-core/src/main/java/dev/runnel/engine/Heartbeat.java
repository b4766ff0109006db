package dev.runnel.engine;

import dev.runnel.capture.Capture;
import dev.runnel.model.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a database that rests needs more than one read of its WAL-index: what makes a thousand idle databases
 * cheap. Confined to the task that serves the database, but for {@link #call}.
 */
final class Heartbeat {

    /** Between two whole steps, for what the index does not tell: files put in the place of others, housekeeping. */
    private static final Duration WHOLE_STEP_INTERVAL = Duration.ofSeconds(20);

    private final Deadline nextWholeStep;
    private final AtomicBoolean called = new AtomicBoolean();
    private boolean resting;

    Heartbeat(TimeSource time) {
        nextWholeStep = new Deadline(time);
    }

    /** Somebody wants something, or a file event came: a whole step is needed. */
    void call() {
        called.set(true);
    }

    /** A whole step found nothing to do; {@code capture} may come to rest, or may not. */
    void rest(Capture capture) throws IOException {
        resting = capture.rest();
        nextWholeStep.set(WHOLE_STEP_INTERVAL);
    }

    /** Whether this beat is all that is needed now. If not, a whole step must follow. */
    boolean suffices(@Nullable Capture capture) throws IOException {
        // Read and forgotten at once: a call that comes any later counts for the next beat.
        boolean wanted = called.getAndSet(false);
        boolean rested = resting && !wanted && !nextWholeStep.hasPassed();
        resting = false;
        resting = rested && capture != null && capture.isStill();
        return resting;
    }
}
