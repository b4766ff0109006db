package dev.runnel.engine;

import dev.runnel.capture.StateDirectory;
import java.io.IOException;

/**
 * Keeps the state directory ours, also if somebody deletes it under us. What another engine made of it is for the engine to
 * settle. Thread-safe.
 */
final class StateOwner implements StateDirectory.Owner {

    private final StateLock lock;
    private final EngineIdentity identity;
    private final Runnable lost;
    /** Whether the directory was made anew, and the session is not in it yet. */
    private boolean unrecorded;

    /** @param lost called when the directory is another's by now, and the lock no longer held */
    StateOwner(StateLock lock, EngineIdentity identity, Runnable lost) {
        this.lock = lock;
        this.identity = identity;
        this.lost = lost;
    }

    @Override
    public synchronized void require() throws IOException {
        try {
            unrecorded = lock.keep() || unrecorded;
        } catch (IOException e) {
            lost.run();
            throw e;
        }
        if (unrecorded) {
            identity.enter(lock.mark());
            unrecorded = false;
        }
    }
}
