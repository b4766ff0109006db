package dev.runnel.cli.services;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.cli.CliContext;
import dev.runnel.cli.CommandException;
import dev.runnel.cli.RestoreOutput;
import dev.runnel.cli.RestoreRequest;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.legacy.LegacyNotAvailableException;
import dev.runnel.model.TxId;
import dev.runnel.restore.Follower;
import dev.runnel.restore.NothingToRestoreException;
import dev.runnel.restore.RestoreException;
import dev.runnel.restore.RestoreOptions;
import dev.runnel.restore.RestorePlanner;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.RestoredImage;
import dev.runnel.restore.Restorer;
import dev.runnel.restore.TimestampOutOfRangeException;
import dev.runnel.restore.TransactionNotAvailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Restores from the replica that holds most. */
final class RestoreService {

    private static final Logger LOG = LoggerFactory.getLogger(RestoreService.class);
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(250);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(10);

    private static final Backoff BACKOFF = new Backoff(
            FIRST_BACKOFF, LONGEST_BACKOFF, () -> ThreadLocalRandom.current().nextLong());

    private final Stores stores;

    RestoreService(Stores stores) {
        this.stores = stores;
    }

    /** A replica that was looked at. */
    private record Candidate(ReplicaConfig config, ReplicaArchive archive) {}

    int restore(RestoreRequest request, CliContext context) throws IOException, CommandException {
        try {
            LegacyRestoreService legacy = new LegacyRestoreService(stores, BACKOFF);
            if (request.point().generation() != null) {
                LegacyRestoreService.Candidate candidate = legacy.find(request);
                if (candidate == null) {
                    throw legacy.explain(request);
                }
                legacy.restore(request, candidate, context);
                return 0;
            }
            List<Candidate> candidates = candidates(request);
            LegacyRestoreService.Candidate older =
                    request.point().txid() == null && request.mode().follow() == null ? legacy.find(request) : null;
            if (older != null
                    && isNewer(older.time(), request, candidates.get(0).archive())) {
                legacy.restore(request, older, context);
                return 0;
            }
            restoreFromAny(request, candidates, context);
            return 0;
        } catch (NothingToRestoreException | LegacyNotAvailableException e) {
            if (request.conditions().ifReplicaExists()) {
                LOG.atInfo().addKeyValue("output", request.output()).log("no matching backups found, nothing restored");
                return 0;
            }
            if (e instanceof LegacyNotAvailableException) {
                throw new CommandException(String.valueOf(e.getMessage()));
            }
            throw new CommandException("no matching backup files available");
        }
    }

    /** Restores from the first replica that gives what is asked for: one that is damaged does not hide another. */
    private static void restoreFromAny(RestoreRequest request, List<Candidate> candidates, CliContext context)
            throws IOException {
        RestoreException notThere = null;
        for (int i = 0; ; i++) {
            boolean last = i == candidates.size() - 1 || request.mode().follow() != null;
            try {
                restore(request, candidates.get(i), context);
                return;
            } catch (TransactionNotAvailableException | TimestampOutOfRangeException | NothingToRestoreException e) {
                // Another may have merged less, or deleted less.
                notThere = notThere == null ? e : notThere;
                if (last) {
                    throw notThere;
                }
            } catch (RestoreException e) {
                throw e;
            } catch (IOException e) {
                if (last) {
                    throw e;
                }
                LOG.atWarn()
                        .addKeyValue("replica", candidates.get(i).archive().describe())
                        .addKeyValue("error", e.getMessage())
                        .log("cannot restore from this replica, trying another one");
            }
        }
    }

    private static void restore(RestoreRequest request, Candidate candidate, CliContext context) throws IOException {
        Instant start = context.clock().instant();
        RestoreOptions options = RestoreOptions.defaults()
                .withParallelism(request.mode().parallelism())
                .withForce(request.conditions().force())
                .withProgress(ProgressBar.on(context));
        Restorer restorer = new Restorer(candidate.archive(), options, BACKOFF);
        if (request.mode().dryRun()) {
            print(request, candidate, restorer, context);
            return;
        }
        Duration interval = request.mode().follow();
        FollowService follow =
                interval == null ? null : new FollowService(candidate.archive(), request.output(), interval);
        boolean force = request.conditions().force();
        if (follow != null && !force && Follower.canResume(request.output())) {
            follow.run();
            return;
        }
        RestoredImage image = follow == null
                ? restorer.restore(target(request), request.output())
                : Follower.begin(restorer, request.output(), force);
        SqliteTools.checkRestored(request.output(), request.mode().integrityCheck());
        report(
                request,
                candidate,
                image,
                Duration.between(start, context.clock().instant()),
                context);
        if (follow != null) {
            follow.run();
        }
    }

    /** Whether a state of 0.3 of {@code time} is newer than what the LTX files give, or they give none. */
    private static boolean isNewer(Instant time, RestoreRequest request, ReplicaArchive archive) throws IOException {
        Instant timestamp = request.point().timestamp();
        if (archive.manifest().isEmpty()) {
            return true;
        }
        try {
            TxId reached = RestorePlanner.plan(
                            archive.describe(), archive.manifest(), target(request), archive::timestampOf)
                    .txId();
            Instant newest = Instant.MIN;
            // A snapshot made later than the state it holds speaks for its being still the newest.
            for (LtxFile file : archive.manifest()
                    .all()
                    .filter(file -> file.max().equals(reached))
                    .toList()) {
                Instant written = archive.timestampOf(file);
                if (written.isAfter(newest) && (timestamp == null || written.isBefore(timestamp))) {
                    newest = written;
                }
            }
            return time.truncatedTo(ChronoUnit.MILLIS).isAfter(newest);
        } catch (TimestampOutOfRangeException e) {
            return true;
        }
    }

    private static RestoreTarget target(RestoreRequest request) {
        if (request.point().txid() != null) {
            return RestoreTarget.at(request.point().txid());
        }
        return request.point().timestamp() != null
                ? RestoreTarget.before(request.point().timestamp())
                : RestoreTarget.newest();
    }

    /** The replicas, those that reach furthest first; what cannot be read is left out as long as another can. */
    private List<Candidate> candidates(RestoreRequest request) throws IOException, CommandException {
        List<Candidate> readable = new ArrayList<>();
        Map<ReplicaArchive, IOException> unreadable = new LinkedHashMap<>();
        for (ReplicaConfig replica : request.replicas()) {
            ReplicaArchive archive = stores.open(replica).archive();
            try {
                archive.load();
            } catch (IOException e) {
                unreadable.put(archive, e);
                continue;
            }
            readable.add(new Candidate(replica, archive));
        }
        if (readable.isEmpty()) {
            for (IOException failure : unreadable.values()) {
                throw failure;
            }
            throw new CommandException("the database has no replica");
        }
        unreadable.forEach((archive, failure) -> LOG.atWarn()
                .addKeyValue("replica", archive.describe())
                .addKeyValue("error", failure.getMessage())
                .log("replica cannot be read, restoring from another one"));
        readable.sort(Comparator.comparing((Candidate candidate) -> reaches(candidate.archive()))
                .reversed());
        return readable;
    }

    private static Long reaches(ReplicaArchive archive) {
        Manifest manifest = archive.manifest();
        TxId newest = manifest.newestRestorable();
        return newest == null ? 0 : newest.value();
    }

    private static void print(RestoreRequest request, Candidate candidate, Restorer restorer, CliContext context)
            throws IOException {
        RestoreOutput.Plan plan = new RestoreOutput.Plan(
                candidate.archive().describe(),
                request.output(),
                candidate.config().name(),
                restorer.plan(target(request)));
        RestoreOutput.print(context.out(), plan, request.json());
    }

    private static void report(
            RestoreRequest request, Candidate candidate, RestoredImage image, Duration duration, CliContext context) {
        LOG.atInfo()
                .addKeyValue("db", request.output())
                .addKeyValue("replica", candidate.archive().describe())
                .addKeyValue("txid", image.txId())
                .addKeyValue("captured", image.timestamp())
                .addKeyValue("pages", image.pages())
                .addKeyValue("files", image.files())
                .addKeyValue("proof", image.proof().name().toLowerCase(java.util.Locale.ROOT))
                .addKeyValue("checksum", Long.toHexString(image.databaseChecksum()))
                .addKeyValue("duration", duration.toMillis() + "ms")
                .log("restored");
        if (request.json()) {
            RestoreOutput.printJson(
                    context.out(),
                    new RestoreOutput.Result(
                            request.output(),
                            candidate.config().name(),
                            image.txId(),
                            duration,
                            request.mode().integrityCheck(),
                            image.proof()),
                    context.asLitestream());
        }
    }

    /** Restores a database that is not there before replication begins. Returns whether it was. */
    boolean restoreIfAbsent(Path database, RestoreRequest request, CliContext context)
            throws IOException, CommandException {
        if (Files.exists(database)) {
            return false;
        }
        restore(request, context);
        return Files.exists(database);
    }

    static @Nullable Long walSize(Path database) throws IOException {
        Path wal = database.resolveSibling(database.getFileName() + "-wal");
        return Files.exists(wal) ? Files.size(wal) : null;
    }
}
