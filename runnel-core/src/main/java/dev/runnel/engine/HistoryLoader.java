package dev.runnel.engine;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.History;
import dev.runnel.capture.PageMap;
import dev.runnel.capture.PageMapCodec;
import dev.runnel.capture.PageOne;
import dev.runnel.capture.Position;
import dev.runnel.capture.StateDirectory;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.model.TxId;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.UnreadableObjectException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what the replicas hold, and so what the next cut builds on: from local state where that is the newest, else
 * from the most advanced replica. Reads; writes nothing but what it deletes of outdated local state.
 */
final class HistoryLoader {

    private static final Logger LOG = LoggerFactory.getLogger(HistoryLoader.class);
    private static final int FILE_CHECKSUM_SIZE = 8;

    private final Path database;
    private final StateDirectory state;
    private final LocalLog log;
    private final StoredMarks marks;
    private final Backoff backoff;
    private final RemoteMaps remoteMaps;

    HistoryLoader(
            Path database,
            StateDirectory state,
            LocalLog log,
            StoredMarks marks,
            RemoteMaps remoteMaps,
            Backoff backoff) {
        this.marks = marks;
        this.backoff = backoff;
        this.remoteMaps = remoteMaps;
        this.database = database;
        this.state = state;
        this.log = log;
    }

    /**
     * Loads the history.
     *
     * @param replicas replicas whose manifests are loaded
     */
    Origin load(List<ReplicaArchive> replicas) throws IOException {
        state.open();
        log.load();
        ReplicaArchive best = mostAdvanced(replicas);
        best = best != null ? best : longest(replicas);
        // Also what no chain leads to: a history that has the same numbers would join it.
        TxId remote = best == null ? null : best.manifest().newest();
        TxId local = log.newest();
        if (local != null && (remote == null || local.compareTo(remote) >= 0) && isSameHistory(best)) {
            History history = fromLocal(local, best);
            if (history != null) {
                String place = best == null ? null : best.describe();
                return new Origin(history, place, true, local, state.loadFile(), localPageOne(history, best));
            }
        }
        if (local != null) {
            LOG.atInfo()
                    .addKeyValue("db", database)
                    .addKeyValue("local", local)
                    .addKeyValue("replica", remote)
                    .log("local state is not that of the replica, going on from the replica");
        }
        state.forget();
        marks.forget();
        log.clear();
        if (best == null || remote == null) {
            return new Origin(History.none(), null, false, local, null, null);
        }
        History history = fromReplica(best, remote);
        return new Origin(history, best.describe(), false, local, null, pageOne(history, best));
    }

    /** The page 1 that was kept last, or that of the replica, which may be an earlier one: Litestream keeps none. */
    private @Nullable PageOne localPageOne(History history, @Nullable ReplicaArchive replica) throws IOException {
        PageOne kept = state.loadPageOne();
        return kept == null && replica != null ? pageOne(history, replica) : kept;
    }

    private @Nullable PageOne pageOne(History history, ReplicaArchive replica) throws IOException {
        TxId txId = replica.manifest().newestRestorable();
        PageMap map = history.map();
        try {
            return txId == null || map == null
                    ? null
                    : PageOneReader.read(replica, txId, map.pageSize().bytes(), backoff);
        } catch (UnreadableObjectException e) {
            requireWriteOnly(replica, e);
            return null;
        } catch (CorruptChangesetException e) {
            return null; // the map was not, so it was read; without page 1 there is less to judge by
        }
    }

    /** The replica that reaches furthest; null where none holds anything. */
    static @Nullable ReplicaArchive mostAdvanced(List<ReplicaArchive> replicas) {
        ReplicaArchive best = null;
        TxId newest = null;
        for (ReplicaArchive replica : replicas) {
            TxId reach = replica.manifest().newestRestorable();
            int order = reach == null ? -1 : newest == null ? 1 : reach.compareTo(newest);
            boolean readable = order == 0 && best != null && best.isWriteOnly() && !replica.isWriteOnly();
            if (order > 0 || readable) {
                best = replica;
                newest = reach;
            }
        }
        return best;
    }

    /** The replica with the highest transaction in any file, reachable or not; null where all are empty. */
    private static @Nullable ReplicaArchive longest(List<ReplicaArchive> replicas) {
        return replicas.stream()
                .filter(replica -> replica.manifest().newest() != null)
                .max(Comparator.comparing(
                        replica -> Objects.requireNonNull(replica.manifest().newest())))
                .orElse(null);
    }

    /** Whether the newest file that both have is one file. Nothing in common proves nothing, and is no contradiction. */
    private boolean isSameHistory(@Nullable ReplicaArchive replica) throws IOException {
        if (replica == null) {
            return true;
        }
        List<LocalLog.Entry> entries = log.all();
        for (int i = entries.size() - 1; i >= 0; i--) {
            LocalLog.Entry entry = entries.get(i);
            LtxFile remote = replica.manifest().find(entry.level(), entry.range());
            if (remote != null) {
                return isSame(replica, remote, entry);
            }
        }
        return true;
    }

    private boolean isSame(ReplicaArchive replica, LtxFile remote, LocalLog.Entry entry) throws IOException {
        try {
            ObjectTail tail = replica.tail(remote, FILE_CHECKSUM_SIZE);
            return tail.objectSize() == entry.size() && Arrays.equals(tail.bytes(), lastBytes(log.path(entry)));
        } catch (UnreadableObjectException e) {
            requireWriteOnly(replica, e);
            return marks.reach(replica) != null;
        }
    }

    /** That a replica cannot be read is no failure where nothing else is intended. */
    private static void requireWriteOnly(ReplicaArchive replica, UnreadableObjectException e)
            throws UnreadableObjectException {
        if (!replica.isWriteOnly()) {
            throw e;
        }
    }

    private static byte[] lastBytes(Path path) throws IOException {
        try (SeekableByteChannel file = Files.newByteChannel(path)) {
            file.position(Math.max(0, file.size() - FILE_CHECKSUM_SIZE));
            return Channels.newInputStream(file).readNBytes(FILE_CHECKSUM_SIZE);
        }
    }

    /** History from local state; null when it is not whole. */
    private @Nullable History fromLocal(TxId newest, @Nullable ReplicaArchive replica) throws IOException {
        LocalLog.Entry entry = log.at(newest);
        if (entry == null) {
            return null;
        }
        try {
            LtxHeader header = state.header(entry.range());
            PageMap map = localMap(newest);
            if (map == null
                    && replica != null
                    && newest.equals(replica.manifest().newestRestorable())) {
                map = mapIfReadable(replica, newest);
            }
            if (map == null || !map.agreesWith(header.proof())) {
                return null;
            }
            return new History(newest, map, position(newest, header), header.timestampMillis());
        } catch (CorruptChangesetException | NoSuchFileException e) {
            LOG.atWarn()
                    .addKeyValue("db", database)
                    .addKeyValue("error", e.getMessage())
                    .log("local state is damaged and is left out");
            return null;
        }
    }

    /** The position recorded beside the files, or what the header of the newest one tells (as Litestream leaves it). */
    private @Nullable Position position(TxId newest, LtxHeader header) throws IOException {
        Position recorded = state.loadPosition(newest);
        return recorded != null ? recorded : Position.of(header);
    }

    /** The newest local map, brought forward by the local files after it; null when one is missing. */
    private @Nullable PageMap localMap(TxId newest) throws IOException {
        List<TxId> maps = state.maps();
        TxId base = null;
        PageMap map = null;
        for (TxId candidate : maps) {
            if (candidate.compareTo(newest) <= 0) {
                base = candidate;
            }
        }
        if (base != null) {
            try (InputStream in = Files.newInputStream(state.mapFile(base))) {
                map = PageMapCodec.read(in, base, state.mapFile(base).toString());
            }
        }
        while (base == null || base.compareTo(newest) < 0) {
            LocalLog.Entry next = log.after(base);
            if (next == null) {
                return null;
            }
            Path path = log.path(next);
            try (InputStream in = Files.newInputStream(path)) {
                map = MapStep.read(in, path.toString()).apply(map);
            }
            base = next.range().max();
        }
        return map;
    }

    private History fromReplica(ReplicaArchive replica, TxId newest) throws IOException {
        PageMap map = null;
        String why = "the replica is encrypted and cannot be read here";
        try {
            if (newest.equals(replica.manifest().newestRestorable())) {
                map = mapIfReadable(replica, newest);
            } else {
                why = "transactions are missing before its newest files";
            }
        } catch (CorruptChangesetException e) {
            // The database is there, and must be replicated, whatever became of the backup.
            why = "the newest state of the replica is damaged and cannot be read: " + e.getMessage();
        }
        if (map == null) {
            LOG.atWarn()
                    .addKeyValue("db", database)
                    .addKeyValue("replica", replica.describe())
                    .addKeyValue("txid", newest)
                    .addKeyValue("reason", why)
                    .log("a full snapshot goes on top of what the replica holds");
        }
        LtxFile file = replica.manifest().fileEndingAt(newest);
        return new History(newest, map, null, timestampOf(replica, file).toEpochMilli());
    }

    private static Instant timestampOf(ReplicaArchive replica, LtxFile file) throws IOException {
        try {
            return replica.timestampOf(file);
        } catch (CorruptChangesetException e) {
            return file.createdAt(); // as the listing has it
        }
    }

    private @Nullable PageMap mapIfReadable(ReplicaArchive replica, TxId newest) throws IOException {
        try {
            return remoteMaps.of(replica, newest);
        } catch (UnreadableObjectException e) {
            requireWriteOnly(replica, e);
            return null;
        }
    }
}
