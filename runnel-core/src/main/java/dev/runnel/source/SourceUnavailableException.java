package dev.runnel.source;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A database cannot be attached to. The message names the file and the remedy. */
public final class SourceUnavailableException extends IOException {

    private static final long serialVersionUID = 1L;

    private final Reason reason;

    public SourceUnavailableException(Reason reason, String message) {
        this(reason, message, null);
    }

    public SourceUnavailableException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }

    /** What keeps a database from being attached to. */
    public enum Reason {
        /** There is no file. Wait for it. */
        ABSENT,
        /** The file has no bytes: nothing has been written to the database yet. Wait for it. */
        EMPTY,
        /** The file does not start as a SQLite database does; perhaps it is encrypted. */
        NOT_A_DATABASE,
        /** The database uses a rollback journal. */
        NOT_WAL,
        /** Another process keeps everybody out, for a moment or with {@code locking_mode=EXCLUSIVE}. */
        EXCLUSIVE,
        /** The file may not be read. */
        FORBIDDEN,
        /** The file system has no POSIX record locks. */
        NO_LOCKS,
        /** This process is attached to the same file already, perhaps by another name. */
        ATTACHED_ALREADY;

        /** Whether the condition ends without anybody's help in the normal course of events. */
        public boolean isPassing() {
            return this == ABSENT || this == EMPTY || this == EXCLUSIVE;
        }
    }
}
