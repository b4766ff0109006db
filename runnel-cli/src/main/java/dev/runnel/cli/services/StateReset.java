package dev.runnel.cli.services;

import dev.runnel.cli.LocalState;
import dev.runnel.engine.StateLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Deletes local state, unless a daemon lives on it. */
final class StateReset {

    private static final List<String> STATE = List.of("ltx", "runnel");

    private final Path directory;

    /** @param directory the state directory of a database */
    StateReset(Path directory) {
        this.directory = directory;
    }

    /** What there is. */
    LocalState look() throws IOException {
        if (!Files.isDirectory(directory)) {
            return new LocalState(directory, false, List.of());
        }
        Path ltx = directory.resolve("ltx");
        if (!Files.isDirectory(ltx)) {
            return new LocalState(directory, true, List.of());
        }
        try (Stream<Path> files = Files.walk(ltx)) {
            return new LocalState(
                    directory, true, files.filter(Files::isRegularFile).sorted().toList());
        }
    }

    /**
     * Deletes it.
     *
     * @return what there was
     * @throws IOException if a running process uses it
     */
    LocalState reset() throws IOException {
        LocalState before = look();
        if (!before.present()) {
            return before;
        }
        StateLock lock = new StateLock(directory);
        lock.acquire();
        try {
            for (String name : STATE) {
                delete(directory.resolve(name));
            }
        } finally {
            lock.release();
        }
        return before;
    }

    private static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> files = Files.walk(tree)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            // The lock stays: another process could otherwise lock a file of the same name, and both would hold one.
            boolean lock = file.endsWith(StateLock.FILE);
            if (!lock && !(Files.isDirectory(file) && Files.exists(file.resolve(StateLock.FILE.getFileName())))) {
                Files.deleteIfExists(file);
            }
        }
    }
}
