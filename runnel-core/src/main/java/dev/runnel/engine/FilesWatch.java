package dev.runnel.engine;

import dev.runnel.model.TimeSource;
import dev.runnel.source.AttachedDatabase;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Looks now and then whether what is attached is still the database. Confined to the task that captures, but for
 * {@link #touched} and {@link #unwatched}.
 */
final class FilesWatch {

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    /**
     * So that the database is not read all the time where a file system tells of writes that there were not: a reading rests
     * for so many times what the last one took.
     */
    private static final int REST = 50;

    private static final Duration SHORTEST_REST = Duration.ofSeconds(10);
    private static final Duration LONGEST_REST = Duration.ofMinutes(10);

    private final TimeSource time;
    private final Deadline next;
    private final Deadline nextOverwritten;
    private final Deadline nextOnDemand;
    /** When the reading began that is under way, by the clock that only goes on; null for none. */
    private @Nullable Long reading;

    private volatile boolean demanded;
    private volatile boolean touched;
    private volatile boolean unwatched;

    FilesWatch(TimeSource time) {
        this.time = time;
        next = new Deadline(time);
        nextOverwritten = new Deadline(time);
        nextOnDemand = new Deadline(time);
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

    /** Somebody waits for all that was written until now: what was overwritten is read as soon as can be. */
    void demand() {
        demanded = true;
    }

    /** All is read that is in the file. */
    void read() {
        Long begun = reading;
        if (begun != null) {
            reading = null;
            Duration rest = Duration.ofNanos(time.nanoTime() - begun).multipliedBy(REST);
            nextOnDemand.set(min(rest, LONGEST_REST));
            nextOverwritten.set(min(rest.plus(SHORTEST_REST), LONGEST_REST));
        }
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
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
        boolean due = nextOverwritten.hasPassed() || (demanded && nextOnDemand.hasPassed());
        demanded = false;
        boolean overwritten = database.isOverwritten() && due;
        if (overwritten) {
            reading = time.nanoTime();
            nextOnDemand.set(LONGEST_REST);
            nextOverwritten.set(LONGEST_REST);
        }
        return overwritten;
    }
}
