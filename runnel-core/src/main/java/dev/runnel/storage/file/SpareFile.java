package dev.runnel.storage.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * What a small object was before it was replaced last, kept beside it under another name: the next replacement is written
 * into it and takes its place, so that the two files alternate and no replacement but the first needs room. A lease is such
 * an object: on a full disk it must be renewed, for who deletes what makes room needs it.
 *
 * <p>File systems that never write in place (btrfs, ZFS) need room all the same. Used under the {@link ReplaceLock} alone.
 */
final class SpareFile {

    /** Longer bodies have none: it would cost as much again. */
    static final long MAX_BYTES = 4096;

    private static final String SPARE = ".spare" + FileObjectStore.TEMPORARY_SUFFIX;
    private static final String KEPT = ".kept" + FileObjectStore.TEMPORARY_SUFFIX;

    private final Path target;
    private final Path spare;
    /** A second name of the target while it is replaced. */
    private final Path kept;

    private final FilePublisher.Linker linker;

    SpareFile(Path target, FilePublisher.Linker linker) {
        this.target = target;
        this.spare = target.resolveSibling(target.getFileName() + SPARE);
        this.kept = target.resolveSibling(target.getFileName() + KEPT);
        this.linker = linker;
    }

    /** Writes a whole body. */
    @FunctionalInterface
    interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Writes into the spare file, durably.
     *
     * @param length of the content, in bytes
     * @return the file that can take the place of the target; null if there is none
     */
    @Nullable
    Path fill(Content content, long length) throws IOException {
        if (!Files.exists(spare) && Files.exists(kept) && !Files.isSameFile(kept, target)) {
            Files.move(kept, spare); // whoever replaced the target last was killed before he did so
        }
        if (!Files.exists(spare) || Files.isSameFile(spare, target)) {
            return null;
        }
        try (FileChannel channel = FileChannel.open(spare, StandardOpenOption.WRITE)) {
            content.writeTo(channel);
            channel.truncate(length);
            channel.force(true);
        }
        return spare;
    }

    /** Puts a written file in the place of the target, whose file becomes the spare one. */
    void replaceBy(Path written) throws IOException {
        boolean second = keep();
        Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
        if (second) {
            Files.move(kept, spare, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private boolean keep() throws IOException {
        Files.deleteIfExists(kept);
        if (Files.size(target) > MAX_BYTES) {
            return false;
        }
        try {
            linker.link(kept, target);
            return true;
        } catch (UnsupportedOperationException | FileSystemException e) {
            return false; // no second names here, or no room for one
        }
    }
}
