package dev.runnel.restore;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.LtxIndex;
import dev.runnel.ltx.Proof;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One file of a plan whose header and page index were read and verified, but not yet its pages.
 *
 * @param file what it is
 * @param resource its name for messages
 * @param headerBytes the first 100 bytes as stored
 * @param whole the whole file if it is small; null otherwise
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record SourceFile(
        LtxFile file, String resource, byte[] headerBytes, LtxHeader header, LtxIndex index, byte @Nullable [] whole) {

    /** As Litestream's readers: most files fit, or at least their index does. */
    private static final int MIN_TAIL = 32 << 10;

    private static final int MAX_TAIL = 8 << 20;
    /** An index takes about 8 bytes to a page, and a page rarely less than a kilobyte. */
    private static final int INDEX_SHARE = 128;

    /**
     * Reads header and index, in one request if the file is small, else in two (three if the index is unusually large).
     *
     * @param keepBudget bytes that may still be kept of small files
     */
    static SourceFile open(ReplicaArchive archive, LtxFile file, AtomicLong keepBudget) throws IOException {
        String resource = archive.describe(file);
        int wanted = (int) Math.max(MIN_TAIL, Math.min(MAX_TAIL, file.size() / INDEX_SHARE));
        ObjectTail end = readTail(archive, file, resource, wanted);
        byte[] tail = end.bytes();
        long size = end.objectSize();
        boolean complete = tail.length == size;
        byte[] head = complete ? Arrays.copyOf(tail, Math.min(tail.length, LtxHeader.SIZE)) : archive.headerBytes(file);
        LtxHeader header = LtxHeader.decode(head, resource);
        if (!header.txIds().equals(file.txIds())) {
            throw new CorruptChangesetException(
                    resource, 16, "transactions " + file.txIds() + " as its name says", "" + header.txIds());
        }
        if (tail.length < LtxIndex.MIN_TAIL) {
            throw new CorruptChangesetException(resource, size, "a trailer", "end of file (file truncated?)");
        }
        long needed = LtxIndex.tailNeeded(tail, size, header, resource);
        byte[] indexTail = tail;
        if (needed > tail.length) {
            indexTail =
                    readTail(archive, file, resource, Math.toIntExact(needed)).bytes();
        }
        LtxIndex index = LtxIndex.parse(indexTail, size, header, resource);
        boolean keep = complete && keepBudget.addAndGet(-tail.length) >= 0;
        return new SourceFile(file, resource, head, header, index, keep ? tail : null);
    }

    private static ObjectTail readTail(ReplicaArchive archive, LtxFile file, String resource, int length)
            throws IOException {
        ObjectTail tail = archive.tail(file, length);
        if (archive.tellsLength() && tail.objectSize() != file.size()) {
            throw new CorruptChangesetException(
                    resource, 0, file.size() + " bytes as listed", tail.objectSize() + " bytes");
        }
        long expected = Math.min(length, tail.objectSize());
        if (tail.bytes().length != expected) {
            throw new TransientStorageException(
                    resource + ": the store gave " + tail.bytes().length + " of its last " + expected + " bytes");
        }
        return tail;
    }

    /** Database checksum before this file as its writer recorded it, or {@link Proof#UNKNOWN}. */
    long preApply() {
        Proof proof = header.proof();
        return proof != null && proof.knowsPreApply() ? proof.preApply() : header.preApply();
    }

    /** Database checksum after this file as its writer recorded it, or {@link Proof#UNKNOWN}. */
    long postApply() {
        Proof proof = header.proof();
        return proof != null && proof.knowsPostApply()
                ? proof.postApply()
                : index.trailer().postApply();
    }

    /** Offset behind the last frame before entry {@code end}. */
    long endOf(int end) {
        return index.offset(end - 1) + index.size(end - 1);
    }
}
