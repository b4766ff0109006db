package dev.runnel.cli.services;

import dev.runnel.DatabaseOptions;
import dev.runnel.ReplicaOptions;
import dev.runnel.Runnel;
import dev.runnel.cli.CliContext;
import dev.runnel.cli.CommandException;
import dev.runnel.cli.ReplicateRequest;
import dev.runnel.cli.RestoreRequest;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.LevelsConfig;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.daemon.Daemon;
import dev.runnel.engine.Checkpointing;
import dev.runnel.engine.OnDivergence;
import dev.runnel.engine.SystemTime;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon: replicates until it is told to stop, and says so when the end was not a good one. */
final class ReplicateService {

    private static final Logger LOG = LoggerFactory.getLogger(ReplicateService.class);
    private static final int DEFAULT_PARALLELISM = 8;
    /** Health turns red once so many verifications in a row did not come. */
    private static final int MISSED_VERIFICATIONS = 3;

    private final Stores stores;
    private final StateDirectories stateDirectories;
    private final CheckpointProcess checkpointer = new CheckpointProcess();

    ReplicateService(Stores stores, StateDirectories stateDirectories) {
        this.stores = stores;
        this.stateDirectories = stateDirectories;
    }

    /** Opens what others see of the daemon. */
    @FunctionalInterface
    interface Opening {
        Daemon open(Runnel runnel);
    }

    /**
     * Replicates.
     *
     * @param outside opened for a daemon, not for a single run
     */
    int replicate(ReplicateRequest request, CliContext context, Opening outside)
            throws IOException, CommandException, InterruptedException {
        RunnelConfig config = request.config();
        warnOfFewOpenFiles(config.databases().size());
        restoreAbsent(config, context);
        warnOfHiddenWals(config);
        Runnel.Builder builder = Runnel.builder().journalSwitch(SqliteTools.journalSwitch());
        for (DatabaseConfig database : config.databases()) {
            builder.database(options(database, levels(request)));
        }
        Duration patience = config.service().shutdown().timeout();
        if (request.once() != null) {
            new SingleRun(builder.start(), patience, longestLease(config)).run(request.once());
            return 0;
        }
        Shutdown shutdown = new Shutdown(patience);
        // Before anything is replicated: it is then stored at a signal, however early that comes.
        Runtime.getRuntime().addShutdownHook(new Thread(shutdown, "runnel-shutdown"));
        try {
            Runnel runnel = shutdown.begin(builder);
            if (runnel == null) {
                return awaitTheHook();
            }
            watch(runnel, config, patience);
            return serve(shutdown, runnel, outside, request.exec());
        } catch (IOException | RuntimeException e) {
            // Else the hook would end the process, and its exit code tells only whether everything was stored.
            shutdown.stop();
            shutdown.leave();
            throw e;
        }
    }

    private static Duration longestLease(RunnelConfig config) {
        return config.databases().stream()
                .flatMap(database -> database.replicas().stream())
                .map(replica -> replica.policy().leaseTtl())
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    private void watch(Runnel runnel, RunnelConfig config, Duration patience) {
        DirectoryWatcher watcher = new DirectoryWatcher(
                runnel,
                config.directories(),
                database -> options(database, config.levels()),
                patience,
                new SystemTime());
        if (watcher.isNeeded()) {
            Thread thread = new Thread(watcher, "runnel-watch");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void warnOfFewOpenFiles(int databases) {
        OpenFiles.limitTooLowFor(databases)
                .ifPresent(limit -> LOG.atWarn()
                        .addKeyValue("limit", limit)
                        .addKeyValue("needed", OpenFiles.need(databases))
                        .addKeyValue("databases", databases)
                        .addKeyValue("remedy", OpenFiles.REMEDY)
                        .log("may open too few files for so many databases"));
    }

    private static void warnOfHiddenWals(RunnelConfig config) {
        Set<String> mountPoints = mountPoints();
        for (DatabaseConfig database : config.databases()) {
            try {
                HiddenWal.of(database.path(), mountPoints)
                        .forEach(hidden -> LOG.atWarn()
                                .addKeyValue("db", database.path())
                                .addKeyValue("reason", "it " + hidden.why())
                                .addKeyValue("remedy", hidden.remedy())
                                .log("changes may be written where they are not seen"));
            } catch (IOException e) {
                LOG.debug("cannot tell whether a database has another name", e); // its engine tells what is wrong
            }
        }
    }

    private static Set<String> mountPoints() {
        try {
            return HiddenWal.mountPoints();
        } catch (IOException e) {
            LOG.debug("cannot tell what is mounted", e);
            return Set.of();
        }
    }

    /** A single run deletes only if it is told to. */
    private static LevelsConfig levels(ReplicateRequest request) {
        LevelsConfig levels = request.config().levels();
        ReplicateRequest.Once once = request.once();
        return once == null || once.enforceRetention() ? levels : levels.withoutDeletes();
    }

    private void restoreAbsent(RunnelConfig config, CliContext context) throws IOException, CommandException {
        RestoreService restores = new RestoreService(stores);
        for (DatabaseConfig database : config.databases()) {
            if (database.start().restoreIfAbsent()) {
                RestoreRequest request = new RestoreRequest(
                        database.replicas(),
                        database.path(),
                        new RestoreRequest.Point(null, null),
                        new RestoreRequest.Conditions(true, false),
                        new RestoreRequest.Mode(DEFAULT_PARALLELISM, RestoreRequest.IntegrityCheck.NONE, false, null),
                        false);
                restores.restoreIfAbsent(database.path(), request, context);
            }
        }
    }

    DatabaseOptions options(DatabaseConfig database, LevelsConfig levels) throws IOException, CommandException {
        DatabaseOptions options = DatabaseOptions.of(database.path()).withStateDirectory(stateDirectories.of(database));
        Duration monitor = database.capture().monitorInterval();
        if (monitor != null) {
            options = options.withMonitorInterval(monitor);
        }
        Long maxWalSize = database.capture().maxWalSize();
        if (maxWalSize != null) {
            options = options.withMaxWalBytes(maxWalSize);
        }
        Long maxSpoolBytes = database.capture().maxSpoolBytes();
        if (maxSpoolBytes != null) {
            options = options.withMaxSpoolBytes(maxSpoolBytes);
        }
        options = options.withOnDivergence(policy(database.start().onDivergence()));
        options = options.withCheckpointing(checkpointing(database.capture().checkpoints()));
        for (ReplicaConfig replica : database.replicas()) {
            options = options.withReplica(options(replica, levels));
        }
        return options;
    }

    private static OnDivergence policy(DatabaseConfig.@Nullable DivergencePolicy configured) {
        if (configured == null) {
            return OnDivergence.DECIDE;
        }
        return switch (configured) {
            case RESTORE -> OnDivergence.RESTORE;
            case FAIL -> OnDivergence.FAIL;
            case CONTINUE -> OnDivergence.CONTINUE;
        };
    }

    private Checkpointing checkpointing(DatabaseConfig.Checkpoints checkpoints) {
        Checkpointing.Mode mode = switch (checkpoints.mode()) {
            case AUTO -> Checkpointing.Mode.AUTO;
            case OFF -> Checkpointing.Mode.OFF;
            case ALWAYS -> Checkpointing.Mode.ALWAYS;
        };
        return new Checkpointing(mode, checkpoints.interval(), checkpoints.minPages(), checkpointer);
    }

    private ReplicaOptions options(ReplicaConfig replica, LevelsConfig levels) throws IOException, CommandException {
        ReplicaConfig.Policy policy = replica.policy();
        ReplicaOptions options = stores.open(replica)
                .options(replica.name())
                .withSyncInterval(policy.syncInterval())
                .withSnapshotInterval(policy.snapshotInterval())
                .withLevels(levels.intervals())
                .withLease(policy.lease(), policy.leaseTtl())
                .withRetention(
                        levels.deletes(),
                        Objects.requireNonNullElse(policy.retention(), Duration.ZERO),
                        Objects.requireNonNullElse(levels.l0Retention(), Duration.ZERO),
                        levels.l0CheckInterval());
        Duration interval = policy.validationInterval();
        return interval == null
                ? options
                : options.withVerification(
                        interval,
                        Objects.requireNonNullElse(policy.verifyMaxAge(), interval.multipliedBy(MISSED_VERIFICATIONS)));
    }

    /** Serves until a signal or the end of the child. */
    private static int serve(Shutdown shutdown, Runnel runnel, Opening outside, List<String> exec)
            throws IOException, InterruptedException {
        HeapKeeper.start();
        shutdown.open(() -> outside.open(runnel));
        LOG.atInfo().addKeyValue("databases", runnel.replications().size()).log("started");
        Process child = exec.isEmpty() ? null : shutdown.start(new ProcessBuilder(exec).inheritIO());
        if (child == null) {
            return awaitTheHook(); // there is none to wait for, or a signal came first
        }
        int code = child.waitFor();
        LOG.atInfo().addKeyValue("code", code).log("child process ended");
        if (shutdown.isSignalled()) {
            return awaitTheHook(); // the child ended because it was told to
        }
        if (code != 0) {
            throw new IOException("exit status " + code);
        }
        boolean stored = shutdown.stop();
        shutdown.leave();
        return stored ? 0 : 1;
    }

    /** Leaves the end of the process to the hook. */
    private static int awaitTheHook() throws InterruptedException {
        new CountDownLatch(1).await();
        return 0;
    }

    /**
     * The end of the daemon, at SIGTERM and SIGINT or after the child: stores what is left. A signal ends the process with
     * what came of it; behind the child, the caller does. Thread-safe.
     */
    private static final class Shutdown implements Runnable {

        private final Duration patience;
        private final CountDownLatch end = new CountDownLatch(1);
        private final AtomicBoolean begun = new AtomicBoolean();
        private volatile boolean stored;
        private volatile boolean left;
        private volatile boolean signalled;
        private volatile @Nullable Runnel runnel;
        private @Nullable Process child;
        private @Nullable Daemon outside;

        Shutdown(Duration patience) {
            this.patience = patience;
        }

        /**
         * Begins to replicate what is stored at the end.
         *
         * @return null if a signal came first
         */
        synchronized @Nullable Runnel begin(Runnel.Builder builder) {
            if (!signalled) {
                runnel = builder.start();
            }
            return runnel;
        }

        /**
         * Starts the child to which a signal is passed on. In one step with the signal's look at it: a child that runs
         * already would otherwise be left alone by a signal that comes while it is started.
         *
         * @return null if a signal came first
         */
        synchronized @Nullable Process start(ProcessBuilder command) throws IOException {
            if (!signalled) {
                child = command.start();
            }
            return child;
        }

        /** Opens the outside, unless a signal came first; it is closed at the end. */
        synchronized void open(Supplier<Daemon> opening) {
            if (!signalled) {
                outside = opening.get();
            }
        }

        private synchronized void closeOutside() {
            if (outside != null) {
                outside.close();
            }
        }

        private synchronized @Nullable Process signal() {
            signalled = true;
            return child;
        }

        /** Whether a signal ends the process. */
        boolean isSignalled() {
            return signalled;
        }

        /** Leaves the end of the process to the caller. */
        void leave() {
            left = true;
        }

        @Override
        public void run() {
            if (left) {
                return;
            }
            Process process = signal();
            int code = 1;
            try {
                if (process != null && process.isAlive()) {
                    process.destroy();
                    process.waitFor();
                }
                code = stop() ? 0 : 1;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Runtime.getRuntime().halt(code);
        }

        /** Stores what is left, or waits for whoever does. Returns whether everything was stored. */
        boolean stop() throws InterruptedException {
            if (begun.compareAndSet(false, true)) {
                try {
                    LOG.info("stopping, storing what is left");
                    Runnel replicating = runnel;
                    if (replicating != null) {
                        replicating.stop(patience);
                    }
                    LOG.info("stopped");
                    stored = true;
                } catch (IOException e) {
                    LOG.atError().addKeyValue("error", e.getMessage()).log("stopped before everything was stored");
                } finally {
                    closeOutside();
                    end.countDown();
                }
            }
            end.await();
            return stored;
        }
    }
}
