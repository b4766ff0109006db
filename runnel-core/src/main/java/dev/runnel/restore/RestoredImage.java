package dev.runnel.restore;

import dev.runnel.archive.LtxFile;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;
import java.time.Instant;
import java.util.List;

/**
 * A database as it was read from a replica, all of it verified.
 *
 * @param plan the files it came from
 * @param lastHeader header of the last of them
 * @param databaseChecksum checksum of all pages, bit 63 set
 * @param proof whether that is the checksum its writer recorded
 * @param bytesRead bytes read from the store
 * @param damaged files that turned out to be damaged, and were replaced by others that carry the same transactions;
 *     empty in a healthy replica
 */
public record RestoredImage(
        RestorePlan plan,
        LtxHeader lastHeader,
        long databaseChecksum,
        ProofStatus proof,
        long bytesRead,
        List<LtxFile> damaged) {

    public RestoredImage {
        damaged = List.copyOf(damaged);
    }

    /** The transaction it stands at. */
    public TxId txId() {
        return plan.txId();
    }

    /** When that transaction was captured. */
    public Instant timestamp() {
        return lastHeader.timestamp();
    }

    /** Page size of the database. */
    public PageSize pageSize() {
        return lastHeader.pageSize();
    }

    /** Size of the database in pages. */
    public int pages() {
        return lastHeader.commit();
    }

    /** Number of files it came from. */
    public int files() {
        return plan.files().size();
    }
}
