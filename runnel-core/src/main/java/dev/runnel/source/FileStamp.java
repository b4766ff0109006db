package dev.runnel.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;

/**
 * What shows that a file was written to.
 *
 * @param size in bytes
 * @param modified when it was written to, in nanoseconds since the epoch
 */
record FileStamp(long size, long modified) {

    private static final FileStamp ABSENT = new FileStamp(0, 0);

    /** As another process may compare it. */
    String text() {
        return size + " " + modified;
    }

    /** The stamp of the file at {@code path}, symbolic links followed; zeros when there is none. Opens nothing. */
    static FileStamp of(Path path) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return new FileStamp(
                    attributes.size(), attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
        } catch (NoSuchFileException e) {
            return ABSENT;
        }
    }
}
