package dev.runnel.restore;

import dev.runnel.model.TxId;
import org.jspecify.annotations.Nullable;

/** The transaction that was asked for is no state the replica can give: absent, or inside a compacted file. */
public final class TransactionNotAvailableException extends RestoreException {

    private static final long serialVersionUID = 1L;

    private final transient @Nullable TxId below;
    private final transient @Nullable TxId above;

    TransactionNotAvailableException(String replica, TxId asked, @Nullable TxId below, @Nullable TxId above) {
        super(replica + ": transaction " + asked + " not available; " + nearest(below, above));
        this.below = below;
        this.above = above;
    }

    private static String nearest(@Nullable TxId below, @Nullable TxId above) {
        if (below == null) {
            return above == null ? "no transaction can be restored" : "the earliest that can be restored is " + above;
        }
        return above == null
                ? "the newest that can be restored is " + below
                : "the nearest that can be restored are " + below + " and " + above;
    }

    /** The nearest earlier transaction that can be restored, or null. */
    public @Nullable TxId below() {
        return below;
    }

    /** The nearest later transaction that can be restored, or null. */
    public @Nullable TxId above() {
        return above;
    }
}
