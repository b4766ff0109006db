package dev.runnel.engine;

import java.time.Duration;

/**
 * Who runs checkpoints beside the application.
 *
 * @param mode when Runnel does
 * @param interval in mode {@link Mode#ALWAYS}: how long a frame stays in the WAL at most; zero for as long as may be
 * @param minPages in mode {@link Mode#ALWAYS}: so many pages in the WAL are enough; positive
 * @param checkpointer runs them
 */
public record Checkpointing(Mode mode, Duration interval, int minPages, Checkpointer checkpointer) {

    /** As Litestream. */
    public static final Duration DEFAULT_INTERVAL = Duration.ofMinutes(1);
    /** As Litestream, and as SQLite's own automatic checkpoints. */
    public static final int DEFAULT_MIN_PAGES = 1000;
    /** None. */
    public static final Checkpointing OFF =
            new Checkpointing(Mode.OFF, DEFAULT_INTERVAL, DEFAULT_MIN_PAGES, Checkpointer.NONE);

    public Checkpointing {
        if (minPages < 1) {
            throw new IllegalArgumentException("pages before a checkpoint must be positive: " + minPages);
        }
    }

    /** When Runnel runs checkpoints. */
    public enum Mode {
        /** While the application has obviously turned its own off. */
        AUTO,
        /** Never. */
        OFF,
        /** At intervals, and whenever the WAL has a certain length. */
        ALWAYS
    }
}
