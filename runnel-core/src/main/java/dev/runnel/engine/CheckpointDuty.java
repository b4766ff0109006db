package dev.runnel.engine;

import dev.runnel.wal.WalState;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the checkpoints of one database that {@link CheckpointPolicy} wants, one at a time and where transfers run, so that
 * no look waits for them. Confined to the task that serves the database, but for what runs there.
 */
final class CheckpointDuty {

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointDuty.class);

    private final DatabaseSettings settings;
    private final EngineContext context;
    private final CaptureTotals totals;
    private final Runnable wake;
    private final CheckpointPolicy policy;
    private boolean told;
    private boolean failing;
    private boolean forbidden;
    /** What came of the checkpoint that was begun; null while it runs, and before the first. */
    private volatile @Nullable Outcome outcome;

    /** What had come of it when the look began. */
    private @Nullable Outcome over;

    private record Outcome(boolean allowed, @Nullable IOException failure) {}

    /**
     * @param totals counts the checkpoints
     * @param wake asks for another look
     */
    CheckpointDuty(DatabaseSettings settings, EngineContext context, CaptureTotals totals, Runnable wake) {
        this.settings = settings;
        this.context = context;
        this.totals = totals;
        this.wake = wake;
        this.policy =
                new CheckpointPolicy(settings.checkpointing(), context.time().nanoTime());
    }

    /** A look begins: it sees what a checkpoint has done that is over by now. */
    void looking() {
        over = outcome;
    }

    /**
     * Tells of that look, and begins a checkpoint where one is due. To be called when no cut is under way: a checkpoint that
     * finds slot 0 taken copies nothing, and the next one comes much later.
     */
    void looked(WalState seen) {
        long now = context.time().nanoTime();
        if (over != null) {
            outcome = null;
            boolean progress = policy.ended(now, seen);
            tell(over, progress);
            over = null;
        }
        if (!forbidden && policy.isDue(now, seen)) {
            if (settings.checkpointing().mode() == Checkpointing.Mode.OFF) {
                warn(seen);
            } else {
                policy.begun();
                context.scheduler().schedule(Scheduler.Lane.TRANSFER, Duration.ZERO, this::run);
            }
        }
    }

    private void run() {
        long begun = context.time().nanoTime();
        boolean allowed = true;
        IOException failure = null;
        try {
            allowed = settings.checkpointing().checkpointer().checkpoint(settings.path());
        } catch (IOException e) {
            failure = e;
        } catch (RuntimeException e) {
            failure = new IOException(e.toString(), e);
        }
        if (allowed) {
            totals.checkpoint(failure != null, context.time().nanoTime() - begun);
        }
        outcome = new Outcome(allowed, failure);
        wake.run();
    }

    private void tell(Outcome ended, boolean progress) {
        IOException failure = ended.failure();
        if (!ended.allowed()) {
            forbidden = true;
            LOG.atWarn()
                    .addKeyValue("db", settings.path())
                    .log("no checkpoints, because this user may not write to the database or its directory");
        } else if (failure != null) {
            if (!failing) {
                LOG.atWarn()
                        .addKeyValue("db", settings.path())
                        .addKeyValue("error", failure.getMessage())
                        .log("checkpoint failed, tried again later");
            }
        } else if (!told) {
            told = true;
            LOG.atInfo()
                    .addKeyValue("db", settings.path())
                    .addKeyValue("mode", settings.checkpointing().mode())
                    .log("running checkpoints beside the application");
        } else {
            LOG.atDebug()
                    .addKeyValue("db", settings.path())
                    .addKeyValue("progress", progress)
                    .log("checkpoint");
        }
        failing = failure != null;
    }

    /** Once: whoever wants to hear nothing of it has been told. */
    private void warn(WalState seen) {
        if (!told) {
            told = true;
            LOG.atWarn()
                    .addKeyValue("db", settings.path())
                    .addKeyValue("wal_pages", seen.mxFrame())
                    .log("the WAL grows because nobody runs checkpoints; with `checkpoint: auto` Runnel does");
        }
    }
}
