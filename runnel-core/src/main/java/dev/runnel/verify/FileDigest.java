package dev.runnel.verify;

import dev.runnel.archive.LtxFile;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.Proof;
import dev.runnel.model.TxId;

/**
 * What verification keeps of an LTX file that was read to its end: 12 bytes for each page in it.
 *
 * @param file its place, with the exact time
 * @param header its header
 * @param end what its writer recorded of the database after it, and its file checksum
 * @param pages numbers of its pages, ascending
 * @param checksums their checksums, recomputed from the pages
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record FileDigest(LtxFile file, LtxHeader header, End end, int[] pages, long[] checksums) {

    /**
     * End of a file.
     *
     * @param postApply checksum of the database in the trailer, which most files do not have
     * @param fileChecksum checksum of the file
     * @param fileSize length of its content in bytes
     */
    record End(long postApply, long fileChecksum, long fileSize) {}

    TxId min() {
        return file.min();
    }

    TxId max() {
        return file.max();
    }

    /** Database checksum before the file as its writer recorded it, or {@link Proof#UNKNOWN}. */
    long pre() {
        Proof proof = header.proof();
        return proof != null && proof.knowsPreApply() ? proof.preApply() : header.preApply();
    }

    /** Database checksum after the file as its writer recorded it, or {@link Proof#UNKNOWN}. */
    long post() {
        Proof proof = header.proof();
        return proof != null && proof.knowsPostApply() ? proof.postApply() : end.postApply();
    }
}
