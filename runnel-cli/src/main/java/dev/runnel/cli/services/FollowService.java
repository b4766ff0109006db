package dev.runnel.cli.services;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.model.TxId;
import dev.runnel.restore.CannotFollowException;
import dev.runnel.restore.Follower;
import dev.runnel.restore.NotEnoughSpaceException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code restore -f}: brings a copy forward until a signal. */
final class FollowService {

    private static final Logger LOG = LoggerFactory.getLogger(FollowService.class);
    private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);
    private static final int MAX_FAILURES = 5;

    private final ReplicaArchive archive;
    private final Path copy;
    private final Duration interval;
    private final Backoff backoff = new Backoff(
            FIRST_BACKOFF,
            Backoff.DEFAULT_LIMIT,
            () -> ThreadLocalRandom.current().nextLong());
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    /** Attempts that failed since one succeeded: those that met a full disk, and others. */
    private int fullDisks;

    private int failures;

    private volatile boolean left;

    /**
     * @param copy a copy that {@link Follower} began
     * @param interval how often to look for news
     */
    FollowService(ReplicaArchive archive, Path copy, Duration interval) {
        this.archive = archive;
        this.copy = copy;
        this.interval = interval;
    }

    /** Follows until a signal, which ends the process with 0 between two transactions. */
    void run() throws IOException {
        Runtime.getRuntime().addShutdownHook(new Thread(this::end, "runnel-shutdown"));
        try {
            while (stop.getCount() > 0) {
                try {
                    follow();
                } catch (CannotFollowException e) {
                    throw e;
                } catch (NotEnoughSpaceException e) {
                    // It is whole as it is, and somebody makes room in the end.
                    fullDisks++;
                    waitAfter(e, fullDisks);
                } catch (IOException e) {
                    // Opened anew, it stands where it stood. What stays wrong is told at last.
                    failures++;
                    if (failures >= MAX_FAILURES) {
                        throw e;
                    }
                    waitAfter(e, failures);
                }
            }
        } catch (IOException | RuntimeException e) {
            left = true;
            throw e;
        } finally {
            ended.countDown();
        }
    }

    private void follow() throws IOException {
        SqliteTools.recover(copy);
        try (Follower follower =
                Follower.resume(archive, copy, () -> ThreadLocalRandom.current().nextInt())) {
            LOG.atInfo()
                    .addKeyValue("db", copy)
                    .addKeyValue("replica", archive.describe())
                    .addKeyValue("txid", follower.txId())
                    .log("following");
            int storeFailures = 0;
            do {
                TxId before = follower.txId();
                try {
                    if (!follower.advance(this::pause)) {
                        LOG.atDebug().addKeyValue("db", copy).log("readers hold the database, trying again");
                    }
                    storeFailures = 0;
                    failures = 0;
                    fullDisks = 0;
                } catch (TransientStorageException e) {
                    storeFailures++;
                    waitAfter(e, storeFailures);
                }
                if (!follower.txId().equals(before)) {
                    LOG.atDebug()
                            .addKeyValue("db", copy)
                            .addKeyValue("txid", follower.txId())
                            .log("applied");
                }
            } while (pause(interval));
            LOG.atInfo()
                    .addKeyValue("db", copy)
                    .addKeyValue("txid", follower.txId())
                    .log("stopped following");
        }
    }

    private void waitAfter(IOException e, int failuresInARow) throws IOException {
        Duration delay = backoff.delay(failuresInARow);
        LOG.atWarn()
                .addKeyValue("error", e.getMessage())
                .addKeyValue("retry_in", delay)
                .log("cannot follow");
        pause(delay);
    }

    private boolean pause(Duration duration) throws IOException {
        try {
            return !stop.await(duration.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void end() {
        if (left) {
            return;
        }
        stop.countDown();
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!left) {
            Runtime.getRuntime().halt(0);
        }
    }
}
