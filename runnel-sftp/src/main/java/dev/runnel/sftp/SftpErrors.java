package dev.runnel.sftp;

import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.io.InterruptedIOException;

/** Turns what went wrong on a server into the vocabulary of the storage port, with a remedy. */
final class SftpErrors {

    private SftpErrors() {}

    /** @param failed what did not work, e.g. "cannot write object x in sftp://host/backup" */
    static StorageException map(String failed, IOException cause) {
        if (cause instanceof StorageException e) {
            return e;
        }
        if (cause instanceof InterruptedIOException || cause instanceof ConnectionLostException) {
            return new TransientStorageException(failed + ": " + cause.getMessage(), cause);
        }
        if (cause instanceof SftpStatusException refusal) {
            return map(failed, refusal);
        }
        return new StorageException(failed + ": " + cause.getMessage(), cause);
    }

    private static StorageException map(String failed, SftpStatusException refusal) {
        String text = failed + ": " + refusal.getMessage();
        return switch (refusal.code()) {
            case SftpStatusException.NO_SUCH_FILE ->
                new TransientStorageException(
                        text + ", though it was there before; is another process removing files there?", refusal);
            case SftpStatusException.PERMISSION_DENIED ->
                new StorageException(
                        text + "; give the user that logs in read and write access to that directory on the server"
                                + " (`path` begins at the root of what that user sees)",
                        refusal);
            case SftpStatusException.NO_SPACE ->
                new StorageException(text + "; free space on that file system of the server", refusal);
            case SftpStatusException.QUOTA_EXCEEDED ->
                new StorageException(text + "; raise the quota of that user on the server or free space", refusal);
            case SftpStatusException.FAILURE ->
                new StorageException(
                        text + ", which is all that SFTP tells of it; look at space, quota and read-only mounts on the"
                                + " server, and into the log of its SSH daemon",
                        refusal);
            default -> new StorageException(text, refusal);
        };
    }
}
