package dev.runnel.engine;

import dev.runnel.archive.ReplicaArchive;
import dev.runnel.lease.LeaseHolder;
import dev.runnel.ltx.Proof;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.storage.ObjectEntry;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the replica asks of the database it belongs to. */
interface ReplicaHost {
    /** The manifest is loaded, or could not be. */
    void replicaTried(ReplicaEngine replica);

    /** Whether it is settled what the history is, so that uploads may begin. */
    boolean historyReady();

    /** Whether another process has the state directory, so that nothing is written until it lets it go. */
    boolean shutOut();

    /** The newest transaction captured; null before the first. */
    @Nullable
    TxId captured();

    /** Which history it is: another number means that the capture went on from elsewhere. */
    int generation();

    /** Whether what the replica holds up to {@code txId} is of this history. */
    boolean isOurs(ReplicaArchive replica, TxId txId) throws IOException;

    /** A transaction after {@code txId} is wanted, also if nothing changes. */
    void goBeyond(TxId txId);

    /** A snapshot is wanted: {@link ReplicaEngine#offer} brings it. */
    void snapshotWanted();

    /** The replica holds something else than it was thought to: what the history is must be settled anew. */
    void settleAnew();

    /** Checksum of the database as of a transaction of this history; {@link Proof#UNKNOWN} if not known. */
    long checksumAt(TxId txId) throws IOException;

    /** Who asks for the lease. */
    LeaseHolder leaseHolder();

    /**
     * A file was stored, or found stored.
     *
     * @param generation of the history that it is of, which may be another one by now
     */
    void stored(int generation, ReplicaArchive replica, Level level, TxRange txIds, ObjectEntry entry)
            throws IOException;

    /**
     * Refuses to put a snapshot of this history on top of one that is none of this database.
     *
     * @return false where that is not known yet; the replica is woken once it is
     */
    boolean requireKinship(ReplicaArchive replica, TxId txId) throws IOException;

    /** The transaction of the newest page map that is saved; null for none. */
    @Nullable
    TxId mapSaved();

    /** The file of the page map as of a transaction; it may not exist. */
    Path mapFile(TxId txId);
}
