package dev.runnel.source;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Notices that a database file was written to while SQLite writes to none: by a program that copies another database over
 * it, say. No frame of the WAL tells of that. Confined to the task that serves the database.
 */
final class Stillness {

    private final Path database;
    private @Nullable FileStamp since;
    private boolean broken;

    Stillness(Path database) {
        this.database = database;
    }

    /** From now on, no connection can write to the file: nothing is backfilled. */
    void begin() throws IOException {
        if (since == null) {
            since = FileStamp.of(database);
        }
    }

    /** To be called before connections may write to the file again. */
    void end() throws IOException {
        broken = isBroken();
        since = null;
    }

    /** What shows later whether the file was written to from now on; null where connections may write to it. */
    @Nullable
    FileStamp stamp() throws IOException {
        return isBroken() ? null : since;
    }

    /** Whether the file was written to when no connection could. Stays so. */
    boolean isBroken() throws IOException {
        return broken || (since != null && !since.equals(FileStamp.of(database)));
    }
}
