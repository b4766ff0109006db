package dev.runnel.wal;

/** Which frame holds the newest image of a page in one WAL. Not thread-safe. */
public final class FrameIndex {

    private static final int INITIAL_CAPACITY = 32;

    /** Pairs of page number and frame number; a page number of 0 marks a free pair. */
    private int[] table = new int[INITIAL_CAPACITY];

    private int size;

    /** Records that frame {@code frameNumber} is the newest one of page {@code pageNumber}; both are 1 or more. */
    public void put(int pageNumber, int frameNumber) {
        int slot = slotOf(pageNumber);
        if (table[slot] == 0) {
            table[slot] = pageNumber;
            size++;
        }
        table[slot + 1] = frameNumber;
        if (size > table.length / 4) {
            grow();
        }
    }

    /** The newest frame of a page, or 0 when the WAL has none. */
    public int frameOf(int pageNumber) {
        int slot = slotOf(pageNumber);
        return table[slot] == 0 ? 0 : table[slot + 1];
    }

    /** Number of distinct pages. */
    public int size() {
        return size;
    }

    /** Forgets everything. */
    public void clear() {
        if (size > 0) {
            table = new int[INITIAL_CAPACITY];
            size = 0;
        }
    }

    private int slotOf(int pageNumber) {
        int mask = table.length / 2 - 1;
        int pair = (pageNumber * 0x9E3779B1) >>> 7 & mask;
        while (table[2 * pair] != 0 && table[2 * pair] != pageNumber) {
            pair = (pair + 1) & mask;
        }
        return 2 * pair;
    }

    private void grow() {
        int[] old = table;
        table = new int[Math.multiplyExact(old.length, 2)];
        for (int at = 0; at < old.length; at += 2) {
            if (old[at] != 0) {
                int slot = slotOf(old[at]);
                table[slot] = old[at];
                table[slot + 1] = old[at + 1];
            }
        }
    }
}
