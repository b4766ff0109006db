package dev.runnel.source;

import dev.runnel.source.SourceUnavailableException.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Owns every descriptor on a database file or its {@code -shm}. POSIX record locks belong to the process and the file:
 * closing <em>any</em> descriptor of a file drops all of them, so nothing else may open these files. One registry serves
 * a process; it is thread-safe.
 */
public final class DescriptorRegistry {

    private final Map<FileIdentity, Handle> handles = new HashMap<>();

    /**
     * Opens a file for reading.
     *
     * @return null when there is no such file
     * @throws SourceUnavailableException if the file is open here already, or may not be read
     */
    @Nullable
    Handle open(Path path) throws IOException {
        synchronized (handles) {
            // The file may be replaced between the look at its identity and the opening of it.
            while (true) {
                FileIdentity before = identity(path);
                if (before == null) {
                    return null;
                }
                Handle known = handles.get(before);
                if (known != null) {
                    throw new SourceUnavailableException(
                            Reason.ATTACHED_ALREADY,
                            path + " is the same file as " + known.path + ", which this process replicates already;"
                                    + " configure each database once");
                }
                FileChannel channel = openChannel(path);
                if (channel != null) {
                    if (before.equals(FileIdentity.of(path))) {
                        Handle handle = new Handle(path, before, channel);
                        handles.put(before, handle);
                        return handle;
                    }
                    channel.close();
                }
            }
        }
    }

    private static @Nullable FileIdentity identity(Path path) throws IOException {
        try {
            return FileIdentity.of(path);
        } catch (AccessDeniedException e) {
            throw forbidden(path, e);
        }
    }

    private static @Nullable FileChannel openChannel(Path path) throws IOException {
        try {
            return FileChannel.open(path, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            return null;
        } catch (AccessDeniedException e) {
            throw forbidden(path, e);
        }
    }

    private static SourceUnavailableException forbidden(Path path, AccessDeniedException cause) {
        return new SourceUnavailableException(
                Reason.FORBIDDEN, path + " may not be read by this user; grant read access to it", cause);
    }

    /** One open file. Closing it drops every record lock of this process on the file. */
    final class Handle implements Closeable {

        private final Path path;
        private final FileIdentity identity;
        private final FileChannel channel;

        private Handle(Path path, FileIdentity identity, FileChannel channel) {
            this.path = path;
            this.identity = identity;
            this.channel = channel;
        }

        FileIdentity identity() {
            return identity;
        }

        /** Whether {@code name} leads to this file. Opens nothing. */
        boolean isAt(Path name) throws IOException {
            return identity.isOf(name);
        }

        FileChannel channel() {
            return channel;
        }

        @Override
        public void close() throws IOException {
            synchronized (handles) {
                if (handles.remove(identity, this)) {
                    channel.close();
                }
            }
        }
    }
}
