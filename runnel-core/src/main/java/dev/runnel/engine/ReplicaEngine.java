package dev.runnel.engine;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.ForeignWriterException;
import dev.runnel.archive.Manifest;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.CutFile;
import dev.runnel.lease.LeaseLostException;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.report.ReplicaReport;
import dev.runnel.report.State;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one replica of one database: uploads what the capture cuts, merges, takes snapshots, deletes. Has its own
 * position, back-off and schedule, so that a failing replica holds up no other.
 */
final class ReplicaEngine {

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaEngine.class);
    private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);

    private final ReplicaSettings settings;
    private final ReplicaArchive archive;
    private final EngineContext context;
    private final ReplicaHost host;
    private final LocalLog log;
    private final SerialTask task;
    private final Backoff backoff;
    private final StatusBoard board;
    private final Housekeeping housekeeping;
    private final Fence fence;
    private final Permit permit;
    private final Uploads uploads = new Uploads();
    private final MapUploader maps;
    private final IdleProbe probe;

    private volatile boolean loaded;
    private volatile boolean tried;
    /** Nothing more is written once another writer was met. */
    private volatile @Nullable ForeignWriterException foreignWriter;

    private volatile boolean reloadWanted;
    /** Whether anything was stored since the history was settled. */
    private boolean stored;

    private int failures;
    private final Deadline nextUpload;
    /** The end of another history that the replica holds; null when what it holds is ours. */
    private @Nullable TxId foreign;

    private volatile int settledFor;
    private final Instant openedAt;
    private final SnapshotOrder snapshot = new SnapshotOrder();

    ReplicaEngine(
            String database,
            ReplicaSettings settings,
            EngineContext context,
            ReplicaHost host,
            LocalLog log,
            Path spool) {
        this.settings = settings;
        this.fence = new Fence(database, settings, context, host.leaseHolder(), this::leaseLost);
        this.archive = fence.archive();
        this.context = context;
        this.nextUpload = new Deadline(context.time());
        this.openedAt = context.time().now();
        this.host = host;
        this.maps = new MapUploader(settings, archive, host);
        this.probe = new IdleProbe(archive, context.time());
        this.log = log;
        this.board = new StatusBoard(context.time());
        this.task = new SerialTask(
                database + " -> " + settings.name(),
                context.scheduler(),
                Scheduler.Lane.TRANSFER,
                this::step,
                board::defect);
        this.backoff = new Backoff(FIRST_BACKOFF, Backoff.DEFAULT_LIMIT, context.random());
        this.permit = new Permit(fence, host, board, uploads);
        this.housekeeping = new Housekeeping(settings, fence, log, spool, context.time());
    }

    void wake() {
        task.wake();
    }

    ReplicaArchive archive() {
        return archive;
    }

    /** What callers want beyond the schedule; to be followed by {@link #wake}. */
    Errands errands() {
        return housekeeping.errands();
    }

    /** Nothing is deleted on behalf of a snapshot up to {@code txId}. Thread-safe. */
    void distrust(TxId txId) {
        housekeeping.distrust(txId);
    }

    ReplicaSettings settings() {
        return settings;
    }

    /** Whether the manifest was loaded. */
    boolean isLoaded() {
        return loaded;
    }

    /** Whether loading was tried at least once. */
    boolean wasTried() {
        return tried;
    }

    /** Newest transaction stored; null for none. */
    @Nullable
    TxId uploaded() {
        return uploads.position();
    }

    /**
     * Completes when everything up to {@code txId} is stored. Uploads at once, whatever the interval. Fails where that is
     * not to come any more.
     */
    CompletableFuture<Void> awaitUploaded(TxId txId) {
        CompletableFuture<Void> future = uploads.await(txId);
        if (!future.isDone()) {
            nextUpload.clear();
            task.wake();
        }
        return future;
    }

    /** Brings the snapshot that was asked for. */
    void offer(SharedSnapshot finished) {
        if (snapshot.fill(finished)) {
            task.wake();
        }
    }

    /** Lists the replica again before anything else is done. */
    void reload() {
        reloadWanted = true;
        task.wake();
    }

    private void leaseLost() {
        permit.miss();
        task.wake();
    }

    /** Ends the replica; {@code then} runs when nothing of it runs any more. In order, the lease is given back before. */
    void stop(boolean orderly, Runnable then) {
        task.stop(() -> {
            snapshot.drop();
            IOException stopped = new IOException(archive.describe() + ": stopped before everything was uploaded"
                    + (board.get().reason() == null ? "" : ": " + board.get().reason()));
            uploads.end(stopped);
            errands().end(stopped);
            fence.stop(orderly, then);
        });
    }

    private Duration step() {
        if (foreignWriter != null) {
            return SerialTask.UNTIL_WOKEN;
        }
        try {
            return serve();
        } catch (LeaseLostException e) {
            permit.miss();
            return Duration.ZERO;
        } catch (ForeignWriterException e) {
            return met(e);
        } catch (IOException e) {
            return failed(e);
        }
    }

    private Duration serve() throws IOException {
        if (host.shutOut()) {
            fence.giveBack("another process has the state directory"); // it waits for us, and we for it
            return SerialTask.UNTIL_WOKEN;
        }
        if (!isLoaded() || reloadWanted) {
            load();
        }
        if (!host.historyReady() || !settlePosition()) {
            return SerialTask.UNTIL_WOKEN;
        }
        Duration wait = permit.ask();
        if (wait != null) {
            failures = 0;
            return wait;
        }
        Duration untilUpload = store();
        requestSnapshotIfDue(); // first: a snapshot stands in for files that cannot be merged
        Duration untilHousekeeping = housekeeping.run();
        Duration untilProbe = probe.run();
        if (untilProbe == null) {
            reloadWanted = true;
            return Duration.ZERO;
        }
        failures = 0;
        settle();
        return Collections.min(List.of(untilUpload, untilHousekeeping, untilProbe));
    }

    /** What cannot be stored keeps nothing from being deleted: where the disk of a replica is full, that may help. */
    private Duration store() throws IOException {
        try {
            Duration untilUpload = upload();
            TxId position = uploads.position();
            if (position != null) {
                maps.uploadIfCheap(position);
            }
            return untilUpload;
        } catch (LeaseLostException | ForeignWriterException e) {
            throw e;
        } catch (IOException e) {
            housekeeping.retainAfter(e);
            throw e;
        }
    }

    private Duration met(ForeignWriterException e) {
        if (permit.isLate(e, stored)) {
            reloadWanted = true;
            return Duration.ZERO;
        }
        foreignWriter = e;
        board.set(State.STOPPED, e.getMessage());
        LOG.atError()
                .addKeyValue("replica", archive.describe())
                .addKeyValue("error", e.getMessage())
                .log("replica stopped");
        uploads.end(e);
        errands().end(e);
        return SerialTask.UNTIL_WOKEN;
    }

    private Duration failed(IOException e) {
        failures++;
        reloadWanted |= e instanceof ObjectNotFoundException; // the listing told of what is gone
        nextUpload.clear(); // the next attempt is one: else it would pass for a success, and back-off begin anew
        Duration delay = backoff.delay(failures);
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        if (board.set(State.FAILING, message) || failures <= 1) {
            LOG.atWarn()
                    .addKeyValue("replica", archive.describe())
                    .addKeyValue("retry_in", delay)
                    .addKeyValue("error", message)
                    .log("replica failing");
        }
        tried = true;
        host.replicaTried(this);
        return delay;
    }

    private void load() throws IOException {
        boolean again = isLoaded();
        fence.beforeListing();
        Manifest manifest = again ? archive.loadCarefully() : archive.load();
        TxId newest = manifest.newestRestorable();
        probe.answered();
        reloadWanted = false;
        loaded = true;
        tried = true;
        try {
            housekeeping.learnTimes();
        } catch (IOException e) {
            reloadWanted |= again; // or what was listed is never settled
            throw e;
        }
        LOG.atInfo()
                .addKeyValue("replica", archive.describe())
                .addKeyValue("txid", newest)
                .addKeyValue("files", manifest.size())
                .log("replica opened");
        host.replicaTried(this);
        if (again) {
            host.settleAnew();
        }
    }

    /**
     * Settles how far the replica holds the history that is captured: once for every history.
     *
     * @return false where another history is about to be adopted, or whose the replica is cannot be told yet
     */
    private boolean settlePosition() throws IOException {
        int generation = host.generation();
        if (generation == settledFor) {
            return true;
        }
        TxId reach = archive.manifest().newestRestorable();
        TxId captured = host.captured();
        if (reach != null && (captured == null || reach.compareTo(captured) > 0)) {
            return false;
        }
        Standing standing = Standing.of(archive, host, reach);
        if (standing == null) {
            return false;
        }
        snapshot.close(); // of the history before
        foreign = standing.foreign();
        uploads.settle(standing.position());
        settledFor = generation;
        stored = false;
        return true;
    }

    /** Uploads what is captured and not stored. Returns the time until more may be uploaded. */
    private Duration upload() throws IOException {
        SharedSnapshot ready = snapshot.ready();
        if (ready != null && foreign == null) {
            // What leads up to a snapshot goes first: its instants stay, and should it be lost, a chain goes past it.
            uploadLog(ready.file().header().txIds().max());
        }
        uploadSnapshot();
        TxId target = host.captured();
        TxId position = uploads.position();
        TxId other = foreign;
        if (other != null) {
            // Its transactions have the numbers of ours: only a snapshot behind them all separates the two.
            if (target != null && target.compareTo(other) > 0) {
                wantSnapshot();
            } else {
                host.goBeyond(other);
            }
            return SerialTask.UNTIL_WOKEN;
        }
        if (target == null || (position != null && position.compareTo(target) >= 0)) {
            uploads.tell();
            return SerialTask.UNTIL_WOKEN;
        }
        if (!nextUpload.hasPassed()) {
            return nextUpload.left();
        }
        fence.require(); // before the interval begins anew
        nextUpload.set(settings.syncInterval());
        if (!uploadLog(target) && isSettled()) {
            // A file is gone, or was never here: only a snapshot brings this replica to where we are.
            wantSnapshot();
        }
        uploads.tell();
        return SerialTask.UNTIL_WOKEN;
    }

    /** Uploads local files, one after the other. Returns whether they lead to the target. */
    private boolean uploadLog(TxId target) throws IOException {
        TxId position = uploads.position();
        while (position == null || position.compareTo(target) < 0) {
            LocalLog.Entry entry = log.after(position);
            if (entry == null || !uploadLocal(entry)) {
                return false;
            }
            position = entry.range().max();
            uploads.advance(position, context.time().now());
        }
        return true;
    }

    private boolean uploadLocal(LocalLog.Entry entry) throws IOException {
        try (HeldFile body = log.hold(entry)) {
            if (body == null || !isSettled()) {
                return false;
            }
            send(entry.level(), entry.range(), body, entry.timestamp());
            return true;
        }
    }

    /** Whether the history still is that of the position, and so what was opened before: another's has the same names. */
    private boolean isSettled() {
        return host.historyReady() && host.generation() == settledFor; // in this order
    }

    private void send(Level level, TxRange range, ObjectBody body, Instant timestamp) throws IOException {
        ObjectEntry entry = archive.put(level, range, body, timestamp);
        fence.confirm();
        host.stored(settledFor, archive, level, range, entry);
        probe.answered();
        stored = true;
        uploads.add(body.length());
        if (level.isSnapshot()) {
            maps.upload(range.max());
        }
    }

    private void uploadSnapshot() throws IOException {
        SharedSnapshot ready = snapshot.ready();
        if (ready == null) {
            return;
        }
        TxRange range = ready.file().header().txIds();
        TxId other = foreign;
        if (other != null && range.max().compareTo(other) <= 0) {
            snapshot.drop();
            return;
        }
        // It is there where a history begins anew, and where what followed its upload failed.
        if (archive.manifest().find(Level.SNAPSHOT, range) == null && !sendSnapshot(ready.file())) {
            return;
        }
        snapshot.close();
        foreign = null;
        TxId position = uploads.position();
        if (position == null || position.compareTo(range.max()) < 0) {
            uploads.advance(range.max(), context.time().now());
        }
    }

    private boolean sendSnapshot(CutFile file) throws IOException {
        try (HeldFile body = HeldFile.openIfThere(file.path())) {
            if (body == null) {
                snapshot.drop(); // somebody deleted it under us: another one is taken
            }
            if (body == null || !isSettled()) {
                return false;
            }
            send(Level.SNAPSHOT, file.header().txIds(), body, file.header().timestamp());
        }
        LOG.atInfo()
                .addKeyValue("replica", archive.describe())
                .addKeyValue("txid", file.header().txIds().max())
                .addKeyValue("bytes", file.size())
                .log("snapshot stored");
        return true;
    }

    void wantSnapshot() {
        if (snapshot.place()) {
            LOG.atInfo()
                    .addKeyValue("replica", archive.describe())
                    .addKeyValue("txid", uploads.position())
                    .log("snapshot needed");
        }
        host.snapshotWanted();
    }

    private void requestSnapshotIfDue() {
        TxId position = uploads.position();
        if (!snapshot.isPlaced() && position != null && housekeeping.wantsSnapshot(position)) {
            wantSnapshot();
        }
    }

    boolean isSnapshotWanted() {
        return snapshot.isOpen();
    }

    private void settle() {
        TxId target = host.captured();
        TxId position = uploads.position();
        boolean behind = target != null && (position == null || position.compareTo(target) < 0);
        State state = behind ? State.BEHIND : State.OK;
        if (board.get().state() == State.FAILING) {
            LOG.atInfo().addKeyValue("replica", archive.describe()).log("replica recovered");
        }
        board.set(state, behind ? "uploading: stored up to " + position + ", captured up to " + target : null);
    }

    ReplicaReport report() {
        StatusBoard.Status status = board.get();
        TxId position = uploads.position();
        Uploads.Sent sent = uploads.sent();
        ReplicaLag lag = new ReplicaLag(log, settings.syncInterval(), settledFor != 0, openedAt);
        return new ReplicaReport(
                settings.name(),
                archive.describe(),
                status.state(),
                status.reason(),
                status.since(),
                position == null ? 0 : position.value(),
                sent.at(),
                sent.count(),
                sent.bytes(),
                lag.of(host.captured(), position, sent.at()),
                null,
                fence.standing());
    }
}
