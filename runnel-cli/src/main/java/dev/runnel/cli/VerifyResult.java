package dev.runnel.cli;

import dev.runnel.verify.Receipt;
import org.jspecify.annotations.Nullable;

/**
 * What came of the verification of a replica.
 *
 * @param choice the replica
 * @param receipt what was found; null if it could not be read
 * @param problem why it could not be read, or the receipt not be stored; null if all went well
 */
public record VerifyResult(
        ReplicaChoice choice,
        @Nullable Receipt receipt,
        @Nullable String problem) {

    /** Whether the replica was proved to restore, and everything else was done. */
    public boolean isGood() {
        return receipt != null && receipt.outcome().isGood() && problem == null;
    }
}
