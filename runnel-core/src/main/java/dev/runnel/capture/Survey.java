package dev.runnel.capture;

import dev.runnel.model.PageSize;
import java.io.IOException;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a page diff: pages are compared, and nothing is kept of them but which differ, until the guard foresees
 * whether the history goes on with this database. Confined to the capture's task.
 */
final class Survey {

    /** So many pages are compared between two questions: some milliseconds of work. */
    private static final int PAGES_AT_A_TIME = 1024;

    private final @Nullable PageMap known;
    private final int knownPages;
    private final BitSet differing = new BitSet();
    private int compared;
    private int dueAt;
    private boolean open = true;

    /**
     * @param known the map of the history, if it is of a database with the same page size
     * @param knownPages size in pages of the history's database
     */
    Survey(@Nullable PageMap known, int knownPages) {
        this.known = known;
        this.knownPages = knownPages;
    }

    /** Whether the guard has not foreseen yet that it lets the database pass. */
    boolean isOpen() {
        return open;
    }

    /** Whether enough was compared to ask again. */
    boolean isDue() {
        return open && compared >= dueAt;
    }

    /** Compares a page; they come in ascending order. */
    void compare(int pageNumber, PageTaker taker) throws IOException {
        compared = pageNumber;
        if (known == null || taker.differs(pageNumber, known)) {
            differing.set(pageNumber);
        }
    }

    /**
     * Asks.
     *
     * @param pageOne exact image of page 1 as of the last look
     * @param pageCount size of the database in pages as of the last look
     * @param changes where pages are noted that differ, once the guard lets the database pass
     * @throws IOException if it does not
     */
    void ask(ReconcileGuard guard, byte[] pageOne, int pageCount, ChangeSet changes) throws IOException {
        dueAt = compared + PAGES_AT_A_TIME;
        int both = known == null ? 0 : Math.min(knownPages, pageCount);
        int read = Math.min(compared, both);
        int same = read - differing.get(0, both + 1).cardinality();
        Divergence soFar =
                new Divergence(knownPages, pageCount, same, both - read, pageOne.length, PageOne.of(pageOne));
        if (guard.foresees(soFar)) {
            end(changes);
        }
    }

    /** From now on pages are kept; those that differ are noted as changed. */
    void end(ChangeSet changes) {
        open = false;
        differing.stream().forEach(changes::page);
        differing.clear();
    }

    /** Whether there is anything to ask about: what a guard may refuse is a database that a history exists of. */
    static @Nullable Survey of(CutWriter writer, PageSize pageSize) {
        PageMap map = writer.map();
        return map == null || writer.txId() == null ? null : new Survey(writer.mapFor(pageSize), map.pageCount());
    }
}
