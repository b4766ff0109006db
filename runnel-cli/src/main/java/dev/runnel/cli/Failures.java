package dev.runnel.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** Puts failures into words for a user. */
final class Failures {

    private static final int MAX_CAUSES = 20;

    private Failures() {}

    /**
     * One line for a failure. Input and output fail for reasons that their message tells; anything else is a defect of
     * Runnel, of which the details go into a file that the line names.
     */
    static String describe(Throwable failure) {
        if (failure instanceof UncheckedIOException unchecked && unchecked.getCause() != null) {
            return describe(unchecked.getCause());
        }
        if (failure instanceof FileSystemException file) {
            return describeFile(file);
        }
        if (failure instanceof IOException && failure.getMessage() != null) {
            return failure.getMessage();
        }
        if (failure instanceof OutOfMemoryError) {
            return "out of memory: give the process more with RUNNEL_JAVA_OPTS=-Xmx512m (" + failure.getMessage() + ")";
        }
        if (isOutOfFiles(failure)) {
            return "too many open files: raise the limit (`ulimit -n`, LimitNOFILE= of systemd, `ulimits` of Compose)";
        }
        return "unexpected failure, a defect of Runnel: " + failure + save(failure);
    }

    /** The JVM may find no descriptor where nobody expects it to open a file, such as in initializers of its own classes. */
    private static boolean isOutOfFiles(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            if (cause instanceof IOException
                    && String.valueOf(cause.getMessage()).contains("Too many open files")) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static String describeFile(FileSystemException failure) {
        String file = String.valueOf(failure.getFile());
        if (failure.getReason() != null) {
            return file + ": " + failure.getReason();
        }
        if (failure instanceof NoSuchFileException) {
            return file + ": no such file or directory";
        }
        if (failure instanceof AccessDeniedException) {
            return file + ": permission denied";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return file + ": file exists";
        }
        if (failure instanceof NotDirectoryException) {
            return file + ": not a directory";
        }
        if (failure instanceof DirectoryNotEmptyException) {
            return file + ": directory not empty";
        }
        return file + ": " + failure.getClass().getSimpleName();
    }

    private static String save(Throwable failure) {
        try {
            StringWriter details = new StringWriter();
            failure.printStackTrace(new PrintWriter(details));
            Path file = Files.createTempFile("runnel-failure-", ".txt");
            Files.writeString(file, details.toString());
            return " (details in " + file + ")";
        } catch (IOException e) {
            StackTraceElement[] stack = failure.getStackTrace();
            return (stack.length == 0 ? "" : " at " + stack[0]) + " (details could not be saved: " + e + ")";
        }
    }
}
