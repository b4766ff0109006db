package dev.runnel.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which file a path names: two paths with equal identities name one file. Reading it opens nothing, and so cannot drop a
 * lock.
 *
 * @param device device number
 * @param inode inode number
 * @param key what the JDK makes of the two; null where it makes nothing
 */
record FileIdentity(long device, long inode, @Nullable Object key) {

    FileIdentity(long device, long inode) {
        this(device, inode, null);
    }

    /** The identity of the file at {@code path}, symbolic links followed; null when there is none. */
    static @Nullable FileIdentity of(Path path) throws IOException {
        try {
            Map<String, Object> attributes = Files.readAttributes(path, "unix:dev,ino,fileKey");
            return new FileIdentity(number(attributes, "dev"), number(attributes, "ino"), attributes.get("fileKey"));
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Whether {@code path} names this file; false when there is none. Cheaper than asking for its identity. */
    boolean isOf(Path path) throws IOException {
        if (key == null) {
            return equals(of(path));
        }
        try {
            return key.equals(
                    Files.readAttributes(path, BasicFileAttributes.class).fileKey());
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static long number(Map<String, Object> attributes, String name) throws IOException {
        if (attributes.get(name) instanceof Number number) {
            return number.longValue();
        }
        throw new IOException("this file system tells no " + name + " of its files");
    }

    /** Major device number as Linux encodes it. */
    long major() {
        return (device >>> 8 & 0xfff) | (device >>> 32 & ~0xfffL);
    }

    /** Minor device number as Linux encodes it. */
    long minor() {
        return (device & 0xff) | (device >>> 12 & ~0xffL);
    }
}
