package dev.runnel.engine;

import dev.runnel.model.TimeSource;
import dev.runnel.source.AttachedDatabase;
import java.io.IOException;
import java.time.Duration;

/**
 * Looks now and then whether what is attached is still the database. Confined to the task that captures, but for
 * {@link #touched} and {@link #unwatched}.
 */
final class FilesWatch {

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    /** So that the database is not read all the time where a file system tells of writes that there were not. */
    private static final Duration OVERWRITTEN_INTERVAL = Duration.ofMinutes(10);

    private final Deadline next;
    private final Deadline nextOverwritten;
    private volatile boolean touched;
    private volatile boolean unwatched;

    FilesWatch(TimeSource time) {
        next = new Deadline(time);
        nextOverwritten = new Deadline(time);
    }

    /** What a look found. */
    enum Finding {
        /** All is as it was. */
        GOOD,
        /** The files of the WAL are others. */
        INDEX_OTHER,
        /** Another file is in the place of the database, or none. */
        DATABASE_OTHER,
        /** Something else than SQLite wrote to the database file: what it holds is not known. */
        DATABASE_OVERWRITTEN
    }

    /** A file event came: the next look is due. */
    void touched() {
        touched = true;
    }

    /** File events may have been missed: a look is due if the last one is not of just now. */
    void unwatched() {
        unwatched = true;
    }

    /** Whether it is, for that reason. */
    boolean isDueAfterGap() {
        boolean due = unwatched && isDue();
        unwatched &= !due;
        return due;
    }

    /** The database was just attached. */
    void begin() {
        next.set(INTERVAL);
    }

    boolean isDue() {
        return touched || next.hasPassed();
    }

    /** Looks. */
    Finding look(AttachedDatabase database) throws IOException {
        touched = false;
        next.set(INTERVAL);
        AttachedDatabase.Standing standing = database.standing();
        return switch (standing) {
            case GOOD -> isOverwritten(database) ? Finding.DATABASE_OVERWRITTEN : Finding.GOOD;
            case DATABASE_GONE, DATABASE_REPLACED -> Finding.DATABASE_OTHER;
            case INDEX_APPEARED -> Finding.INDEX_OTHER; // whoever made it may have written by now
            case INDEX_REPLACED -> isOverwritten(database) ? Finding.DATABASE_OVERWRITTEN : Finding.INDEX_OTHER;
        };
    }

    private boolean isOverwritten(AttachedDatabase database) throws IOException {
        if (database.fileSize() == 0) {
            return true; // by nothing that SQLite does, and there is nothing to read
        }
        boolean overwritten = database.isOverwritten() && nextOverwritten.hasPassed();
        if (overwritten) {
            nextOverwritten.set(OVERWRITTEN_INTERVAL);
        }
        return overwritten;
    }
}
