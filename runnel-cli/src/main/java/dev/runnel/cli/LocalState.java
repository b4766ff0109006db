package dev.runnel.cli;

import java.nio.file.Path;
import java.util.List;

/**
 * The local state of one database.
 *
 * @param directory where it stands
 * @param present whether the directory is there
 * @param files what a reset deletes, or has deleted
 */
public record LocalState(Path directory, boolean present, List<Path> files) {

    public LocalState {
        files = List.copyOf(files);
    }
}
