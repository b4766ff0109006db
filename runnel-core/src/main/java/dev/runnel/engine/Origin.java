package dev.runnel.engine;

import dev.runnel.capture.History;
import dev.runnel.capture.PageOne;
import dev.runnel.model.TxId;
import org.jspecify.annotations.Nullable;

/**
 * A history and where it was learned from.
 *
 * @param history what to build on
 * @param replica the place of the most advanced replica, for messages; null where none answers
 * @param local whether local state told; else the replica
 * @param localTxId newest transaction of local state, believed or not; null for none
 * @param file identity of the file that local state was kept for; null where that is not known
 * @param pageOne page 1 of the history's database, or an earlier one; null where it is not known
 */
record Origin(
        History history,
        @Nullable String replica,
        boolean local,
        @Nullable TxId localTxId,
        @Nullable String file,
        @Nullable PageOne pageOne) {

    /** The same history, to be continued by a file of which nothing is known. */
    Origin forAnotherFile() {
        return new Origin(history, replica, local, localTxId, null, pageOne);
    }
}
