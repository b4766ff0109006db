package dev.runnel.compact;

import dev.runnel.archive.LtxFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A place nearer than the replica that may have a copy of its files. Must be thread-safe. */
@FunctionalInterface
public interface ChangesetSource {

    /** Has nothing. */
    ChangesetSource NONE = file -> null;

    /**
     * Opens a whole file, or returns null if it is not here. The caller closes the stream and verifies what it reads: a
     * damaged copy costs time, not data.
     */
    @Nullable
    InputStream open(LtxFile file) throws IOException;

    /**
     * A directory in Litestream's layout, {@code <level>/<min>-<max>.ltx}.
     *
     * @param levels the directory of the levels, {@code .<db>-litestream/ltx}
     */
    static ChangesetSource directory(Path levels) {
        return file -> {
            Path path = levels.resolve(Integer.toString(file.level().number())).resolve(file.name());
            try {
                return Files.size(path) == file.size() ? Files.newInputStream(path) : null;
            } catch (NoSuchFileException e) {
                return null;
            }
        };
    }
}
