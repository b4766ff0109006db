package dev.runnel.model;

import java.util.Arrays;

/** Growable set of page numbers, 4 to 8 bytes each. Not thread-safe. */
public final class PageSet {

    private static final int INITIAL_CAPACITY = 16;

    private int[] table = new int[INITIAL_CAPACITY];
    private int size;

    /**
     * Adds a page.
     *
     * @param pageNumber 1 or more
     * @return whether it was not there before
     */
    public boolean add(int pageNumber) {
        if (pageNumber < 1) {
            throw new IllegalArgumentException("page number must be positive: " + pageNumber);
        }
        int slot = slotOf(pageNumber);
        if (table[slot] == pageNumber) {
            return false;
        }
        table[slot] = pageNumber;
        size++;
        if (size > table.length / 2) {
            grow();
        }
        return true;
    }

    /** Adds every page from {@code first} to {@code last}, both inclusive. */
    public void addRange(int first, int last) {
        for (int page = first; page <= last; page++) {
            add(page);
        }
    }

    /** Adds every page of another set. */
    public void addAll(PageSet other) {
        for (int page : other.table) {
            if (page != 0) {
                add(page);
            }
        }
    }

    /** Whether the page is in the set. */
    public boolean contains(int pageNumber) {
        return pageNumber > 0 && table[slotOf(pageNumber)] == pageNumber;
    }

    /** Number of pages. */
    public int size() {
        return size;
    }

    /** Whether there are none. */
    public boolean isEmpty() {
        return size == 0;
    }

    /** Removes all pages and gives back the memory. */
    public void clear() {
        if (size > 0) {
            table = new int[INITIAL_CAPACITY];
            size = 0;
        }
    }

    /** The pages in ascending order; the caller owns the array. */
    public int[] sorted() {
        int[] pages = new int[size];
        int at = 0;
        for (int page : table) {
            if (page != 0) {
                pages[at++] = page;
            }
        }
        Arrays.sort(pages);
        return pages;
    }

    private int slotOf(int pageNumber) {
        int mask = table.length - 1;
        int slot = (pageNumber * 0x9E3779B1) >>> 7 & mask;
        while (table[slot] != 0 && table[slot] != pageNumber) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        int[] old = table;
        table = new int[Math.multiplyExact(old.length, 2)];
        for (int page : old) {
            if (page != 0) {
                table[slotOf(page)] = page;
            }
        }
    }
}
