package dev.runnel.cli.services;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.cli.CommandException;
import dev.runnel.cli.ReplicaChoice;
import dev.runnel.cli.RestoreRequest.IntegrityCheck;
import dev.runnel.cli.VerifyRequest;
import dev.runnel.cli.VerifyResult;
import dev.runnel.engine.SystemTime;
import dev.runnel.restore.NotEnoughSpaceException;
import dev.runnel.restore.RestoreOptions;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.Restorer;
import dev.runnel.verify.LocalChecksum;
import dev.runnel.verify.Receipt;
import dev.runnel.verify.ReceiptStore;
import dev.runnel.verify.VerifiedFiles;
import dev.runnel.verify.VerifiedState;
import dev.runnel.verify.Verifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Verifies replicas one after another. */
final class VerifyService {

    private static final Logger LOG = LoggerFactory.getLogger(VerifyService.class);
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(250);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(10);

    private final Stores stores;
    private final StateDirectories directories;

    VerifyService(Stores stores, StateDirectories directories) {
        this.stores = stores;
        this.directories = directories;
    }

    List<VerifyResult> verify(VerifyRequest request) throws CommandException, IOException {
        List<VerifyResult> results = new ArrayList<>();
        for (ReplicaChoice choice : request.replicas()) {
            results.add(verify(choice, request));
        }
        return results;
    }

    private VerifyResult verify(ReplicaChoice choice, VerifyRequest request) throws CommandException, IOException {
        ReplicaArchive archive = stores.open(choice.replica()).archive();
        ReceiptStore receipts = new ReceiptStore(archive);
        Receipt receipt;
        try {
            receipt = new Verifier(archive, new SystemTime())
                    .verify(new Verifier.Request(
                            request.full() ? null : before(choice, receipts), null, LocalChecksum.NONE))
                    .receipt();
        } catch (IOException e) {
            return new VerifyResult(choice, null, told(e));
        }
        try {
            receipt = checkCopy(archive, receipt, request);
        } catch (IOException e) {
            return new VerifyResult(choice, receipt, noCopy(e));
        }
        if (!request.receipt()) {
            return new VerifyResult(choice, receipt, null);
        }
        keepLocally(choice, receipt);
        try {
            receipts.put(receipt);
        } catch (IOException e) {
            return new VerifyResult(choice, receipt, "the receipt could not be stored: " + told(e));
        }
        return new VerifyResult(choice, receipt, null);
    }

    private static String noCopy(IOException e) {
        String elsewhere = "have temporary files elsewhere with RUNNEL_JAVA_OPTS=-Djava.io.tmpdir=DIR";
        return "its files are whole, but no copy of it could be checked by SQLite, so that there is no receipt: "
                + told(e).replace("restore to another disk with -o", elsewhere);
    }

    private static String told(IOException e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /** What the daemon verified, if it did on this machine. */
    private @Nullable VerifiedState before(ReplicaChoice choice, ReceiptStore receipts) throws IOException {
        if (choice.database() == null) {
            return null;
        }
        Receipt good = receipts.newestGood();
        return good == null
                ? null
                : new VerifiedFiles(
                                directories.of(choice.database()),
                                choice.replica().name())
                        .load(good);
    }

    /** For {@code status}, where there is a state directory that can be written. It is a cache: nothing depends on it. */
    private void keepLocally(ReplicaChoice choice, Receipt receipt) throws CommandException {
        if (choice.database() == null) {
            return;
        }
        Path state = directories.of(choice.database());
        if (!Files.isWritable(state.resolve("runnel"))) {
            return;
        }
        try {
            new VerifiedFiles(state, choice.replica().name()).save(receipt);
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("replica", choice.replica().name())
                    .addKeyValue("error", e.getMessage())
                    .log("status will not tell of this verification");
        }
    }

    private static Receipt checkCopy(ReplicaArchive archive, Receipt receipt, VerifyRequest request)
            throws IOException {
        boolean wanted = request.integrityCheck() != IntegrityCheck.NONE
                || !request.assertions().isEmpty();
        if (!wanted || !receipt.outcome().isGood()) {
            return receipt;
        }
        Path directory = Files.createTempDirectory("runnel-verify-");
        try {
            Path copy = directory.resolve("copy.db");
            Backoff backoff = new Backoff(
                    FIRST_BACKOFF,
                    LONGEST_BACKOFF,
                    () -> ThreadLocalRandom.current().nextLong());
            new Restorer(archive, RestoreOptions.defaults(), backoff).restore(RestoreTarget.at(receipt.txId()), copy);
            String reason = problem(copy, request);
            return reason == null ? receipt : receipt.failed(archive.describe() + ": " + reason);
        } finally {
            deleteAll(directory);
        }
    }

    /** @throws IOException if the copy cannot be checked, which says nothing about it */
    private static @Nullable String problem(Path copy, VerifyRequest request) throws IOException {
        try {
            SqliteTools.check(copy, request.integrityCheck());
        } catch (NoSqliteException | NotEnoughSpaceException e) {
            throw e;
        } catch (IOException e) {
            return String.valueOf(e.getMessage()).replace(copy + ": ", "");
        }
        for (String assertion : request.assertions()) {
            String answer = SqliteTools.check(copy, assertion);
            if (answer != null) {
                return "assertion failed: " + assertion + " gave " + answer;
            }
        }
        return null;
    }

    private static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
