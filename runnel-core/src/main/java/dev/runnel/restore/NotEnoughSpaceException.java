package dev.runnel.restore;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/** The file system of the target has no room for the database. Nothing is left of it there. */
public final class NotEnoughSpaceException extends RestoreException {

    private static final long serialVersionUID = 1L;

    private NotEnoughSpaceException(String message) {
        super(message);
    }

    /**
     * Requires room for a database.
     *
     * @param target where it is to be
     * @param needed its size in bytes
     * @param present bytes of it that are there already, from an earlier attempt
     * @param usable bytes that the file system still takes
     * @throws NotEnoughSpaceException if it does not fit
     */
    static void require(Path target, long needed, long present, long usable) throws NotEnoughSpaceException {
        if (needed - present > usable) {
            throw new NotEnoughSpaceException(target + ": the database takes " + needed
                    + " bytes, of which " + present + " are there, and its disk has room for only " + usable
                    + " more; free some, or restore to another disk with -o");
        }
    }

    /**
     * Says of a failed write what to do where the disk has filled up; gives any other failure as it is.
     *
     * @param target what is to be restored
     */
    static IOException orOther(Path target, IOException failure) {
        return orOther(
                target,
                failure,
                "what was written is removed again; free some space and restore again, or restore to another disk with -o");
    }

    /**
     * Says of a failed write what to do where the disk has filled up; gives any other failure as it is.
     *
     * @param target what was written
     * @param remedy what became of it, and what to do
     */
    public static IOException orOther(Path target, IOException failure, String remedy) {
        String told = failure instanceof FileSystemException file ? file.getReason() : failure.getMessage();
        String reason = told == null ? "" : told;
        String lower = reason.toLowerCase(Locale.ROOT);
        boolean full = Stream.of("no space left", "disk full", "disk is full", "not enough space", "quota")
                .anyMatch(lower::contains);
        boolean tooLong = lower.contains("file too large");
        if (!(full || tooLong) || failure instanceof NotEnoughSpaceException) {
            return failure;
        }
        String what = tooLong
                ? ": its file system, or a limit of this process (ulimit -f), takes no file of that length ("
                : ": its disk is full (";
        NotEnoughSpaceException described = new NotEnoughSpaceException(target + what + reason + "); " + remedy);
        described.initCause(failure);
        return described;
    }
}
