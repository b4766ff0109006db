package dev.runnel.engine;

import dev.runnel.capture.Capture;
import dev.runnel.capture.History;
import dev.runnel.capture.PageMap;
import dev.runnel.capture.StateDirectory;
import dev.runnel.compact.CompactionPolicy;
import dev.runnel.model.TxId;
import dev.runnel.source.AttachedDatabase;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the local state small and of use: the page map beside the files, files only for as long as they serve. What it
 * cannot write is written later; replication does not wait for it. Confined to the task that captures, but for
 * {@link #mapSaved}.
 */
final class LocalUpkeep {

    private static final Logger LOG = LoggerFactory.getLogger(LocalUpkeep.class);
    private static final Duration INTERVAL = Duration.ofSeconds(15);
    /** Local files stay so long, for compaction. */
    private static final Duration LOCAL_RETENTION = Duration.ofMinutes(5);
    /** A map is saved when the files behind the last one are longer than this, and than four maps. */
    private static final long LEAST_BYTES_PER_MAP = 1 << 20;

    private final DatabaseSettings settings;
    private final EngineContext context;
    private final StateDirectory state;
    private final LocalLog log;
    private final List<ReplicaEngine> replicas;
    private final Deadline next;
    private boolean complained;
    private volatile @Nullable TxId mapSaved;

    LocalUpkeep(
            DatabaseSettings settings,
            EngineContext context,
            StateDirectory state,
            LocalLog log,
            List<ReplicaEngine> replicas) {
        this.settings = settings;
        this.context = context;
        this.state = state;
        this.log = log;
        this.replicas = replicas;
        this.next = new Deadline(context.time());
    }

    /** The transaction of the map that is saved; null for none. Thread-safe. */
    @Nullable
    TxId mapSaved() {
        return mapSaved;
    }

    /** Begins with what the directory holds. */
    void adopted() throws IOException {
        List<TxId> maps = state.maps();
        mapSaved = maps.isEmpty() ? null : maps.get(maps.size() - 1);
    }

    /**
     * Does what is due from time to time. Returns whether it was time.
     *
     * @throws IOException also if the directory was deleted, and another engine has made it anew
     */
    boolean run(Capture attached) throws IOException {
        if (!next.hasPassed()) {
            return false;
        }
        state.requireOurs();
        next.set(INTERVAL);
        PageMap map = attached.map();
        TxId saved = mapSaved;
        if (map != null
                && (saved == null || log.bytesSince(saved) > Math.max(LEAST_BYTES_PER_MAP, 32L * map.pageCount()))) {
            saveMap(attached);
        }
        prune(storedEverywhere(), context.time().now().minus(localRetention()));
        return true;
    }

    /**
     * Begins to serve a database that was just attached.
     *
     * @return the history to build on: {@code history}, without its position where the file was written to past SQLite
     *     since replication ended
     */
    History begin(AttachedDatabase database, History history) {
        keepPrivate();
        try {
            String stamp = state.loadStamp();
            if (stamp == null || stamp.equals(database.stamp())) {
                state.forgetStamp();
                return history;
            }
            LOG.atInfo()
                    .addKeyValue("db", settings.path())
                    .log("the database file was written to since replication ended, reading it to find what changed");
            state.forgetPosition();
            state.forgetStamp();
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("db", settings.path())
                    .addKeyValue("error", e.getMessage())
                    .log("cannot tell whether the database was written to since replication ended, reading it");
        }
        return history.withoutPosition();
    }

    private void keepPrivate() {
        try {
            state.keepPrivate(settings.path());
        } catch (NoSuchFileException e) {
            LOG.debug("deleted meanwhile", e); // it is made anew by the next cut, or the database is gone
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("db", settings.path())
                    .addKeyValue("error", e.getMessage())
                    .log("cannot keep others from reading the state directory, which holds pages of the database");
        }
    }

    /** Ends to serve a database, in order. */
    void end(Capture attached) throws IOException {
        saveMap(attached);
        String stamp = attached.database().stampAtRest();
        if (stamp == null || attached.hasWork()) {
            return;
        }
        try {
            state.saveStamp(stamp);
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("db", settings.path())
                    .addKeyValue("error", e.getMessage())
                    .log("cannot note what the database was like");
        }
    }

    /** Saves the map as of the newest transaction, if it can be written. */
    void saveMap(Capture attached) {
        PageMap map = attached.map();
        TxId txId = attached.txId();
        if (map == null || txId == null || txId.equals(mapSaved)) {
            return;
        }
        try {
            attached.keepIdentity();
            state.saveMap(txId, map);
            mapSaved = txId;
            complained = false;
            replicas.forEach(ReplicaEngine::wake);
        } catch (IOException e) {
            if (!complained) {
                complained = true;
                LOG.atWarn()
                        .addKeyValue("db", settings.path())
                        .addKeyValue("error", e.getMessage())
                        .log("cannot save the page map, replication goes on without");
            }
        }
    }

    /** A replica that cannot be read here is merged from local files or not at all. */
    private Duration localRetention() {
        Duration longest = LOCAL_RETENTION;
        for (ReplicaEngine replica : replicas) {
            CompactionPolicy policy = replica.settings().upkeep().compaction();
            if (replica.archive().isWriteOnly() && !policy.levels().isEmpty()) {
                Duration needed = policy.intervalOf(policy.levels().get(0)).multipliedBy(2);
                longest = needed.compareTo(longest) > 0 ? needed : longest;
            }
        }
        return longest;
    }

    private @Nullable TxId storedEverywhere() {
        TxId least = null;
        for (ReplicaEngine replica : replicas) {
            TxId stored = replica.uploaded();
            if (stored == null) {
                return null;
            }
            least = least == null || stored.compareTo(least) < 0 ? stored : least;
        }
        return least;
    }

    private @Nullable TxId storedSomewhere() {
        TxId most = null;
        for (ReplicaEngine replica : replicas) {
            TxId stored = replica.uploaded();
            most = stored != null && (most == null || stored.compareTo(most) > 0) ? stored : most;
        }
        return most;
    }

    /** Deletes what no longer serves; never what would bring the saved map forward. */
    private void prune(@Nullable TxId stored, Instant before) throws IOException {
        TxId saved = mapSaved;
        if (stored != null && saved != null) {
            log.prune(stored.compareTo(saved) < 0 ? stored : saved, before);
        }
    }

    /**
     * Whether so much waits to be stored that no more is to be cut. What one replica has is let go first: others that lag
     * behind get a snapshot when they are back. Who waits for one may be able to store nothing else, and gets it.
     */
    boolean spoolIsFull(Capture attached) throws IOException {
        if (log.bytes() <= settings.maxSpoolBytes() || isSnapshotWanted()) {
            return false;
        }
        TxId stored = storedSomewhere();
        TxId saved = mapSaved;
        if (stored != null && (saved == null || saved.compareTo(stored) < 0)) {
            saveMap(attached);
        }
        prune(stored, Instant.MAX);
        return (stored == null ? log.bytes() : log.bytesSince(stored)) > settings.maxSpoolBytes();
    }

    /** Whether a replica waits for a snapshot. */
    boolean isSnapshotWanted() {
        return replicas.stream().anyMatch(ReplicaEngine::isSnapshotWanted);
    }

    /** Why nothing is cut while the spool is full. */
    String whyFull() {
        return log.bytesSince(storedSomewhere()) + " bytes wait to be stored, more than max-spool-bytes allows ("
                + settings.maxSpoolBytes() + "): changes are noted, and captured together once a replica takes them";
    }
}
