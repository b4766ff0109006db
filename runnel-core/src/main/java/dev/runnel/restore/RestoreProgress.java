package dev.runnel.restore;

/** Told how far a restore is. Called from several threads at once; must be quick. */
@FunctionalInterface
public interface RestoreProgress {

    /** Nobody listens. */
    RestoreProgress NONE = (done, total) -> {};

    /**
     * Some bytes were read and verified. Both figures may change when a new plan is made.
     *
     * @param doneBytes bytes of the plan's files so far; not monotonic between threads
     * @param totalBytes bytes of all files of the plan
     */
    void progress(long doneBytes, long totalBytes);
}
