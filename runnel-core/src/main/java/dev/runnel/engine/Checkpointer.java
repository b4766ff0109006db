package dev.runnel.engine;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Runs checkpoints in databases that are attached. It must not open them in this process: closing a connection would drop
 * the record locks of the whole process on the database. The library does without unless it is given one.
 */
@FunctionalInterface
public interface Checkpointer {

    /** Runs no checkpoint. */
    Checkpointer NONE = database -> false;

    /**
     * Runs a PASSIVE checkpoint: copies what it can from the WAL into the database file, and waits for nobody.
     *
     * @return false when the database may not be written, so that it need not be asked for again
     * @throws IOException if it may be written and the checkpoint failed: the message tells why
     */
    boolean checkpoint(Path database) throws IOException;
}
