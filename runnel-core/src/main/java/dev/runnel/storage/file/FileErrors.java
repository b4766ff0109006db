package dev.runnel.storage.file;

import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;

/** Turns errors of the file system into the vocabulary of the storage port, with a remedy. */
final class FileErrors {

    private FileErrors() {}

    /** @param failed what did not work, e.g. "cannot write object x in file:///backup" */
    static StorageException map(String failed, IOException cause) {
        if (cause instanceof StorageException e) {
            return e;
        }
        if (isInterrupt(cause)) {
            Thread.currentThread().interrupt();
            return new TransientStorageException(failed + ": interrupted", cause);
        }
        if (cause instanceof AccessDeniedException) {
            return new StorageException(
                    failed + ": permission denied on " + file(cause)
                            + "; give the user of this process read and write access to that directory",
                    cause);
        }
        if (cause instanceof NoSuchFileException) {
            return new TransientStorageException(
                    failed + ": " + file(cause) + " disappeared; is another process removing files there?", cause);
        }
        String reason = reason(cause);
        String text = reason.toLowerCase(Locale.ROOT);
        if (text.contains("no space left") || text.contains("disk full") || text.contains("not enough space")) {
            return new StorageException(failed + ": " + reason + "; free space on that file system", cause);
        }
        if (text.contains("quota")) {
            return new StorageException(failed + ": " + reason + "; raise the disk quota or free space", cause);
        }
        if (text.contains("read-only")) {
            return new StorageException(
                    failed + ": " + reason + "; mount that file system writable or choose another place", cause);
        }
        if (text.contains("not a directory")) {
            return new StorageException(
                    failed + ": " + reason + "; there is a file where a directory is needed: move it away or choose"
                            + " another place",
                    cause);
        }
        if (text.contains("too many open files")) {
            return new TransientStorageException(
                    failed + ": " + reason + "; raise the limit of open files (ulimit -n)", cause);
        }
        if (text.contains("stale") || text.contains("timed out") || text.contains("temporarily unavailable")) {
            return new TransientStorageException(failed + ": " + reason, cause);
        }
        return new StorageException(failed + ": " + reason, cause);
    }

    static boolean isInterrupt(IOException e) {
        return e instanceof ClosedByInterruptException
                || e instanceof FileLockInterruptionException
                || e instanceof InterruptedIOException;
    }

    private static String file(IOException e) {
        String file = e instanceof FileSystemException f ? f.getFile() : null;
        return file == null ? "a file" : file;
    }

    private static String reason(IOException e) {
        if (e instanceof FileSystemException f) {
            String reason = f.getReason();
            return (reason == null ? f.getClass().getSimpleName() : reason) + " (" + file(f) + ")";
        }
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }
}
