package dev.runnel.engine;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.verify.Receipt;
import dev.runnel.verify.ReceiptStore;
import dev.runnel.verify.VerifiedFiles;
import dev.runnel.verify.VerifiedState;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what came of the verifications of a replica: in the state directory, and as receipts beside the replica. A disk that
 * is full holds up no verdict: the state directory is a cache, and a receipt is stored when there is room. Confined to
 * the task that verifies.
 */
final class ReceiptKeeper {

    private static final Logger LOG = LoggerFactory.getLogger(ReceiptKeeper.class);
    private static final Duration FIRST_BACKOFF = Duration.ofSeconds(10);

    private final ReplicaArchive archive;
    private final VerifiedFiles files;
    private final ReceiptStore receipts;
    private final Backoff backoff;
    private final Deadline next;
    private @Nullable Receipt unstored;
    private int failures;

    ReceiptKeeper(ReplicaArchive archive, VerifiedFiles files, EngineContext context) {
        this.archive = archive;
        this.files = files;
        this.receipts = new ReceiptStore(archive);
        this.backoff = new Backoff(FIRST_BACKOFF, Backoff.DEFAULT_LIMIT, context.random());
        this.next = new Deadline(context.time());
    }

    /** The newest good receipt beside the replica; null if there is none. */
    @Nullable
    Receipt newestGood() throws IOException {
        return receipts.newestGood();
    }

    /** What an earlier process verified, if it is still known; null otherwise. */
    @Nullable
    VerifiedState load(Receipt good) throws IOException {
        return files.load(good);
    }

    /**
     * Takes what came of a verification, in place of one that is not stored yet.
     *
     * @param state what was verified; null if it failed
     */
    void take(Receipt receipt, @Nullable VerifiedState state) {
        unstored = receipt;
        failures = 0;
        next.clear();
        try {
            if (state != null) {
                files.save(state);
            }
            files.save(receipt);
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("replica", archive.describe())
                    .addKeyValue("error", e.getMessage())
                    .log("verified, but that cannot be kept locally: the next start verifies more than is new");
        }
    }

    /** Stores the receipt that was taken, if it is time. Returns the time until that is to be tried again. */
    Duration store() {
        Receipt receipt = unstored;
        if (receipt == null) {
            return SerialTask.UNTIL_WOKEN;
        }
        if (!next.hasPassed()) {
            return next.left();
        }
        try {
            receipts.put(receipt);
            unstored = null;
            return SerialTask.UNTIL_WOKEN;
        } catch (IOException e) {
            failures++;
            Duration delay = backoff.delay(failures);
            next.set(delay);
            if (failures == 1) {
                LOG.atWarn()
                        .addKeyValue("replica", archive.describe())
                        .addKeyValue("retry_in", delay)
                        .addKeyValue("error", e.getMessage())
                        .log("verified, but the receipt cannot be stored now");
            }
            return delay;
        }
    }
}
