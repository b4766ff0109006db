package dev.runnel.verify;

import dev.runnel.ltx.Proof;
import dev.runnel.model.TxId;
import java.io.IOException;

/** What the source knows of its own history, to compare a replica with. */
@FunctionalInterface
public interface LocalChecksum {

    /** Knows nothing. */
    LocalChecksum NONE = txId -> Proof.UNKNOWN;

    /** Checksum of the database as of a transaction; {@link Proof#UNKNOWN} if it is not known any more. */
    long at(TxId txId) throws IOException;
}
