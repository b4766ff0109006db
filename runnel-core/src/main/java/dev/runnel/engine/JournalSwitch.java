package dev.runnel.engine;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Brings a database into WAL mode. The one thing that writes to a database, and only where it is asked for: the library
 * does without unless it is given one.
 */
@FunctionalInterface
public interface JournalSwitch {

    /** Switches no database. */
    JournalSwitch NONE = path -> false;

    /**
     * Tries to switch a database that is not attached.
     *
     * @return whether it is in WAL mode now; false when it may not be written
     * @throws IOException if it may be written and cannot be switched: the message tells why
     */
    boolean toWal(Path database) throws IOException;
}
