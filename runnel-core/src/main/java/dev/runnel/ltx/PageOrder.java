package dev.runnel.ltx;

import org.jspecify.annotations.Nullable;

/** Which page numbers may follow which in one file: the one place that knows, for writing and for reading. */
final class PageOrder {

    private final int commit;
    private final int lockPage;
    private final int lastPage;
    private final boolean snapshot;
    private int previous;

    PageOrder(LtxHeader header) {
        this.commit = header.commit();
        this.lockPage = header.pageSize().lockPage();
        this.lastPage = header.lastPage();
        this.snapshot = header.isSnapshot();
    }

    /** Takes note of the next page; if it must not stand here, it does not and returns what was expected instead. */
    @Nullable
    String accept(int pgno) {
        if (pgno == lockPage) {
            return "no frame for the lock page " + lockPage;
        }
        if (pgno < 1 || pgno > commit) {
            return "a page number from 1 to " + commit + ", the size of the database";
        }
        if (snapshot) {
            int next = previous + 1 == lockPage ? lockPage + 1 : previous + 1;
            if (pgno != next) {
                return "page " + next + ", the next page of a snapshot";
            }
        } else if (pgno <= previous) {
            return "a page number greater than that of the page before, " + previous;
        }
        previous = pgno;
        return null;
    }

    /** What is missing if no page follows; null if nothing is. */
    @Nullable
    String missing() {
        return snapshot && previous != lastPage ? "the pages of a snapshot up to " + lastPage : null;
    }

    /** The last page that was accepted; 0 if there was none. */
    int previous() {
        return previous;
    }
}
