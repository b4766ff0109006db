package dev.runnel.restore;

import dev.runnel.model.PageSize;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Where the pages of an image go. */
interface PageSink {

    /**
     * Told of the size of the image before the first page comes; again if another plan is made.
     *
     * @throws IOException if that is too much
     */
    default void expect(PageSize pageSize, int pages) throws IOException {}

    /** What a sink that outlives the process has of an earlier attempt; null for one that does not. */
    default @Nullable KeptParts kept() {
        return null;
    }

    /** A writer for one thread. */
    Writer writer(PageSize pageSize);

    /** Takes pages from one thread. */
    interface Writer {

        /** Takes a page; {@code page} is reused by the caller. */
        void page(int pgno, byte[] page, long checksum) throws IOException;

        /** Passes on what it still holds. */
        void flush() throws IOException;
    }

    /** Parts that are there already. Thread-safe. */
    interface KeptParts {

        /** What came out of a segment, if its pages are there and read as they were when they were written; else null. */
        Segment.@Nullable Result find(ChainImage image, Segment segment) throws IOException;

        /** Notes a segment whose pages have been written and flushed. */
        void add(ChainImage image, Segment segment, Segment.Result result) throws IOException;

        /** Forgets all of them. */
        void reset() throws IOException;
    }
}
