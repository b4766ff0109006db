package dev.runnel.engine;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Events on the files of one database, while they are wanted. Confined to the task that captures. */
final class DatabaseWatch {

    private final Path database;
    private final FileEvents events;
    private final FileEvents.Listener listener;
    private FileEvents.@Nullable Watch watch;

    DatabaseWatch(Path database, FileEvents events, FileEvents.Listener listener) {
        this.database = database;
        this.events = events;
        this.listener = listener;
    }

    boolean isArmed() {
        return watch != null;
    }

    void arm() {
        Path directory = database.toAbsolutePath().getParent();
        Path name = database.getFileName();
        if (watch == null && directory != null && name != null) {
            watch = events.watch(directory, name.toString(), listener);
        }
    }

    void disarm() {
        if (watch != null) {
            watch.cancel();
            watch = null;
        }
    }
}
