package dev.runnel.engine;

import org.jspecify.annotations.Nullable;

/** Hands what is to be captured next from those who find it out to the task that captures. Thread-safe. */
final class Handover {

    private @Nullable Origin origin;
    private @Nullable Runnable whenSuspended;

    synchronized void give(Origin next) {
        origin = next;
    }

    synchronized void suspend(Runnable then) {
        whenSuspended = then;
    }

    /** What to go on from, once; null for nothing new. */
    synchronized @Nullable Origin take() {
        Origin taken = origin;
        origin = null;
        return taken;
    }

    /** Whom to tell that capturing rests, once; null where it need not rest. */
    synchronized @Nullable Runnable takeSuspension() {
        Runnable taken = whenSuspended;
        whenSuspended = null;
        return taken;
    }
}
