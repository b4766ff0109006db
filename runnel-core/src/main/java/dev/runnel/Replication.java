package dev.runnel;

import dev.runnel.engine.DatabaseEngine;
import dev.runnel.engine.DatabaseSettings;
import dev.runnel.engine.EngineContext;
import dev.runnel.model.TxId;
import dev.runnel.report.DatabaseReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The replication of one database, which can be stopped and started again. Thread-safe.
 *
 * <p>While it is stopped, nothing is attached to the database and nothing is captured; what the database became meanwhile
 * is found by a page diff when it starts again.
 */
public final class Replication {

    private final DatabaseSettings settings;
    private final EngineContext context;
    private DatabaseEngine engine;
    private @Nullable CompletableFuture<Void> end;
    private @Nullable Instant endedAt;
    private boolean closed;

    Replication(DatabaseSettings settings, EngineContext context) {
        this.settings = settings;
        this.context = context;
        this.engine = new DatabaseEngine(settings, context);
    }

    /** The database file. */
    public Path path() {
        return settings.path();
    }

    DatabaseSettings settings() {
        return settings;
    }

    /** Whether it replicates, or tries to. */
    public synchronized boolean isRunning() {
        return end == null;
    }

    void begin() {
        engine.start();
    }

    /**
     * Starts again after {@link #stop}.
     *
     * @return false if it was running already
     * @throws IllegalStateException if the stop is still under way, or Runnel was stopped or the database removed
     */
    public synchronized boolean start() {
        CompletableFuture<Void> before = end;
        if (before == null) {
            return false;
        }
        if (closed) {
            throw new IllegalStateException(path() + " is no longer replicated by this process");
        }
        if (!before.isDone()) {
            throw new IllegalStateException(path() + " is still being stopped");
        }
        engine = new DatabaseEngine(settings, context);
        end = null;
        endedAt = null;
        engine.start();
        return true;
    }

    /**
     * Stores what was committed up to now and lets the database go. Stopping twice is one stop.
     *
     * @param patience how long to try to store
     * @return completes when nothing runs any more; exceptionally, with an {@link IOException}, if not everything could be
     *     stored
     */
    public synchronized CompletableFuture<Void> stop(Duration patience) {
        CompletableFuture<Void> before = end;
        if (before != null) {
            return before.copy();
        }
        CompletableFuture<Void> ending = engine.stop(patience);
        end = ending;
        endedAt = context.time().now();
        return ending.copy();
    }

    /** Stops for good. */
    synchronized CompletableFuture<Void> close(Duration patience) {
        closed = true;
        return stop(patience);
    }

    /**
     * The durability barrier: completes when everything committed before the call is stored in every replica. Completes
     * with the newest transaction then, null if there is no database yet; exceptionally, with an {@link IOException}, when
     * replication ends before, or is stopped. A replica that fails is tried again and again: give up with {@link
     * CompletableFuture#orTimeout}.
     */
    public CompletableFuture<@Nullable TxId> sync() {
        DatabaseEngine running = running();
        return running == null ? isStopped() : running.sync();
    }

    /**
     * Completes when everything committed before the call is captured locally, with the newest transaction then, null if
     * there is no database yet. Protects from nothing: only {@link #sync} waits for the replicas.
     */
    public CompletableFuture<@Nullable TxId> capture() {
        DatabaseEngine running = running();
        return running == null ? isStopped() : running.capture();
    }

    private synchronized @Nullable DatabaseEngine running() {
        return end == null ? engine : null;
    }

    private <T extends @Nullable Object> CompletableFuture<T> isStopped() {
        return CompletableFuture.failedFuture(new IOException(path() + ": replication is stopped"));
    }

    /**
     * Does {@link #sync} and has every replica take a snapshot, whatever its schedule; nothing is done where the newest
     * snapshot holds all of it already. Completes when the snapshots are stored; exceptionally, when replication ends before.
     */
    public CompletableFuture<Void> snapshot() {
        DatabaseEngine running = running();
        return running == null ? isStopped() : running.snapshot();
    }

    /**
     * Has every replica delete what its retention allows, whatever its schedule. Completes when that is done;
     * exceptionally, when replication ends before.
     */
    public CompletableFuture<Void> enforceRetention() {
        DatabaseEngine running = running();
        return running == null ? isStopped() : running.enforceRetention();
    }

    /** How it is doing at this instant. */
    public DatabaseReport report() {
        DatabaseEngine current;
        Instant when;
        synchronized (this) {
            current = engine;
            when = endedAt;
        }
        DatabaseReport report = current.report();
        return when == null ? report : report.stopped("stopped on request", when);
    }
}
