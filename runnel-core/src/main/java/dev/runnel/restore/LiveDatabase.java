package dev.runnel.restore;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether somebody has a database open that is about to be replaced: he would go on with the file that is gone,
 * and what he writes would be lost. The descriptors of processes tell, where the kernel lets us see them; for a process in
 * another container, the lock that every SQLite connection to a database in WAL mode holds, and others while they read.
 */
public final class LiveDatabase {

    private static final Path PROCESSES = Path.of("/proc");
    /** PENDING, RESERVED and SHARED. Source: SQLite's file format, "Lock-byte page", and os.h. */
    private static final long LOCKS = 0x4000_0000L;

    private static final long LOCKS_SIZE = 512;

    private LiveDatabase() {}

    /**
     * Requires that nobody is seen to have a database open.
     *
     * @param database may be absent
     * @throws TargetExistsException if somebody has
     */
    static void requireClosed(Path database) throws IOException {
        if (!Files.exists(database)) {
            return;
        }
        Path file = database.toRealPath();
        String user = userOf(file);
        if (user != null || isLocked(file)) {
            throw new TargetExistsException(database + " is open in "
                    + (user == null ? "another process" : "process " + user)
                    + ", which would go on with the file that is replaced, so that what it writes is lost; stop the"
                    + " application, and Runnel if it replicates this database, and restore again, or restore to another"
                    + " path with -o");
        }
    }

    /**
     * A process that has a file open, with its program, as far as the kernel lets us see; null for none.
     *
     * @param file its real path
     */
    public static @Nullable String userOf(Path file) {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
            for (Path process : processes) {
                if (hasOpen(process.resolve("fd"), file)) {
                    return describe(String.valueOf(process.getFileName()));
                }
            }
        } catch (IOException e) {
            return null; // no /proc here
        }
        return null;
    }

    private static String describe(String process) {
        return ProcessHandle.of(Long.parseLong(process))
                .flatMap(handle -> handle.info().command())
                .map(command -> process + " (" + command + ")")
                .orElse(process);
    }

    private static boolean hasOpen(Path descriptors, Path file) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(descriptors)) {
            for (Path descriptor : all) {
                if (file.equals(target(descriptor))) {
                    return true;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return false; // it has ended, or is none of our business
        }
        return false;
    }

    /** Null for a descriptor that was closed meanwhile: it tells nothing of the others. */
    private static @Nullable Path target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor);
        } catch (IOException e) {
            return null;
        }
    }

    /** Whether another process holds a lock. To be asked only while this one has no descriptor of the file. */
    private static boolean isLocked(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock(LOCKS, LOCKS_SIZE, false)) {
            return lock == null;
        } catch (OverlappingFileLockException e) {
            return true;
        } catch (IOException e) {
            return false; // we may not write it, or there are no locks here: nothing is known
        }
    }
}
