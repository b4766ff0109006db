package dev.runnel.engine;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.History;
import dev.runnel.capture.PageMap;
import dev.runnel.capture.StateDirectory;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.Proof;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.UnreadableObjectException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a replica holds the history that the capture goes on with, or another one that has transactions of the same
 * numbers. That comes about when local state was lost while a replica was away: what it holds is captured a second time,
 * and differently. Thread-safe.
 */
final class CommonHistory {

    private final StateDirectory state;
    private final LocalLog log;
    private final StoredMarks marks;
    private volatile @Nullable Base base;

    /** Where a history begins; {@link Proof#UNKNOWN} if only its number could be read. */
    private record Base(TxId txId, long checksum, @Nullable String replica) {}

    CommonHistory(StateDirectory state, LocalLog log, StoredMarks marks) {
        this.state = state;
        this.log = log;
        this.marks = marks;
    }

    /** The capture goes on from here. To be called before it does, because the map is its own from then on. */
    void goOnFrom(Origin origin) {
        History history = origin.history();
        TxId txId = history.txId();
        PageMap map = history.map();
        base = txId == null
                ? null
                : new Base(txId, map == null ? Proof.UNKNOWN : map.databaseChecksum(), origin.replica());
    }

    /** The transaction from which the capture goes on; null for none. */
    @Nullable
    TxId begin() {
        Base known = base;
        return known == null ? null : known.txId;
    }

    /**
     * Whether the database as of {@code txId} is the same in the replica and here. What cannot be told is not, but for files
     * of Litestream, which carry no proof.
     *
     * @param txId transaction at which a file of the replica ends
     */
    boolean isIn(ReplicaArchive replica, TxId txId) throws IOException {
        if (isSnapshotNext(txId)) {
            return true;
        }
        LtxFile file = replica.manifest().fileEndingAt(txId);
        Proof proof;
        try {
            proof = replica.header(file).proof();
        } catch (UnreadableObjectException e) {
            if (replica.isWriteOnly()) {
                return isInUnread(replica, txId);
            }
            throw e;
        }
        if (proof == null || !proof.knowsPostApply()) {
            return isUnproved(replica, txId);
        }
        return proof.postApply() == checksumAt(txId);
    }

    /** A file of Litestream is ours where the history goes on from it, or from Litestream's local file of that number. */
    private boolean isUnproved(ReplicaArchive replica, TxId txId) throws IOException {
        LocalLog.Entry entry = log.at(txId);
        if (entry != null) {
            return proofOf(entry) == null;
        }
        Base known = base;
        return known != null && known.txId.equals(txId) && replica.describe().equals(known.replica);
    }

    /** The replica cannot be read: it ends with what was stored last, or nothing is known of it. */
    private boolean isInUnread(ReplicaArchive replica, TxId txId) throws IOException {
        return txId.equals(marks.reach(replica));
    }

    /** Whether only the number of this transaction could be read: what is there is left as it is, and a snapshot follows. */
    private boolean isSnapshotNext(TxId txId) {
        Base known = base;
        return known != null && known.txId.equals(txId) && known.checksum == Proof.UNKNOWN;
    }

    /**
     * A file was stored in a replica.
     *
     * @param ours whether it still is of this history; false from before the marks are forgotten
     */
    void stored(BooleanSupplier ours, ReplicaArchive replica, Level level, TxRange txIds, ObjectEntry entry)
            throws IOException {
        if (replica.isWriteOnly()) {
            marks.save(ours, replica, level, txIds, entry);
        }
    }

    /** Checksum of the database as of a transaction; unknown where neither local files nor the base tell. */
    long checksumAt(TxId txId) throws IOException {
        Base known = base;
        if (known != null && known.txId.equals(txId)) {
            return known.checksum;
        }
        Proof ending = proofOf(log.at(txId));
        if (ending != null) {
            return ending.postApply();
        }
        LocalLog.Entry next = log.after(txId);
        Proof following = next != null && next.range().min().equals(txId.next()) ? proofOf(next) : null;
        return following == null ? Proof.UNKNOWN : following.preApply();
    }

    private @Nullable Proof proofOf(LocalLog.@Nullable Entry entry) throws IOException {
        if (entry == null) {
            return null;
        }
        try {
            LtxHeader header = state.header(entry.range());
            return header.proof();
        } catch (NoSuchFileException e) {
            log.forget(entry, e);
            return null;
        }
    }
}
