package dev.runnel.archive;

import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Transactions are missing between the files of a replica: what follows the gap cannot be restored until a later snapshot
 * stands in for them.
 */
public final class BrokenChainException extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient TxRange missing;

    public BrokenChainException(String message, TxRange missing) {
        super(message);
        this.missing = missing;
    }

    /** The gap of {@code missing} in {@code replica}, the state before it being {@code reachable} (null if none is). */
    public static BrokenChainException gap(String replica, TxRange missing, @Nullable TxId reachable) {
        String what = missing.min().equals(missing.max())
                ? "transaction " + missing.min() + " is"
                : "transactions " + missing.min() + " to " + missing.max() + " are";
        String consequence = reachable == null
                ? "so nothing that builds on them can be restored; put the missing files back"
                : "so nothing that builds on them can be restored; restore the state before the gap with -txid "
                        + reachable + ", or put the missing files back";
        return new BrokenChainException(replica + ": " + what + " missing, " + consequence, missing);
    }

    /** The missing transactions. */
    public TxRange missing() {
        return missing;
    }
}
