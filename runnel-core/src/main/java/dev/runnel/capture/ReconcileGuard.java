package dev.runnel.capture;

import java.io.IOException;

/** Asked whether what a page diff finds may become the next transaction of a history. */
public interface ReconcileGuard {

    /** Lets everything pass. */
    ReconcileGuard NONE = new ReconcileGuard() {
        @Override
        public boolean foresees(Divergence soFar) {
            return true;
        }

        @Override
        public void check(Divergence found) {}
    };

    /**
     * Asked while pages are still to be compared, and nothing is kept of those that were, so that a database with which
     * the history does not go on costs no disk space and no longer a read than it must. Must not block.
     *
     * @param soFar what is known; {@link Divergence#unread} pages may turn out either way
     * @return whether {@link #check} will let it pass, however they turn out; false where that depends on them
     * @throws IOException if it will not, however they turn out
     */
    boolean foresees(Divergence soFar) throws IOException;

    /**
     * Decides whether the history goes on with this database. Must not block.
     *
     * @param found the complete diff
     * @throws IOException if it does not: nothing is written, and the diff stays to be made
     */
    void check(Divergence found) throws IOException;
}
