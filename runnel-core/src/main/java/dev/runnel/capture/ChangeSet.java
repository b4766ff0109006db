package dev.runnel.capture;

import dev.runnel.model.PageSet;

/**
 * What changed since some moment: the pages of frames, and how small the database was in between. A page beyond that
 * size was dropped, and is another page when the database has grown again, with a frame or without.
 */
final class ChangeSet {

    private final PageSet pages = new PageSet();
    private int smallest;

    /**
     * @param pageCount size of the database in pages at that moment
     */
    ChangeSet(int pageCount) {
        smallest = pageCount;
    }

    void page(int pageNumber) {
        pages.add(pageNumber);
    }

    void commit(int pageCount) {
        smallest = Math.min(smallest, pageCount);
    }

    /** Whether anything changed, given the size at the start and now. */
    boolean isEmpty(int pageCountThen, int pageCountNow) {
        return pages.isEmpty() && smallest == pageCountThen && pageCountNow == pageCountThen;
    }

    /** Pages with frames, a lower bound of what changed. */
    int size() {
        return pages.size();
    }

    /** All pages that may differ in a database of {@code pageCount} pages, in ascending order, bar the lock page. */
    int[] changed(int pageCount, int lockPage) {
        PageSet all = new PageSet();
        all.addAll(pages);
        all.addRange(smallest + 1, pageCount);
        int[] sorted = all.sorted();
        int kept = 0;
        for (int page : sorted) {
            if (page <= pageCount && page != lockPage) {
                sorted[kept++] = page;
            }
        }
        return java.util.Arrays.copyOf(sorted, kept);
    }

    /** Starts over. */
    void restart(int pageCount) {
        pages.clear();
        smallest = pageCount;
    }
}
