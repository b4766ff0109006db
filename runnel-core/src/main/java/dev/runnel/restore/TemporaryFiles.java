package dev.runnel.restore;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files beside a target in which a restore is made: {@code <target>.tmp-<8 hex>} and its journal. What restores that
 * were cut off left there is used again or removed; what belongs to one that still runs is left alone.
 */
final class TemporaryFiles {

    private static final Logger log = LoggerFactory.getLogger(TemporaryFiles.class);
    private static final String JOURNAL = ".journal";
    private static final String INFIX = ".tmp-";
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}");

    private TemporaryFiles() {}

    /** A file to restore into. */
    record Claim(Path file, FileChannel channel, RestoreJournal journal) {}

    /**
     * A file for a restore to {@code target}: the one that an earlier restore from {@code source} left, else a new one.
     *
     * @param target absolute
     */
    static Claim claim(Path target, String source) throws IOException {
        Claim found = null;
        for (Path file : leftovers(target)) {
            RestoreJournal journal = RestoreJournal.claim(journalOf(file));
            if (journal == null) {
                continue; // Another process is at work on it.
            }
            if (found == null && journal.source().equals(source) && journal.size() > 0 && isUnfinished(file, target)) {
                log.info("{} parts of an interrupted restore are in {}; going on from there", journal.size(), file);
                found = new Claim(
                        file, FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE), journal);
            } else {
                Files.deleteIfExists(file);
                journal.delete();
            }
        }
        return found != null ? found : create(target, source);
    }

    /** One who was killed behind its last step left a second name of the database, which is in use by now. */
    private static boolean isUnfinished(Path file, Path target) throws IOException {
        return Files.exists(file) && !(Files.exists(target) && Files.isSameFile(file, target));
    }

    private static Claim create(Path target, String source) throws IOException {
        String id = UUID.randomUUID().toString().substring(0, 8);
        Path file = target.resolveSibling(target.getFileName() + INFIX + id);
        // The journal first: a temporary file always has one, whose lock says whether somebody is at work.
        RestoreJournal journal = RestoreJournal.create(journalOf(file), source);
        try {
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
            return new Claim(file, channel, journal);
        } catch (IOException | RuntimeException e) {
            journal.delete();
            throw e;
        }
    }

    private static Path journalOf(Path file) {
        return file.resolveSibling(file.getFileName() + JOURNAL);
    }

    /** Temporary files beside a target that have a journal, whether they are there themselves or not. */
    private static List<Path> leftovers(Path target) throws IOException {
        Path parent = target.getParent();
        if (parent == null) {
            return List.of();
        }
        String prefix = target.getFileName() + INFIX;
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, path -> isJournal(path, prefix))) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                found.add(entry.resolveSibling(name.substring(0, name.length() - JOURNAL.length())));
            }
        }
        return found;
    }

    private static boolean isJournal(Path path, String prefix) {
        String name = path.getFileName().toString();
        return name.startsWith(prefix)
                && name.endsWith(JOURNAL)
                && ID.matcher(name.substring(prefix.length(), name.length() - JOURNAL.length()))
                        .matches();
    }
}
