package dev.runnel.engine;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.model.TxId;
import dev.runnel.storage.ObjectBody;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores page maps beside the levels, so that whoever starts without local state has little to read: with each snapshot,
 * and between snapshots when the files behind the last one have become long against a map. Confined to the replica's task.
 */
final class MapUploader {

    private static final Logger LOG = LoggerFactory.getLogger(MapUploader.class);
    /** So many bytes of changesets may have to be read beside the map, at least. */
    private static final long LEAST_BYTES = 256 << 10;
    /** A map costs at most this part of what else is uploaded: one in four. */
    private static final int BYTES_PER_MAP_BYTE = 4;

    private final ReplicaSettings settings;
    private final ReplicaArchive archive;
    private final ReplicaHost host;
    private @Nullable TxId considered;

    MapUploader(ReplicaSettings settings, ReplicaArchive archive, ReplicaHost host) {
        this.settings = settings;
        this.archive = archive;
        this.host = host;
    }

    /** Stores the map as of a transaction, if it is still saved. */
    void upload(TxId txId) throws IOException {
        Path file = host.mapFile(txId);
        try {
            archive.putMap(txId, ObjectBody.of(file));
        } catch (IOException e) {
            if (Files.exists(file)) {
                throw e;
            }
            return; // replaced by that of a later transaction, which is considered in its turn
        }
        considered = txId;
        if (settings.upkeep().retention().enabled()) {
            archive.deleteOldMaps();
        }
    }

    /** Stores the saved map if the replica has come so far and it is worth it. */
    void uploadIfCheap(TxId position) throws IOException {
        TxId saved = host.mapSaved();
        if (saved == null || saved.equals(considered) || saved.compareTo(position) > 0) {
            return;
        }
        Path file = host.mapFile(saved);
        if (!Files.exists(file)) {
            return;
        }
        TxId stored = archive.newestMap(saved);
        long least = Math.max(LEAST_BYTES, BYTES_PER_MAP_BYTE * Files.size(file));
        if (stored == null || bytesBetween(stored, saved) >= least) {
            upload(saved);
            LOG.atDebug()
                    .addKeyValue("replica", archive.describe())
                    .addKeyValue("txid", saved)
                    .log("page map stored");
        }
        considered = saved;
    }

    /** What must be read to bring a map forward. */
    private long bytesBetween(TxId from, TxId to) {
        long bytes = 0;
        TxId at = from;
        while (at.compareTo(to) < 0) {
            LtxFile next = archive.manifest().furthestFrom(at);
            if (next == null) {
                return Long.MAX_VALUE;
            }
            bytes += next.size();
            at = next.max();
        }
        return bytes;
    }
}
