package dev.runnel.engine;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.ltx.Proof;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.report.ReplicaReport;
import dev.runnel.report.Verification;
import dev.runnel.storage.ObjectStore;
import dev.runnel.verify.Outcome;
import dev.runnel.verify.Receipt;
import dev.runnel.verify.VerifiedFiles;
import dev.runnel.verify.VerifiedState;
import dev.runnel.verify.Verifier;
import dev.runnel.verify.VerifyRun;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies one replica at intervals, in slices between which others get their turn, so that no upload waits for it. What
 * it finds damaged is replaced by a new snapshot. Keeps what it verified in the state directory, so that the next time it
 * reads what is new.
 */
final class VerificationTask {

    private static final Logger LOG = LoggerFactory.getLogger(VerificationTask.class);
    private static final Duration FIRST_BACKOFF = Duration.ofSeconds(10);
    /** How often to look whether the replica is ready, or healed. */
    private static final Duration SOON = Duration.ofSeconds(5);

    /** A machine that is suspended has a monotonic clock that stands still, so the other one is looked at, too. */
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

    private static final int SLICE_PAGES = 4096;

    private final VerificationSettings settings;
    private final EngineContext context;
    private final Subject subject;
    private final ReplicaArchive archive;
    private final SerialTask task;
    private final Backoff backoff;
    private final ReceiptKeeper receipts;
    private final Deadline due;
    /** The same by the wall clock. */
    private Instant dueAt = Instant.MIN;

    private boolean started;
    private int failures;
    private @Nullable VerifyRun run;
    private int generation;
    private @Nullable VerifiedState verified;
    private @Nullable TxId damaged;
    private volatile Verification status;

    /** What is verified. */
    interface Subject {

        /** The replica as its engine knows it. */
        ReplicaArchive replica();

        /** The store of the replica, without a fence: receipts have names of their own, and need no lease. */
        ObjectStore store();

        /** Newest transaction stored of the history that is captured; null if there is none yet. */
        @Nullable
        TxId uploaded();

        /** Which history is captured: another number means another one. */
        int generation();

        /** Checksum of the database as of a transaction, or {@link Proof#UNKNOWN}. */
        long checksumAt(TxId txId) throws IOException;

        /** What is stored up to {@code txId} does not restore as it is. */
        void distrust(TxId txId);

        /** A snapshot behind {@code txId} is wanted; asked for again until it comes. */
        void heal(TxId txId);
    }

    VerificationTask(
            String name, VerificationSettings settings, EngineContext context, Subject subject, VerifiedFiles files) {
        this.settings = settings;
        this.context = context;
        this.subject = subject;
        this.archive = subject.replica().through(subject.store());
        this.receipts = new ReceiptKeeper(archive, files, context);
        this.backoff = new Backoff(FIRST_BACKOFF, Backoff.DEFAULT_LIMIT, context.random());
        this.due = new Deadline(context.time());
        this.task = new SerialTask(name, context.scheduler(), Scheduler.Lane.TRANSFER, this::step);
        this.status = new Verification(
                settings.interval(), settings.maxAge(), context.time().now(), null, null, 0, 0);
    }

    void start() {
        task.wake();
    }

    /** Ends the task; {@code then} runs when nothing of it runs any more. */
    void stop(Runnable then) {
        task.stop(() -> {
            try {
                closeRun();
            } catch (IOException e) {
                LOG.atDebug().setCause(e).log("closing a file that was being verified");
            }
            then.run();
        });
    }

    /** The report of the replica with that of its verification. */
    ReplicaReport addTo(ReplicaReport report) {
        return report.withVerification(status);
    }

    private Duration step() {
        try {
            VerifyRun current = run;
            if (current == null) {
                Duration untilNext = begin();
                Duration untilStored = receipts.store();
                return untilNext.compareTo(untilStored) < 0 ? untilNext : untilStored;
            }
            if (current.step(SLICE_PAGES)) {
                closeRun();
                ended(current);
            }
            failures = 0;
            return Duration.ZERO;
        } catch (IOException e) {
            return cannotRead(e);
        }
    }

    /** That the store cannot be read says nothing about the replica; age does, in time. */
    private Duration cannotRead(IOException e) {
        failures++;
        Duration delay = backoff.delay(failures);
        if (failures == 1) {
            LOG.atWarn()
                    .addKeyValue("replica", archive.describe())
                    .addKeyValue("retry_in", delay)
                    .addKeyValue("error", e.getMessage())
                    .log("cannot verify now");
        }
        try {
            closeRun();
        } catch (IOException suppressed) {
            e.addSuppressed(suppressed);
        }
        return delay;
    }

    private Duration begin() throws IOException {
        TxId uploaded = subject.uploaded();
        if (uploaded == null) {
            return SOON.compareTo(settings.interval()) < 0 ? SOON : settings.interval();
        }
        if (!started) {
            resume(uploaded);
            started = true;
        }
        TxId unhealed = damaged;
        if (unhealed != null) {
            LtxFile snapshot = subject.replica().manifest().newestFile(Level.SNAPSHOT);
            if (snapshot == null || snapshot.max().compareTo(unhealed) <= 0) {
                subject.heal(unhealed);
                return SOON;
            }
        } else if (!due.hasPassed() && context.time().now().isBefore(dueAt)) {
            Duration left = due.left();
            return left.compareTo(LONGEST_PAUSE) < 0 ? left : LONGEST_PAUSE;
        }
        generation = subject.generation();
        run = new Verifier(archive, context.time())
                .begin(new Verifier.Request(verified, uploaded, subject::checksumAt));
        return Duration.ZERO;
    }

    /** Goes on from what an earlier process verified. */
    private void resume(TxId uploaded) throws IOException {
        Receipt good = receipts.newestGood();
        if (good == null || good.txId().compareTo(uploaded) > 0) {
            return; // or it is of a history that is gone from here
        }
        publish(goodOf(good), null, 0);
        Duration age = Duration.between(good.verifiedAt(), context.time().now());
        Duration left = settings.interval().minus(age.isNegative() ? Duration.ZERO : age);
        setDue(left.isNegative() ? Duration.ZERO : left);
        verified = receipts.load(good);
    }

    private void setDue(Duration fromNow) {
        due.set(fromNow);
        dueAt = context.time().now().plus(fromNow);
    }

    private void ended(VerifyRun ended) {
        if (subject.generation() != generation) {
            return; // another history was adopted meanwhile, so what was compared was not one thing
        }
        setDue(settings.interval());
        Receipt receipt = ended.receipt();
        verified = ended.verified();
        if (receipt.outcome().isGood()) {
            passed(receipt);
        } else {
            failed(receipt);
        }
        receipts.take(receipt, verified);
        var unused = receipts.store(); // again by the next step, if need be
    }

    private void passed(Receipt receipt) {
        damaged = null;
        boolean again = status.failure() != null;
        publish(goodOf(receipt), null, 1);
        LOG.atInfo()
                .addKeyValue("replica", archive.describe())
                .addKeyValue("txid", receipt.txId())
                .addKeyValue("outcome", receipt.outcome())
                .addKeyValue("objects", receipt.objects().size())
                .addKeyValue("bytes", receipt.bytes())
                .log(again ? "replica verified, it is healed" : "replica verified");
    }

    private void failed(Receipt receipt) {
        damaged = receipt.txId();
        subject.distrust(receipt.txId());
        String reason = Objects.requireNonNullElse(receipt.reason(), "not what it must be");
        publish(status.good(), new Verification.Failure(receipt.verifiedAt(), reason), 1);
        LOG.atError()
                .addKeyValue("replica", archive.describe())
                .addKeyValue("txid", receipt.txId())
                .addKeyValue("error", reason)
                .log("replica is damaged: what it holds cannot be restored as it is, a new snapshot is taken");
    }

    private static Verification.Good goodOf(Receipt receipt) {
        return new Verification.Good(
                receipt.txId().value(), receipt.verifiedAt(), receipt.outcome() == Outcome.VERIFIED);
    }

    private void publish(Verification.@Nullable Good good, Verification.@Nullable Failure failure, int ended) {
        Verification before = status;
        Instant since = before.since();
        status = new Verification(
                settings.interval(),
                settings.maxAge(),
                since,
                good,
                failure,
                before.runs() + ended,
                before.failures() + (failure == null ? 0 : ended));
    }

    private void closeRun() throws IOException {
        VerifyRun open = run;
        run = null;
        if (open != null) {
            open.close();
        }
    }
}
