package dev.runnel.capture;

import dev.runnel.capture.PageImages.Place;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A read of many pages, too long for one hold of the locks: it goes in chunks, and what changed after it was read is read
 * again, in the end by the cut that closes it. Source: design.md, section 2, "Long reads are fuzzy, cuts are exact".
 */
final class LongRead implements Closeable {

    /** With so many pages left to read from the database file, the closing cut holds slot 0 for a few milliseconds. */
    static final int CLOSING_PAGES = 1024;
    /** An application that changes pages faster than they are read must not keep the read from its end. */
    private static final int MAX_PASSES = 6;

    private final Purpose purpose;
    private final PageTaker taker;
    private final FrameSpool spool;
    private final ChangeSet changes;
    private final @Nullable PageMap known;
    private final @Nullable Survey survey;
    private int @Nullable [] listed;
    private int next;
    private int end;
    private int passes;

    /** What the pages are for. */
    enum Purpose {
        /** A cut of many pages. */
        CUT,
        /** A page diff: only pages that differ from the map are kept. */
        RECONCILE,
        /** All pages, as the base of a restore. */
        SNAPSHOT
    }

    /**
     * @param pageCount size of the database in pages now
     * @param known pages equal to these are left out; null to keep all
     * @param survey comes before anything is spooled; null for none
     */
    LongRead(
            Purpose purpose,
            PageTaker taker,
            FrameSpool spool,
            int pageCount,
            @Nullable PageMap known,
            @Nullable Survey survey) {
        this.purpose = purpose;
        this.taker = taker;
        this.spool = spool;
        this.changes = new ChangeSet(pageCount);
        this.known = known;
        this.survey = survey;
        this.end = pageCount;
    }

    /** Restricts the first pass, which otherwise reads all pages, to some. */
    LongRead of(int[] pages) {
        listed = pages;
        end = pages.length;
        return this;
    }

    Purpose purpose() {
        return purpose;
    }

    /** Must be told of every change from the beginning on. */
    ChangeSet changes() {
        return changes;
    }

    FrameSpool spool() {
        return spool;
    }

    /** Whether to stop, asked between pages. When it says so, or throws, the read may have been closed. */
    interface Enough {
        boolean reached() throws IOException;
    }

    /** Reads pages until {@code enough} or the pass is done. One of the locks is held, and a look was just taken. */
    void readChunk(Enough enough) throws IOException {
        int[] pages = listed;
        while (next < end) {
            int pageNumber = pages == null ? next + 1 : pages[next];
            next++;
            if (pageNumber != taker.pageSize().lockPage()) {
                read(pageNumber);
            }
            if (mustAsk() || ((next & 15) == 0 && enough.reached())) {
                return;
            }
        }
    }

    private void read(int pageNumber) throws IOException {
        if (survey != null && survey.isOpen()) {
            survey.compare(pageNumber, taker);
        } else {
            taker.take(pageNumber, spool, known);
        }
    }

    /** Whether the guard of the history is to be asked before more is read. */
    boolean mustAsk() {
        return survey != null && survey.isOpen() && (survey.isDue() || passDone());
    }

    /** The image of page 1 as of the look just taken. */
    byte[] pageOne() throws IOException {
        return taker.pageOne();
    }

    /** Asks the guard; what was compared and differs is read again in the next pass, once it lets the database pass. */
    void ask(ReconcileGuard guard, byte[] pageOne, int pageCount) throws IOException {
        if (survey != null) {
            survey.ask(guard, pageOne, pageCount, changes);
            if (passDone()) {
                survey.end(changes); // it has grown meanwhile; the guard is asked again when all is compared
            }
        }
    }

    /**
     * Reads what is left in one place, exactly as of the look just taken. The gate is held, and slot 0 for the database
     * file.
     */
    void finish(int pageCount, Place place) throws IOException {
        taker.take(left(pageCount), place, spool, known);
    }

    private int[] left(int pageCount) {
        return changes.changed(pageCount, taker.pageSize().lockPage());
    }

    /** Whether the pass is done. */
    boolean passDone() {
        return next >= end;
    }

    /**
     * Whether the closing cut may come: little is left to read; or as much as before, so that another pass would gain
     * nothing, but it is in the WAL, where no checkpoint has to wait for us.
     */
    boolean readyToClose(int pageCount) {
        if (!passDone()) {
            return false;
        }
        int[] left = left(pageCount);
        return passes >= MAX_PASSES
                || left.length <= CLOSING_PAGES
                || (left.length > end / 2 && taker.countInDatabase(left) <= CLOSING_PAGES);
    }

    /** Begins another pass, over what changed during the last one. */
    void nextPass(int pageCount) {
        int[] pages = left(pageCount);
        listed = pages;
        next = 0;
        end = pages.length;
        passes++;
        changes.restart(pageCount);
    }

    @Override
    public void close() throws IOException {
        spool.close();
    }
}
