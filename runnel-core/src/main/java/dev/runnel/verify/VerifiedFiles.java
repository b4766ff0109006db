package dev.runnel.verify;

import dev.runnel.capture.LocalFiles;
import dev.runnel.capture.PageMapCodec;
import dev.runnel.capture.StateDirectory;
import dev.runnel.ltx.CorruptChangesetException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of the verification of a replica in the state directory: {@code runnel/verified-<replica>.map}, the page map
 * as of the newest good one, and {@code runnel/verified-<replica>.json}, the receipt of the newest one, for who asks
 * without a network. Both are a cache. Thread-safe as far as files are.
 */
public final class VerifiedFiles {

    private final Path map;
    private final Path receipt;

    /** The files of one replica. */
    public VerifiedFiles(Path stateDirectory, String replica) {
        String name = "verified-" + replica.replaceAll("[^A-Za-z0-9._-]", "_");
        Path directory = stateDirectory.resolve("runnel");
        this.map = directory.resolve(name + ".map");
        this.receipt = directory.resolve(name + ".json");
    }

    /**
     * Keeps a state.
     *
     * @throws IOException naming the file and the remedy; what was kept before is still there
     */
    public void save(VerifiedState state) throws IOException {
        replace(map, temporary -> PageMapCodec.write(state.map(), state.txId(), temporary));
    }

    /**
     * The state that was kept; null if there is none, or it is damaged, since it is only a cache.
     *
     * @param good the newest good receipt, which tells which snapshot was read whole
     */
    public @Nullable VerifiedState load(Receipt good) throws IOException {
        try (InputStream in = Files.newInputStream(map)) {
            PageMapCodec.Stored stored = PageMapCodec.read(in, map.toString());
            return new VerifiedState(stored.txId(), stored.map(), good.run().whole());
        } catch (NoSuchFileException | CorruptChangesetException e) {
            return null;
        }
    }

    /** Keeps a receipt; fails as {@link #save(VerifiedState)}. */
    public void save(Receipt newest) throws IOException {
        replace(receipt, temporary -> Files.write(temporary, ReceiptCodec.encode(newest)));
    }

    /** The receipt that was kept; null if there is none, or it is damaged. */
    public @Nullable Receipt loadReceipt() throws IOException {
        try {
            return ReceiptCodec.decode(Files.readAllBytes(receipt), receipt.toString());
        } catch (NoSuchFileException | CorruptChangesetException e) {
            return null;
        }
    }

    @FunctionalInterface
    private interface Content {
        void writeTo(Path file) throws IOException;
    }

    private static void replace(Path file, Content content) throws IOException {
        Path directory = Objects.requireNonNull(file.getParent());
        Path temporary = directory.resolve(file.getFileName() + ".tmp");
        try {
            Files.createDirectories(directory);
            content.writeTo(temporary);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw LocalFiles.cannotWrite(file, e, StateDirectory.ELSEWHERE);
        }
    }
}
