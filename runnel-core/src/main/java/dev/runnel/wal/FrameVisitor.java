package dev.runnel.wal;

/** Receives the frames of a WAL in order, each verified. */
@FunctionalInterface
public interface FrameVisitor {

    /**
     * One frame.
     *
     * @param frameNumber 1 for the first
     * @param pageNumber its page, 1 or more
     * @param commitSize size of the database in pages if this frame ends a transaction, else 0
     */
    void frame(int frameNumber, int pageNumber, int commitSize);
}
