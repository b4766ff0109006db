package dev.runnel.cli.services;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    /** All that there are for a database. Does not open it. */
    static List<HiddenWal> of(Path database) throws IOException {
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
        if (isMountPoint(database)) {
            found.add(new HiddenWal(
                    "is itself a mount point: its -wal and -shm are not seen",
                    "mount its directory " + database.getParent() + " instead of the file"));
        }
        return found;
    }

    /** A single file that is mounted also goes on to be the old one when it is replaced. */
    private static boolean isMountPoint(Path database) throws IOException {
        if (!Files.isReadable(MOUNTS)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(MOUNTS)) {
            return lines.map(line -> line.split(" "))
                    .filter(words -> words.length > 4)
                    .anyMatch(words -> words[4].replace("\\040", " ").equals(database.toString()));
        }
    }
}
