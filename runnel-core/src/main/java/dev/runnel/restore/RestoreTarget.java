package dev.runnel.restore;

import dev.runnel.model.TxId;
import java.time.Instant;

/** Which state of the database a restore gives. */
public sealed interface RestoreTarget {

    /** The newest state that the replica holds. */
    static RestoreTarget newest() {
        return new Newest();
    }

    /** The state as of exactly this transaction. */
    static RestoreTarget at(TxId txId) {
        return new AtTxId(txId);
    }

    /** The state of all files whose timestamp lies before {@code instant}, which is itself excluded. */
    static RestoreTarget before(Instant instant) {
        return new Before(instant);
    }

    /** See {@link RestoreTarget#newest()}. */
    record Newest() implements RestoreTarget {}

    /** See {@link RestoreTarget#at}. */
    record AtTxId(TxId txId) implements RestoreTarget {}

    /** See {@link RestoreTarget#before}. */
    record Before(Instant instant) implements RestoreTarget {}
}
