package dev.runnel.cli.services;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A reason why an application may keep the WAL of a database where nobody else sees it: SQLite looks for it beside the name
 * by which it opened the database. What is committed there is neither seen nor missed by whoever opens another name.
 *
 * @param why what was found, as the predicate of a sentence about the database
 * @param remedy what to do
 */
record HiddenWal(String why, String remedy) {

    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

    /**
     * All that there are for a database. Does not open it.
     *
     * @param mountPoints as {@link #mountPoints} has them
     */
    static List<HiddenWal> of(Path database, Set<String> mountPoints) throws IOException {
        List<HiddenWal> found = new ArrayList<>();
        if (!Files.exists(database)) {
            return found;
        }
        if (Files.getFileStore(database).supportsFileAttributeView("unix")) {
            int links = (Integer) Files.getAttribute(database, "unix:nlink");
            if (links > 1) {
                found.add(new HiddenWal(
                        "has " + links
                                + " names (hard links); SQLite keeps a WAL for each, and they destroy each other's"
                                + " work",
                        "remove the other names: find / -xdev -samefile " + database));
            }
        }
        if (mountPoints.contains(database.toString())) { // which also stays the old file when it is replaced
            found.add(new HiddenWal(
                    "is itself a mount point: its -wal and -shm are not seen",
                    "mount its directory " + database.getParent() + " instead of the file"));
        }
        return found;
    }

    /** Where anything is mounted, as far as this system tells. */
    static Set<String> mountPoints() throws IOException {
        if (!Files.isReadable(MOUNTS)) {
            return Set.of();
        }
        try (Stream<String> lines = Files.lines(MOUNTS)) {
            return lines.map(line -> line.split(" "))
                    .filter(words -> words.length > 4)
                    .map(words -> words[4].replace("\\040", " "))
                    .collect(Collectors.toSet());
        }
    }
}
