package dev.runnel.engine;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.StateDirectory;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What was stored last in each replica that cannot be read here: its name, and the tag that the store gave it. An object
 * that still has that tag is the one that was stored, whatever its content. Kept in the state directory as long as the
 * history that it belongs to. Thread-safe for different replicas.
 */
final class StoredMarks {

    private static final String PREFIX = "stored-";
    private static final String UNKNOWN = "-";

    private final Path directory;

    private record Mark(Level level, TxRange txIds, long size, String etag, String timestamp) {}

    StoredMarks(StateDirectory state) {
        this.directory = state.root().resolve("runnel");
    }

    /**
     * Notes what was stored.
     *
     * @param ours whether it is of the history that the marks are of; false from before {@link #forget}
     */
    synchronized void save(BooleanSupplier ours, ReplicaArchive replica, Level level, TxRange txIds, ObjectEntry stored)
            throws IOException {
        if (!ours.getAsBoolean()) {
            return; // another history was adopted while it was on its way
        }
        String text = String.join(
                " ",
                Integer.toString(level.number()),
                txIds.toString(),
                Long.toString(stored.size()),
                text(stored.etag()),
                text(stored.timestamp()));
        Path file = fileOf(replica);
        Path temporary = directory.resolve(file.getFileName() + ".tmp");
        Files.createDirectories(directory);
        Files.writeString(temporary, text + "\n");
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The transaction up to which the replica is known to hold this history; null if what was stored last is gone. */
    @Nullable
    TxId reach(ReplicaArchive replica) throws IOException {
        Mark mark = load(replica);
        if (mark == null) {
            return null;
        }
        try {
            ObjectEntry now = replica.store().head(replica.layout().key(mark.level(), mark.txIds()));
            boolean tagged = !mark.etag().equals(UNKNOWN) && now.etag() != null;
            boolean same = tagged
                    ? mark.etag().equals(text(now.etag()))
                    : mark.size() == now.size() && mark.timestamp().equals(text(now.timestamp()));
            return same ? mark.txIds().max() : null;
        } catch (ObjectNotFoundException e) {
            return null;
        }
    }

    /** Forgets everything: another history begins. */
    synchronized void forget() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*")) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            return; // nothing was ever noted
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private @Nullable Mark load(ReplicaArchive replica) throws IOException {
        List<String> words;
        try {
            words = List.of(Files.readString(fileOf(replica)).strip().split(" "));
        } catch (NoSuchFileException e) {
            return null;
        }
        TxRange txIds = words.size() == 5 ? LtxFile.parseName(words.get(1) + ".ltx") : null;
        try {
            return txIds == null
                    ? null
                    : new Mark(
                            new Level(Integer.parseInt(words.get(0))),
                            txIds,
                            Long.parseLong(words.get(2)),
                            words.get(3),
                            words.get(4));
        } catch (IllegalArgumentException e) {
            return null; // not synced, so a power loss may have left anything
        }
    }

    private Path fileOf(ReplicaArchive replica) {
        byte[] place = replica.describe().getBytes(StandardCharsets.UTF_8);
        return directory.resolve(PREFIX + UUID.nameUUIDFromBytes(place));
    }

    private static String text(@Nullable Object value) {
        return value == null
                ? UNKNOWN
                : Objects.toString(value instanceof Instant time ? time.toEpochMilli() : value)
                        .replace(' ', '_');
    }
}
