package dev.runnel.engine;

import dev.runnel.archive.ForeignWriterException;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.TxId;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a replica stands to the history that is captured.
 *
 * @param position how far it holds that history; null for nothing of it
 * @param foreign the end of what it holds that is not of that history; null when there is none
 */
record Standing(@Nullable TxId position, @Nullable TxId foreign) {

    private static final Logger LOG = LoggerFactory.getLogger(Standing.class);

    /**
     * Compares the two.
     *
     * @param reach the newest transaction of the replica that can be restored; null for none
     * @return null where it is not known yet whether the replica is of this database
     * @throws ForeignWriterException if it is of another
     */
    static @Nullable Standing of(ReplicaArchive archive, ReplicaHost host, @Nullable TxId reach) throws IOException {
        boolean ours = reach == null || host.isOurs(archive, reach);
        if (reach != null && !ours && !host.requireKinship(archive, reach)) {
            return null;
        }
        TxId end = archive.manifest().newest();
        boolean detached = end != null && !end.equals(reach);
        // Once the transactions between are there, whoever restores goes on with what comes after them.
        if (ours && (end == null || !detached || holds(host, archive, end))) {
            return new Standing(reach, null);
        }
        LOG.atWarn()
                .addKeyValue("replica", archive.describe())
                .addKeyValue("txid", end)
                .log(
                        ours
                                ? "replica holds files behind transactions that are missing, a snapshot follows them"
                                : "replica holds another history, a snapshot follows it");
        return new Standing(null, end);
    }

    /** Whether the history that is captured holds the transaction, as the replica does. */
    private static boolean holds(ReplicaHost host, ReplicaArchive archive, TxId txId) throws IOException {
        TxId captured = host.captured();
        try {
            return captured != null && captured.compareTo(txId) >= 0 && host.isOurs(archive, txId);
        } catch (CorruptChangesetException e) {
            return false;
        }
    }
}
