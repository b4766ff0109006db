package dev.runnel.engine;

import dev.runnel.capture.StateDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a state directory to one engine: two would replace each other's files between cut and upload, and each would
 * believe that its own were stored. The kernel lets the lock of a killed process go. A lock is on a file, not on its name:
 * who deletes the directory makes room for another engine, which {@link #keep} finds out. Thread-safe.
 */
public final class StateLock {

    /** The file that is locked, below the state directory. */
    public static final Path FILE = Path.of("runnel", "lock");

    private static final Logger LOG = LoggerFactory.getLogger(StateLock.class);

    private final Path directory;
    private @Nullable FileChannel channel;
    /** What the file system tells files apart by; null where it has nothing of the kind. */
    private @Nullable Object key;
    /** Whether the kernel keeps the lock, and not only our hope. */
    private boolean real;

    /** @param directory made when first needed */
    public StateLock(Path directory) {
        this.directory = directory;
    }

    /**
     * Takes the lock, unless it is held already. Goes without where the file system has no locks.
     *
     * @return whether it was taken by this call
     * @throws IOException if another engine holds it, or the directory cannot be made or written to
     */
    public synchronized boolean acquire() throws IOException {
        if (channel != null) {
            return false;
        }
        try {
            Files.createDirectories(file().getParent());
            Files.createFile(file());
        } catch (FileAlreadyExistsException e) {
            // Somebody's before us.
        } catch (IOException e) {
            throw StateDirectory.cannotWrite(directory, e);
        }
        lock();
        return true;
    }

    /**
     * Sees to it that the lock, if it is held, is still that of the directory which has its name. One that was deleted is
     * made anew and locked.
     *
     * @return whether that was necessary: nothing of what was in the directory is there any more
     * @throws IOException if another engine made the directory anew and perhaps used it, in which case the lock is no
     *     longer held; or if it cannot be made
     */
    public synchronized boolean keep() throws IOException {
        FileChannel held = channel;
        if (held == null || isOurs()) {
            return false;
        }
        try {
            Files.createDirectories(file().getParent());
            Files.createFile(file());
        } catch (FileAlreadyExistsException e) {
            release();
            throw new IOException(directory + " was deleted and made anew by another Runnel process while this one used"
                    + " it; stop one of the two");
        } catch (IOException e) {
            throw StateDirectory.cannotWrite(directory, e);
        }
        release(); // of a file that nobody can name any more
        lock();
        LOG.atWarn().addKeyValue("path", directory).log("the state directory was deleted; made anew and locked again");
        return true;
    }

    /**
     * Names the file that is locked among all that there are while this machine is up: the boot, the device and the inode.
     * Who had the lock of a file with the same name before had this very file, for it was open, so that its inode could not
     * become another's; and is gone, for the lock is ours. A copy of a state directory, by {@code cp} or by a snapshot of
     * its volume, has another device or inode, and one in a cloned machine another boot.
     *
     * @return null where nothing proves who had the lock: it is not held, or not kept by the kernel, or the system does not
     *     tell boots or files apart
     */
    synchronized @Nullable String mark() {
        String boot = BootId.read();
        return channel == null || !real || key == null || boot == null ? null : boot + key;
    }

    private Path file() {
        return directory.resolve(FILE);
    }

    private boolean isOurs() throws IOException {
        try {
            return Objects.equals(key, keyOf(file()));
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static @Nullable Object keyOf(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    private void lock() throws IOException {
        FileChannel opened = null;
        try {
            Object before = keyOf(file());
            opened = FileChannel.open(file(), StandardOpenOption.WRITE);
            if (isLocked(opened) && Objects.equals(before, keyOf(file()))) {
                channel = opened;
                key = before;
                return;
            }
        } catch (IOException e) {
            if (opened != null) {
                opened.close();
            }
            throw StateDirectory.cannotWrite(directory, e);
        }
        opened.close();
        throw new IOException(directory + " is in use by another Runnel process, and two on one database spoil each"
                + " other's work; stop the other one, and this one goes on");
    }

    private boolean isLocked(FileChannel opened) {
        try {
            FileLock lock = opened.tryLock();
            real = lock != null;
            return real;
        } catch (OverlappingFileLockException e) {
            return false; // another engine of this process
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("path", directory)
                    .addKeyValue("error", e.getMessage())
                    .log("cannot lock the state directory; see to it that no other process uses it");
            real = false;
            return true;
        }
    }

    /** Lets the lock go. */
    public synchronized void release() throws IOException {
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }
}
