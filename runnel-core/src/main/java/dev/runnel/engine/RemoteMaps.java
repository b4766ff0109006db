package dev.runnel.engine;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.PageMap;
import dev.runnel.capture.PageMapCodec;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.Proof;
import dev.runnel.model.TxId;
import dev.runnel.restore.ReadProgress;
import dev.runnel.restore.RestoreOptions;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.RestoredImage;
import dev.runnel.restore.Restorer;
import dev.runnel.storage.ObjectNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The page maps of replicas: from a stored map and the files after it, or else from all pages. What was read and verified
 * before a store failed stays for the next attempt. Thread-safe.
 */
final class RemoteMaps {

    private static final Logger LOG = LoggerFactory.getLogger(RemoteMaps.class);

    private final Path database;
    private final Backoff backoff;
    private final Map<ReplicaArchive, Forward> forwards = new ConcurrentHashMap<>();
    private final Map<ReplicaArchive, Pages> readings = new ConcurrentHashMap<>();

    private final AtomicBoolean gotOn = new AtomicBoolean();

    RemoteMaps(Path database, Backoff backoff) {
        this.database = database;
        this.backoff = backoff;
    }

    /** A stored map on its way forward. */
    private static final class Forward {

        private PageMap map;
        private TxId at;
        private @Nullable Proof proof;

        Forward(PageMap map, TxId at) {
            this.map = map;
            this.at = at;
        }
    }

    /** The reading of all pages. */
    private record Pages(TxId txId, ChecksumCollector collector, ReadProgress progress) {

        static Pages of(TxId txId) {
            return new Pages(txId, new ChecksumCollector(), new ReadProgress());
        }
    }

    /** Whether anything was read since this was asked last, so that trying again soon is worth it. */
    boolean gotOn() {
        return gotOn.getAndSet(false);
    }

    /** The page map of a replica as of a transaction. */
    PageMap of(ReplicaArchive replica, TxId txId) throws IOException {
        PageMap map = readings.containsKey(replica) ? null : fromStoredMap(replica, txId);
        return map != null ? map : fromPages(replica, txId);
    }

    private PageMap fromPages(ReplicaArchive replica, TxId txId) throws IOException {
        Pages before = readings.remove(replica); // taken, so that nobody else goes on with it meanwhile
        boolean goesOn = before != null && before.txId.equals(txId);
        Pages pages = before != null && goesOn ? before : Pages.of(txId);
        LOG.atInfo()
                .addKeyValue("db", database)
                .addKeyValue("replica", replica.describe())
                .log(
                        goesOn
                                ? "going on with reading the pages of the replica"
                                : "no page map in the replica, reading its pages once");
        int parts = pages.progress.parts();
        try {
            RestoredImage image = new Restorer(replica, RestoreOptions.defaults(), backoff)
                    .readChecksums(RestoreTarget.at(txId), pages.collector, pages.progress);
            return pages.collector.toMap(image.pageSize(), image.pages());
        } catch (CorruptChangesetException e) {
            throw e; // nothing of it is to be trusted
        } catch (IOException e) {
            readings.put(replica, pages);
            if (pages.progress.parts() > parts) {
                gotOn.set(true);
            }
            throw e;
        }
    }

    /** Null where no stored map leads there. */
    private @Nullable PageMap fromStoredMap(ReplicaArchive replica, TxId txId) throws IOException {
        Forward before = forwards.remove(replica);
        try {
            Forward forward = before != null && before.at.compareTo(txId) <= 0 ? before : stored(replica, txId);
            return forward != null && bring(replica, forward, txId) && forward.map.agreesWith(forward.proof)
                    ? forward.map
                    : null;
        } catch (CorruptChangesetException | ObjectNotFoundException e) {
            LOG.atWarn()
                    .addKeyValue("db", database)
                    .addKeyValue("error", e.getMessage())
                    .log("stored page map cannot be used");
            return null;
        }
    }

    private static @Nullable Forward stored(ReplicaArchive replica, TxId txId) throws IOException {
        TxId base = replica.newestMap(txId);
        if (base == null) {
            return null;
        }
        try (InputStream in = replica.openMap(base)) {
            return new Forward(PageMapCodec.read(in, base, replica.describe() + " page map " + base), base);
        }
    }

    /** Brings a map forward, file by file. Returns whether the files lead to the transaction. */
    private boolean bring(ReplicaArchive replica, Forward forward, TxId txId) throws IOException {
        try {
            while (forward.at.compareTo(txId) < 0) {
                LtxFile next = replica.manifest().furthestFrom(forward.at);
                if (next == null) {
                    return false;
                }
                try (InputStream in = replica.open(next)) {
                    MapStep step = MapStep.read(in, replica.describe(next));
                    forward.map = step.apply(forward.map);
                    forward.proof = step.header().proof();
                    forward.at = next.max();
                    gotOn.set(true);
                }
            }
            if (forward.proof == null) {
                forward.proof =
                        replica.header(replica.manifest().fileEndingAt(txId)).proof();
            }
            return true;
        } catch (CorruptChangesetException | ObjectNotFoundException e) {
            throw e;
        } catch (IOException e) {
            forwards.put(replica, forward);
            throw e;
        }
    }
}
