package dev.runnel.cli.services;

import dev.runnel.age.AgeDecryptor;
import dev.runnel.archive.Backoff;
import dev.runnel.cli.CliContext;
import dev.runnel.cli.CommandException;
import dev.runnel.cli.RestoreOutput;
import dev.runnel.cli.RestoreRequest;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.legacy.LegacyGapException;
import dev.runnel.legacy.LegacyGeneration;
import dev.runnel.legacy.LegacyNotAvailableException;
import dev.runnel.legacy.LegacyPlan;
import dev.runnel.legacy.LegacyPlanner;
import dev.runnel.legacy.LegacyReplica;
import dev.runnel.legacy.LegacyRestorer;
import dev.runnel.legacy.LegacyTarget;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Restores from replicas of Litestream 0.3. */
final class LegacyRestoreService {

    private static final Logger LOG = LoggerFactory.getLogger(LegacyRestoreService.class);

    private final Stores stores;
    private final Backoff backoff;

    LegacyRestoreService(Stores stores, Backoff backoff) {
        this.stores = stores;
        this.backoff = backoff;
    }

    /**
     * What could be restored from one replica.
     *
     * @param time the moment of that state
     */
    record Candidate(ReplicaConfig config, LegacyReplica replica, Instant time) {}

    static LegacyTarget target(RestoreRequest.Point point) {
        return new LegacyTarget(point.generation(), point.index(), point.timestamp());
    }

    /**
     * The replica whose state is the newest of those that the request allows; null if none holds one. Where parts are
     * missing, the time is that of the newest part: the restore will tell of the gap, not give something older.
     *
     * <p>A replica that cannot be read is left out as long as the request can be met without it.
     */
    @Nullable
    Candidate find(RestoreRequest request) throws IOException, CommandException {
        Candidate best = null;
        IOException unreadable = null;
        for (ReplicaConfig config : request.replicas()) {
            LegacyReplica replica = stores.open(config).legacy();
            Instant time = null;
            try {
                time = timeOf(replica, target(request.point()));
            } catch (IOException e) {
                unreadable = e;
            }
            if (time != null && (best == null || time.isAfter(best.time()))) {
                best = new Candidate(config, replica, time);
            }
        }
        if (best == null && unreadable != null && request.point().generation() != null) {
            throw unreadable;
        }
        return best;
    }

    private static @Nullable Instant timeOf(LegacyReplica replica, LegacyTarget target) throws IOException {
        List<LegacyGeneration> generations = replica.list();
        try {
            return LegacyPlanner.plan(replica.describe(), generations, target).timestamp();
        } catch (LegacyNotAvailableException e) {
            return null;
        } catch (LegacyGapException e) {
            return generations.get(generations.size() - 1).end();
        }
    }

    /** Says why there is no candidate. */
    LegacyNotAvailableException explain(RestoreRequest request) throws IOException, CommandException {
        LegacyNotAvailableException reason = null;
        for (ReplicaConfig config : request.replicas()) {
            LegacyReplica replica = stores.open(config).legacy();
            try {
                LegacyPlanner.plan(replica.describe(), replica.list(), target(request.point()));
            } catch (LegacyNotAvailableException e) {
                reason = e;
            }
        }
        if (reason == null) {
            throw new CommandException("the database has no replica");
        }
        return reason;
    }

    void restore(RestoreRequest request, Candidate candidate, CliContext context) throws IOException {
        Instant start = context.clock().instant();
        LegacyRestorer restorer = new LegacyRestorer(
                candidate.replica(),
                AgeDecryptor.of(candidate.config().age().openedBy()),
                request.mode().parallelism(),
                backoff);
        LegacyTarget target = target(request.point());
        if (request.mode().dryRun()) {
            RestoreOutput.print(
                    context.out(),
                    new RestoreOutput.LegacyPlanOutput(
                            candidate.replica().describe(),
                            request.output(),
                            candidate.config().name(),
                            restorer.plan(target)),
                    request.json());
            return;
        }
        LegacyRestorer.Result result =
                restorer.restore(target, request.output(), request.conditions().force(), ProgressBar.on(context));
        SqliteTools.checkRestored(request.output(), request.mode().integrityCheck());
        report(
                request,
                candidate,
                result,
                Duration.between(start, context.clock().instant()),
                context);
    }

    private static void report(
            RestoreRequest request,
            Candidate candidate,
            LegacyRestorer.Result result,
            Duration duration,
            CliContext context) {
        LegacyPlan plan = result.plan();
        LOG.atInfo()
                .addKeyValue("db", request.output())
                .addKeyValue("replica", candidate.replica().describe())
                .addKeyValue("generation", plan.snapshot().generation())
                .addKeyValue(
                        "index", String.format(Locale.ROOT, "%08x", plan.last().index()))
                .addKeyValue("captured", plan.timestamp())
                .addKeyValue("pages", result.pages())
                .addKeyValue("files", plan.objects().size())
                .addKeyValue("proof", "unproved")
                .addKeyValue("duration", duration.toMillis() + "ms")
                .log("restored");
        if (request.json()) {
            RestoreOutput.printJson(
                    context.out(),
                    new RestoreOutput.LegacyResult(
                            request.output(),
                            candidate.config().name(),
                            plan,
                            duration,
                            request.mode().integrityCheck()));
        }
    }
}
