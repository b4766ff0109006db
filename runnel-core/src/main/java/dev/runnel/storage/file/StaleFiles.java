package dev.runnel.storage.file;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the temporary files of writers that were killed: each may be as long as a snapshot, and nobody else comes across
 * them. A directory is looked through when something is written there, once a day, for files that are a day old. Should
 * one of these be of a writer who was only stopped, his write fails and is begun anew. Thread-safe.
 */
final class StaleFiles {

    private static final Logger LOG = LoggerFactory.getLogger(StaleFiles.class);

    private static final Duration AGE = Duration.ofDays(1);

    private final Pattern names;
    private final Map<Path, Instant> looked = new ConcurrentHashMap<>();

    /** @param names of temporary files, and of nothing else */
    StaleFiles(Pattern names) {
        this.names = names;
    }

    /** To be called after something was written in a directory, or could not be. Failing is no harm: another look comes. */
    void lookInto(Path directory) {
        try {
            // By the clock of the file system, as the times of the files are.
            Instant now = Files.getLastModifiedTime(directory).toInstant();
            Instant last = looked.get(directory);
            if (last == null || !now.isBefore(last.plus(AGE))) {
                looked.put(directory, now);
                remove(directory, now.minus(AGE));
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.debug("no look for stale files in {}", directory, e);
        }
    }

    private void remove(Path directory, Instant before) throws IOException {
        try (DirectoryStream<Path> stale = Files.newDirectoryStream(directory, file -> isStale(file, before))) {
            for (Path file : stale) {
                Files.deleteIfExists(file);
                LOG.atInfo().addKeyValue("path", file).log("removed what a killed writer left behind");
            }
        }
    }

    private boolean isStale(Path file, Instant before) throws IOException {
        return names.matcher(String.valueOf(file.getFileName())).matches()
                && Files.exists(file)
                && Files.getLastModifiedTime(file).toInstant().isBefore(before);
    }
}
