package dev.runnel.cli.daemon;

import dev.runnel.DatabaseOptions;
import java.io.IOException;
import java.nio.file.Path;

/** Makes what {@code register} asks for, and clears up behind {@code unregister}. Thread-safe. */
public interface Registrar {

    /**
     * A database with one replica and default settings.
     *
     * @param database the database file, absolute
     * @throws IllegalArgumentException if there is no such kind of replica; the message says so
     */
    DatabaseOptions open(Path database, String replicaUrl) throws IOException;

    /** Nothing uses what was opened for this database any more; nothing happens if nothing was. */
    void release(Path database) throws IOException;
}
