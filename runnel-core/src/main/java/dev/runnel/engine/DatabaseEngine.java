package dev.runnel.engine;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.History;
import dev.runnel.capture.StateDirectory;
import dev.runnel.lease.LeaseHolder;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.report.DatabaseReport;
import dev.runnel.report.ReplicaReport;
import dev.runnel.report.State;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.verify.VerifiedFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replicates one database: settles what the replicas hold, captures, and serves each replica. Owns the life cycle only;
 * the work is done by {@link CaptureLoop} and {@link ReplicaEngine}. Thread-safe.
 */
public final class DatabaseEngine {

    private static final Logger LOG = LoggerFactory.getLogger(DatabaseEngine.class);
    private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);
    /** Held by a thread, so a short one: who fails for longer is tried again by the scheduler. */
    private static final Duration RESTORE_BACKOFF = Duration.ofMillis(20);

    private final DatabaseSettings settings;
    private final EngineContext context;
    private final StateDirectory state;
    private final StateLock stateLock;
    private final LocalLog log;
    private final StatusBoard board;
    private final CaptureLoop capture;
    private final List<ReplicaEngine> replicas = new ArrayList<>();
    private final Map<ReplicaEngine, VerificationTask> verifications = new LinkedHashMap<>();
    private final SerialTask resolver;
    private final RemoteMaps remoteMaps;
    private final HistoryLoader loader;
    private final CommonHistory common;
    private final Restoration restoration;
    private final Kinship kinship;
    private final Backoff backoff;
    private int resolveFailures;
    private volatile @Nullable IOException refused;
    private volatile boolean historyReady;
    /** Counts histories adopted. Written by the resolver alone. */
    private final AtomicInteger generation = new AtomicInteger();

    private volatile boolean captureRests = true;
    /** A replica turned out to hold something else than what the history was settled on. */
    private volatile boolean unsettled;

    private final EngineIdentity identity;

    /**
     * Wires an engine; nothing happens before {@link #start}.
     */
    public DatabaseEngine(DatabaseSettings settings, EngineContext context) {
        this.settings = settings;
        this.context = context;
        this.stateLock = new StateLock(settings.stateDirectory());
        this.identity = new EngineIdentity(settings.path(), settings.stateDirectory(), context.random());
        this.state =
                new StateDirectory(settings.stateDirectory(), new StateOwner(stateLock, identity, this::stateLost));
        this.log = new LocalLog(state);
        this.board = new StatusBoard(context.time());
        this.backoff = new Backoff(FIRST_BACKOFF, Backoff.DEFAULT_LIMIT, context.random());
        Backoff restoreBackoff = new Backoff(RESTORE_BACKOFF, RESTORE_BACKOFF, context.random());
        this.remoteMaps = new RemoteMaps(settings.path(), restoreBackoff);
        StoredMarks marks = new StoredMarks(state);
        this.loader = new HistoryLoader(settings.path(), state, log, marks, remoteMaps, restoreBackoff);
        this.restoration = new Restoration(settings.path(), restoreBackoff);
        this.kinship = new Kinship(settings, state, remoteMaps, restoreBackoff);
        this.common = new CommonHistory(state, log, marks);
        this.resolver = new SerialTask(
                settings.path() + " history",
                context.scheduler(),
                Scheduler.Lane.TRANSFER,
                this::resolve,
                board::defect);
        this.capture = new CaptureLoop(settings, context, state, log, board, replicas);
        ReplicaHost host = new Host();
        Path spool = settings.stateDirectory().resolve("runnel").resolve("tmp");
        for (ReplicaSettings replica : settings.replicas()) {
            ReplicaEngine served = new ReplicaEngine(settings.path().toString(), replica, context, host, log, spool);
            replicas.add(served);
            if (replica.verification() != null && !replica.archive().isWriteOnly()) {
                verifications.put(
                        served,
                        new VerificationTask(
                                settings.path() + " -> " + replica.name() + " verification",
                                replica.verification(),
                                context,
                                new VerifiedReplica(served, host),
                                new VerifiedFiles(settings.stateDirectory(), replica.name())));
            }
        }
    }

    /** Begins to replicate. */
    public void start() {
        LOG.atInfo()
                .addKeyValue("db", settings.path())
                .addKeyValue("replicas", settings.replicas().size())
                .log("replicating");
        resolver.wake();
        verifications.values().forEach(VerificationTask::start);
    }

    /**
     * The durability barrier: completes when everything committed before the call is stored in every replica, with the
     * newest transaction then; null if there is no database yet. Fails when that becomes impossible.
     */
    public CompletableFuture<@Nullable TxId> sync() {
        return capture.cutNow().thenCompose(txId -> {
            if (txId == null) {
                return CompletableFuture.completedFuture(null);
            }
            int history = generation.get();
            CompletableFuture<?>[] stored = replicas.stream()
                    .map(replica -> replica.awaitUploaded(txId))
                    .toArray(CompletableFuture[]::new);
            // A replica that answers late may bring another history, in which this transaction is another one.
            return CompletableFuture.allOf(stored)
                    .thenCompose(
                            done -> history == generation.get() ? CompletableFuture.completedFuture(txId) : sync());
        });
    }

    /**
     * Completes with the newest transaction when everything committed before the call is captured, null if there is no
     * database yet. What is captured is not stored yet.
     */
    public CompletableFuture<@Nullable TxId> capture() {
        return capture.cutNow();
    }

    /**
     * Does {@link #sync} and has every replica take a snapshot, whatever the schedule; one that holds all of it already
     * does nothing. Completes when the snapshots are stored.
     */
    public CompletableFuture<Void> snapshot() {
        return sync().thenCompose(txId -> txId == null
                ? CompletableFuture.completedFuture(null)
                : ofAll(replica -> replica.errands().snapshot(txId)));
    }

    /** Has every replica delete what its retention allows, whatever the schedule. Completes when that is done. */
    public CompletableFuture<Void> enforceRetention() {
        return ofAll(replica -> replica.errands().retention());
    }

    private CompletableFuture<Void> ofAll(Function<ReplicaEngine, CompletableFuture<Void>> errand) {
        CompletableFuture<?>[] all = replicas.stream()
                .map(replica -> {
                    CompletableFuture<Void> done = errand.apply(replica);
                    replica.wake();
                    return done;
                })
                .toArray(CompletableFuture[]::new);
        return CompletableFuture.allOf(all);
    }

    /**
     * Ends replication: cuts and uploads what is there, then lets the database go.
     *
     * @param patience how long to try to upload
     * @return completes when nothing of this engine runs any more; exceptionally if not everything is stored
     */
    public CompletableFuture<Void> stop(Duration patience) {
        IOException refusal = refused;
        CompletableFuture<@Nullable TxId> barrier = refusal == null ? sync() : CompletableFuture.failedFuture(refusal);
        Scheduler.Scheduled giveUp = context.scheduler()
                .schedule(
                        Scheduler.Lane.CAPTURE,
                        patience,
                        () -> barrier.completeExceptionally(
                                new IOException(settings.path() + ": not everything could be stored within "
                                        + patience.toSeconds() + " s; " + Backlog.describe(capture, board, replicas))));
        return barrier.handle((txId, failure) -> Optional.ofNullable(failure))
                .thenCompose(failure -> {
                    giveUp.cancel();
                    return shutDown(true).handle((done, also) -> failure.or(() -> Optional.ofNullable(also)));
                })
                .thenCompose(DatabaseEngine::ended);
    }

    /** Drops everything at once, as if the process had been killed, but for the descriptors, which are closed. */
    public CompletableFuture<Void> abandon() {
        return shutDown(false);
    }

    private CompletableFuture<Void> shutDown(boolean orderly) {
        CompletableFuture<Void> captured = new CompletableFuture<>();
        AtomicInteger left = new AtomicInteger(replicas.size() + verifications.size() + 1);
        Runnable one = () -> {
            if (left.decrementAndGet() == 0) {
                capture.stop(orderly, captured);
            }
        };
        resolver.stop(one);
        replicas.forEach(replica -> replica.stop(orderly, one));
        verifications.values().forEach(verification -> verification.stop(one));
        return captured.handle((nothing, failure) -> Optional.ofNullable(failure))
                .thenCompose(this::unlock);
    }

    private CompletableFuture<Void> unlock(Optional<Throwable> failure) {
        Optional<Throwable> cause = failure;
        try {
            stateLock.release();
        } catch (IOException e) {
            cause = failure.or(() -> Optional.of(e));
        }
        return ended(cause);
    }

    private static CompletableFuture<Void> ended(Optional<Throwable> failure) {
        return failure.isEmpty()
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(failure.get());
    }

    /** One report of this instant. */
    public DatabaseReport report() {
        return capture.report(replicas.stream().map(this::report).toList());
    }

    private ReplicaReport report(ReplicaEngine replica) {
        VerificationTask verification = verifications.get(replica);
        if (verification != null) {
            return verification.addTo(replica.report());
        }
        return replica.settings().verification() == null
                ? replica.report()
                : replica.report().noting("unproved: it cannot be verified here, without an identity to read it with");
    }

    /** The database. */
    public DatabaseSettings settings() {
        return settings;
    }

    /** Begins once the state directory is ours: what the replicas hold is asked for only then, lest it be outdated. */
    private Duration resolve() {
        try {
            boolean fresh = stateLock.acquire();
            refused = null;
            if (fresh) {
                enter();
                suspend();
                replicas.forEach(ReplicaEngine::reload);
                return SerialTask.UNTIL_WOKEN;
            }
        } catch (IOException e) {
            boolean before = refused != null;
            refused = e;
            suspend();
            if (!before) {
                replicas.forEach(ReplicaEngine::wake);
            }
            if (board.set(State.FAILING, e.getMessage())) {
                LOG.atError()
                        .addKeyValue("db", settings.path())
                        .addKeyValue("error", e.getMessage())
                        .log("cannot replicate");
            }
            return FIRST_BACKOFF;
        }
        return resolveHistory();
    }

    private void enter() throws IOException {
        try {
            identity.enter(stateLock.mark());
        } catch (IOException e) {
            stateLock.release(); // taken again by the next attempt, which then does all of this
            throw e;
        }
    }

    /** Nothing is captured or stored until it is known anew what the history is. */
    private void suspend() {
        if (historyReady) {
            historyReady = false;
            unsettled = false;
            capture.suspend(this::wakeResolver);
        }
    }

    private void stateLost() {
        resolver.wake();
    }

    /** Loads the history once every replica answered or failed, and at least one source of truth is there. */
    private Duration resolveHistory() {
        List<ReplicaArchive> loaded = new ArrayList<>();
        for (ReplicaEngine replica : replicas) {
            if (!replica.wasTried()) {
                return SerialTask.UNTIL_WOKEN;
            }
            if (replica.isLoaded()) {
                loaded.add(replica.archive());
            }
        }
        try {
            if (historyReady) {
                if (unsettled || isOvertaken(loaded)) {
                    LOG.atWarn()
                            .addKeyValue("db", settings.path())
                            .log("a replica is ahead of local state, or holds another history: settling it anew");
                    suspend();
                }
                return SerialTask.UNTIL_WOKEN;
            }
            if (!captureRests) {
                return SerialTask.UNTIL_WOKEN;
            }
            if (loaded.isEmpty() && !hasLocalState()) {
                board.set(State.FAILING, "no replica answers and there is no local state to go on from");
                return SerialTask.UNTIL_WOKEN;
            }
            unsettled = false;
            Origin origin = loader.load(loaded);
            History history = origin.history();
            if (loaded.isEmpty() && history.txId() == null) {
                board.set(State.FAILING, "no replica answers, and local state is damaged");
                return SerialTask.UNTIL_WOKEN;
            }
            restoreIfWanted(loaded);
            resolveFailures = 0;
            captureRests = false;
            common.goOnFrom(origin);
            capture.adopt(origin);
            generation.incrementAndGet();
            historyReady = true;
            replicas.forEach(ReplicaEngine::wake);
            return SerialTask.UNTIL_WOKEN;
        } catch (IOException e) {
            if (e instanceof ObjectNotFoundException) {
                replicas.forEach(ReplicaEngine::reload); // what was listed is gone
            }
            resolveFailures = remoteMaps.gotOn() ? 1 : resolveFailures + 1;
            Duration delay = backoff.delay(resolveFailures);
            if (board.set(State.FAILING, "cannot find out what the replicas hold: " + e.getMessage())) {
                LOG.atWarn()
                        .addKeyValue("db", settings.path())
                        .addKeyValue("retry_in", delay)
                        .addKeyValue("error", e.getMessage())
                        .log("cannot load history");
            }
            return delay;
        }
    }

    /** Before anything is captured, and only then. */
    private void restoreIfWanted(List<ReplicaArchive> loaded) throws IOException {
        ReplicaArchive best = HistoryLoader.mostAdvanced(loaded);
        if (settings.onDivergence() == OnDivergence.RESTORE && generation.get() == 0 && best != null) {
            if (restoration.isPossible()) {
                restoration.from(best);
            }
        }
    }

    /** Whether a replica that answered late is ahead of what we went on from. */
    private boolean isOvertaken(List<ReplicaArchive> loaded) {
        TxId captured = capture.captured();
        for (ReplicaArchive replica : loaded) {
            TxId reach = replica.manifest().newestRestorable();
            if (reach != null && (captured == null || reach.compareTo(captured) > 0)) {
                return true;
            }
        }
        return false;
    }

    private void wakeResolver() {
        captureRests = true;
        resolver.wake();
    }

    private boolean hasLocalState() throws IOException {
        return !state.level0Ranges().isEmpty();
    }

    private final class Host implements ReplicaHost {

        @Override
        public void replicaTried(ReplicaEngine replica) {
            resolver.wake();
        }

        @Override
        public boolean shutOut() {
            return refused != null;
        }

        @Override
        public boolean historyReady() {
            return historyReady && !unsettled;
        }

        @Override
        public void settleAnew() {
            unsettled = true;
            resolver.wake();
        }

        @Override
        public long checksumAt(TxId txId) throws IOException {
            return common.checksumAt(txId);
        }

        @Override
        public LeaseHolder leaseHolder() {
            return identity;
        }

        @Override
        public @Nullable TxId captured() {
            return capture.captured();
        }

        @Override
        public int generation() {
            return generation.get();
        }

        @Override
        public boolean isOurs(ReplicaArchive replica, TxId txId) throws IOException {
            return common.isIn(replica, txId);
        }

        @Override
        public void stored(int of, ReplicaArchive replica, Level level, TxRange txIds, ObjectEntry entry)
                throws IOException {
            common.stored(() -> historyReady && generation.get() == of, replica, level, txIds, entry);
        }

        @Override
        public boolean requireKinship(ReplicaArchive replica, TxId txId) throws IOException {
            TxId begin = common.begin();
            boolean told = kinship.require(replica, txId);
            if (!told && begin != null) {
                capture.goBeyond(begin); // with the first cut it becomes known what the database is
            }
            return told;
        }

        @Override
        public @Nullable TxId mapSaved() {
            return capture.mapSaved();
        }

        @Override
        public void goBeyond(TxId txId) {
            capture.goBeyond(txId);
        }

        @Override
        public void snapshotWanted() {
            capture.wake();
        }

        @Override
        public Path mapFile(TxId txId) {
            return state.mapFile(txId);
        }
    }
}
