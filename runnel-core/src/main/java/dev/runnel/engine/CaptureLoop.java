package dev.runnel.engine;

import dev.runnel.capture.Capture;
import dev.runnel.capture.CutFile;
import dev.runnel.capture.History;
import dev.runnel.capture.StateDirectory;
import dev.runnel.model.TxId;
import dev.runnel.report.DatabaseReport;
import dev.runnel.report.ReplicaReport;
import dev.runnel.report.State;
import dev.runnel.source.AttachedDatabase;
import dev.runnel.source.SourceUnavailableException;
import dev.runnel.source.SourceUnavailableException.Reason;
import dev.runnel.wal.WalState;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captures one database in steps: attaches, looks at pace, cuts when it is time, takes the snapshots that replicas ask
 * for, and attaches anew when the files changed under it.
 */
final class CaptureLoop {

    private static final Logger LOG = LoggerFactory.getLogger(CaptureLoop.class);
    /** Pause after a lock was busy. */
    private static final Duration BUSY = Duration.ofMillis(1);
    /** Pause between chunks of a long read. */
    private static final Duration CHUNK_GAP = Duration.ofMillis(1);

    private final DatabaseSettings settings;
    private final EngineContext context;
    private final StateDirectory state;
    private final LocalLog log;
    private final Handover handover = new Handover();
    private final Sentry sentry;
    private final LocalUpkeep upkeep;
    private final Attempts attempts;
    private final StatusBoard board;
    private final List<ReplicaEngine> replicas;
    private final SerialTask task;
    private final LookSchedule looks;
    private final CheckpointDuty checkpoints;
    private final Duration cutInterval;
    private final CaptureTotals totals = new CaptureTotals();
    private final CaptureGauges gauges;
    private final Barriers barriers = new Barriers();

    private @Nullable History history;
    private @Nullable Capture capture;
    private final Deadline nextCut;
    private final FilesWatch files;
    private volatile @Nullable TxId captured;
    private volatile @Nullable Instant capturedAt;
    private volatile @Nullable TxId beyond;

    CaptureLoop(
            DatabaseSettings settings,
            EngineContext context,
            StateDirectory state,
            LocalLog log,
            StatusBoard board,
            List<ReplicaEngine> replicas) {
        this.settings = settings;
        this.context = context;
        this.state = state;
        this.log = log;
        this.board = board;
        this.replicas = replicas;
        this.gauges = new CaptureGauges(context.time());
        this.nextCut = new Deadline(context.time());
        this.files = new FilesWatch(context.time());
        this.attempts = new Attempts(context);
        this.sentry = new Sentry(settings, state, context.time());
        this.upkeep = new LocalUpkeep(settings, context, state, log, replicas);
        this.looks = new LookSchedule(settings.path(), context, settings.monitorInterval(), listener());
        this.checkpoints = new CheckpointDuty(settings, context, totals, this::wake);
        this.cutInterval = settings.cutInterval();
        String name = settings.path() + " capture";
        this.task = new SerialTask(name, context.scheduler(), Scheduler.Lane.CAPTURE, this::step, board::defect);
    }

    void wake() {
        looks.call();
        task.wake();
    }

    @Nullable
    TxId captured() {
        return captured;
    }

    /** The transaction of the page map that is saved; null for none. */
    @Nullable
    TxId mapSaved() {
        return upkeep.mapSaved();
    }

    /** Goes on from this history, whatever was captured before. */
    void adopt(Origin origin) {
        captured = origin.history().txId();
        handover.give(origin);
        wake();
    }

    /** Detaches and does nothing until the next {@link #adopt}; {@code then} runs once that is so. */
    void suspend(Runnable then) {
        handover.suspend(then);
        wake();
    }

    /** Asks for a transaction after {@code txId}, also if nothing changes. */
    void goBeyond(TxId txId) {
        beyond = txId;
        wake();
    }

    /** Completes with the newest transaction once everything committed before the call is captured. */
    CompletableFuture<@Nullable TxId> cutNow() {
        files.demand();
        CompletableFuture<@Nullable TxId> future = barriers.arrive();
        wake();
        return future;
    }

    /** Ends the loop and detaches. */
    void stop(boolean orderly, CompletableFuture<Void> done) {
        task.stop(() -> {
            looks.stopWatching();
            barriers.admit();
            barriers.fail(new IOException(settings.path() + ": replication was stopped"));
            try {
                Capture attached = capture;
                if (orderly && attached != null) {
                    upkeep.end(attached);
                }
                detach();
                LOG.atInfo()
                        .addKeyValue("db", settings.path())
                        .addKeyValue("txid", captured)
                        .addKeyValue("counts", totals.counters())
                        .log("replication ended");
                done.complete(null);
            } catch (IOException e) {
                done.completeExceptionally(e);
            }
        });
    }

    private Duration step() {
        gauges.stepped();
        try {
            if (files.isDueAfterGap()) {
                looks.call();
            }
            if (looks.needsNoLook(capture)) {
                return settings.monitorInterval();
            }
            barriers.admit();
            adoptHistory();
            if (history == null && capture == null) {
                return SerialTask.UNTIL_WOKEN; // until it is known what the replicas hold
            }
            DivergedException refusal = capture == null ? sentry.refusal() : null;
            if (refusal != null) {
                return refused(refusal);
            }
            Capture attached = capture != null ? capture : attach();
            return serve(attached);
        } catch (SourceUnavailableException e) {
            sentry.distrust();
            return e.reason() == Reason.NOT_WAL ? notWal(e) : unavailable(e);
        } catch (DivergedException e) {
            return refused(e);
        } catch (IOException e) {
            return failed(e);
        }
    }

    private void adoptHistory() throws IOException {
        Runnable suspended = handover.takeSuspension();
        if (suspended != null) {
            detach();
            history = null;
            suspended.run();
        }
        Origin fresh = handover.take();
        if (fresh != null) {
            detach();
            history = fresh.history();
            sentry.goesOnFrom(fresh);
            upkeep.adopted();
        }
    }

    private Capture attach() throws IOException {
        AttachedDatabase database =
                AttachedDatabase.attach(settings.path(), context.descriptors(), context.kernelLocks());
        History known = sentry.historyFor(database.file(), Objects.requireNonNull(history));
        Capture attached = new Capture(database, state, upkeep.begin(database, known), context.time());
        capture = attached;
        attached.guardedBy(sentry.guard(database.file()));
        looks.expectChanges();
        files.begin();
        LOG.atInfo()
                .addKeyValue("db", settings.path())
                .addKeyValue("wal_index", database.indexed())
                .log("attached");
        return attached;
    }

    private void detach() throws IOException {
        Capture attached = capture;
        if (attached != null) {
            totals.add(attached.counts());
            history = attached.history();
            sentry.letGo(attached);
            capture = null;
            attached.close();
        }
    }

    private Duration notWal(SourceUnavailableException e) {
        try {
            if (context.journalSwitch().toWal(settings.path())) {
                LOG.atInfo().addKeyValue("db", settings.path()).log("switched to WAL mode");
                return Duration.ZERO;
            }
            return unavailable(e);
        } catch (IOException failed) {
            return unavailable(new SourceUnavailableException(
                    Reason.NOT_WAL, e.getMessage() + " (Runnel tried to: " + failed.getMessage() + ")", failed));
        }
    }

    private Duration unavailable(SourceUnavailableException e) {
        try {
            DivergedException why = sentry.whyNotWait(e.reason());
            if (why != null) {
                return failed(why);
            }
        } catch (IOException unreadable) {
            return failed(unreadable);
        }
        State locked = e.reason() == Reason.EXCLUSIVE ? State.LOCKED : State.WAITING;
        State now = e.reason().isPassing() ? locked : State.FAILING;
        if (board.set(now, e.getMessage())) {
            if (now != State.FAILING) {
                LOG.atInfo().addKeyValue("reason", e.getMessage()).log("waiting for the database");
            } else {
                LOG.atError().addKeyValue("reason", e.getMessage()).log("cannot replicate");
            }
        }
        if (now == State.WAITING) {
            gauges.nothingPending();
            barriers.complete(captured);
        } else if (now == State.FAILING) {
            barriers.fail(e);
        }
        looks.watch();
        return settings.monitorInterval();
    }

    /** The database is let go, and not read again before something changed. */
    private Duration refused(DivergedException e) {
        try {
            detach();
            sentry.refused(e);
        } catch (IOException also) {
            e.addSuppressed(also);
        }
        return failed(e);
    }

    private Duration failed(IOException e) {
        failing(e);
        looks.watch();
        return settings.monitorInterval();
    }

    private void failing(IOException e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        if (board.set(State.FAILING, message)) {
            LOG.atError()
                    .addKeyValue("db", settings.path())
                    .addKeyValue("error", message)
                    .log("capture failing");
        }
        totals.failed();
        barriers.fail(e);
    }

    private Duration serve(Capture attached) throws IOException {
        // Whoever waits for a barrier has perhaps just put another database in the place of this one.
        if ((files.isDue() || !barriers.isEmpty()) && hasLostItsFiles(attached)) {
            return Duration.ZERO;
        }
        checkpoints.looking();
        Capture.Step look = looks.look(attached);
        WalState seen = attached.seen();
        if (seen != null) {
            gauges.wal(seen);
            letGoIfTooLong(attached, seen);
        }
        if (look == Capture.Step.AGAIN) {
            gauges.looked(true); // nothing could be seen, so there may be anything
            return BUSY;
        }
        gauges.looked(attached.hasUncaptured());
        if (looks.awaitsSwap() && barriers.isEmpty()) {
            return looks.pause(attached);
        }
        Duration untilCut = attempt(attached);
        if (seen != null) {
            checkpoints.looked(seen);
        }
        if (upkeep.run(attached)) {
            totals.attached(attached.counts());
        }
        return untilCut != null ? untilCut : pause(attached);
    }

    private boolean hasLostItsFiles(Capture attached) throws IOException {
        FilesWatch.Finding found = files.look(attached.database());
        gauges.databaseBytes(attached.database().fileSize());
        if (found == FilesWatch.Finding.GOOD) {
            return false;
        }
        LOG.atInfo()
                .addKeyValue("db", settings.path())
                .addKeyValue("reason", found)
                .log("attaching anew");
        detach();
        sentry.lost(found, attached.database());
        return true;
    }

    /** When the WAL is too long because we keep it from its reset, the application comes first. */
    private void letGoIfTooLong(Capture attached, WalState seen) throws IOException {
        if (gauges.walBytes() > settings.maxWalBytes() && seen.backfill() == seen.mxFrame() && attached.swapPending()) {
            LOG.atWarn()
                    .addKeyValue("db", settings.path())
                    .addKeyValue("bytes", gauges.walBytes())
                    .log("WAL too long, letting it go");
            attached.letGo();
        }
    }

    /** Works, unless it is to rest after a failure. Looks go on in any case: the WAL must not grow because of us. */
    private @Nullable Duration attempt(Capture attached) throws IOException {
        if (!attempts.mayCut()) {
            return null;
        }
        try {
            Duration untilCut = work(attached);
            attempts.succeeded();
            return untilCut;
        } catch (SourceUnavailableException | DivergedException e) {
            throw e;
        } catch (IOException e) {
            failing(e);
            attempts.failed();
            return null;
        }
    }

    /** Cuts and reads as far as it is time. Returns when to go on; null when there is nothing to go on with. */
    private @Nullable Duration work(Capture attached) throws IOException {
        boolean barrier = !barriers.isEmpty();
        startSnapshot(attached);
        TxId wanted = beyond;
        if (wanted != null) {
            attached.goBeyond(wanted);
        }
        if (!attached.hasWork()) {
            settle(attached);
            barriers.complete(attached.txId());
            return null;
        }
        boolean due = barrier || attached.reconcileNeeded() || nextCut.hasPassed();
        if (!due && !attached.longReadActive()) {
            return null;
        }
        if (due && upkeep.spoolIsFull(attached)) {
            board.set(State.BEHIND, upkeep.whyFull());
            attempts.rest();
            return null;
        }
        long begun = context.time().nanoTime();
        Capture.Result result = due ? attached.cut() : attached.advance();
        if (result.step() == Capture.Step.NOTHING && attached.longReadActive()) {
            result = attached.advance();
        }
        totals.spent(context.time().nanoTime() - begun);
        if (result.step() == Capture.Step.DONE) {
            nextCut.set(cutInterval);
            gauges.nothingPending();
            written(attached, result.file());
        }
        if (attached.longReadActive() || result.step() == Capture.Step.AGAIN) {
            board.set(State.BEHIND, attached.reconcileNeeded() ? "reading the database to find what changed" : null);
            return CHUNK_GAP;
        }
        settle(attached);
        if (barrier && !attached.hasWork()) {
            barriers.complete(attached.txId());
        }
        return attached.hasWork() && barrier ? Duration.ZERO : null;
    }

    private void written(Capture attached, @Nullable CutFile file) throws IOException {
        if (file != null) {
            log.add(file);
            totals.cut(file);
            captured = attached.txId();
            capturedAt = context.time().now();
            if (upkeep.mapSaved() == null || file.header().txIds().min().isFirst()) {
                upkeep.saveMap(attached);
            }
        }
        CutFile snapshot = attached.takeSnapshot();
        if (snapshot != null) {
            upkeep.saveMap(attached);
            SharedSnapshot shared = new SharedSnapshot(snapshot);
            replicas.forEach(replica -> replica.offer(shared));
            shared.release();
        }
        replicas.forEach(ReplicaEngine::wake); // also where nothing was new: it is known now what the database is
    }

    private void startSnapshot(Capture attached) throws IOException {
        if (!attached.longReadActive() && attempts.maySnapshot() && upkeep.isSnapshotWanted()) {
            attached.beginSnapshot();
        }
    }

    private void settle(Capture attached) throws IOException {
        if (!attached.reconcileNeeded()) {
            sentry.trust();
            files.read();
        }
        if (board.get().state() == State.FAILING) {
            LOG.atInfo().addKeyValue("db", settings.path()).log("capture recovered");
        }
        board.set(State.OK, null);
    }

    private Duration pause(Capture attached) throws IOException {
        Duration pause = looks.pause(attached);
        if (attached.hasWork()) {
            Duration rest = attempts.left();
            Duration untilCut = nextCut.left().compareTo(rest) < 0 ? rest : nextCut.left();
            return untilCut.compareTo(pause) < 0 ? untilCut : pause;
        }
        if (!pause.isZero()) {
            looks.rest(attached);
        }
        return pause;
    }

    private FileEvents.Listener listener() {
        return new FileEvents.Listener() {
            @Override
            public void event() {
                files.touched();
                looks.expectChanges();
                wake();
            }

            @Override
            public void gap() {
                files.unwatched();
                task.wake();
            }
        };
    }

    DatabaseReport report(List<ReplicaReport> replicaReports) {
        TxId txId = captured;
        CaptureGauges.Captured newest = new CaptureGauges.Captured(txId == null ? 0 : txId.value(), capturedAt);
        return gauges.report(settings, board.get(), newest, totals.counters(), replicaReports);
    }
}
