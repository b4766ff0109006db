package dev.runnel;

import dev.runnel.engine.DatabaseSettings;
import dev.runnel.engine.DirectoryEvents;
import dev.runnel.engine.EngineContext;
import dev.runnel.engine.FileEvents;
import dev.runnel.engine.JournalSwitch;
import dev.runnel.engine.SystemTime;
import dev.runnel.engine.ThreadScheduler;
import dev.runnel.model.TimeSource;
import dev.runnel.report.DatabaseReport;
import dev.runnel.source.DescriptorRegistry;
import dev.runnel.source.KernelLocks;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Replicates live SQLite databases of <em>other processes</em> to object stores. One instance serves many databases.
 * Thread-safe.
 *
 * <pre>{@code
 * try (Runnel runnel = Runnel.builder().database(DatabaseOptions.of(path, replica)).start()) {
 *     …
 * }
 * }</pre>
 *
 * <p>Do not use it in the process that has the database open: POSIX record locks belong to the process, and would not
 * exclude the application's own.
 */
public final class Runnel implements AutoCloseable {

    /** How long {@link #close} tries to upload what is left. */
    public static final Duration CLOSE_PATIENCE = Duration.ofSeconds(30);

    private static final int CAPTURE_THREADS = 2;
    private static final int TRANSFER_THREADS = 8;

    private final ThreadScheduler scheduler;
    private final FileEvents fileEvents;
    private final EngineContext context;
    private final List<Replication> replications = new CopyOnWriteArrayList<>();
    private boolean stopped;

    private Runnel(List<DatabaseSettings> databases, JournalSwitch journalSwitch) {
        TimeSource time = new SystemTime();
        scheduler = new ThreadScheduler(CAPTURE_THREADS, TRANSFER_THREADS, time);
        fileEvents = new DirectoryEvents(time);
        context = new EngineContext(
                time,
                scheduler,
                fileEvents,
                () -> ThreadLocalRandom.current().nextLong(),
                new DescriptorRegistry(),
                KernelLocks.ofThisProcess(),
                journalSwitch);
        for (DatabaseSettings database : databases) {
            replications.add(new Replication(database, context));
        }
    }

    /** Begins to describe what to replicate. */
    public static Builder builder() {
        return new Builder();
    }

    /** The databases, in the order in which they were given and added. */
    public List<Replication> replications() {
        return List.copyOf(replications);
    }

    /** The replication of the database at {@code path}, which is absolute. */
    public Optional<Replication> replication(Path path) {
        return replications.stream()
                .filter(replication -> replication.path().equals(path))
                .findFirst();
    }

    /** How every database is doing at this instant. */
    public List<DatabaseReport> report() {
        return replications.stream().map(Replication::report).toList();
    }

    /**
     * Begins to replicate another database.
     *
     * @throws IllegalArgumentException if a database with this path or state directory is there already, one of its
     *     replicas stands where another one does, or it has none
     * @throws IllegalStateException if this Runnel was stopped
     */
    public synchronized Replication add(DatabaseOptions database) {
        if (stopped) {
            throw new IllegalStateException("Runnel was stopped");
        }
        DatabaseSettings settings = database.settings();
        Neighbours.requireRoom(
                settings, replications.stream().map(Replication::settings).toList());
        Replication added = new Replication(settings, context);
        replications.add(added);
        added.begin();
        return added;
    }

    /**
     * Stores what was committed to a database up to now, and no longer replicates it.
     *
     * @param patience how long to try to store
     * @return completes with the last report when nothing of it runs any more, and null if there is no such database;
     *     exceptionally, with an {@link IOException}, if not everything could be stored: it is removed all the same
     */
    public synchronized CompletableFuture<@Nullable DatabaseReport> remove(Path path, Duration patience) {
        Replication leaving = replication(path).orElse(null);
        if (leaving == null) {
            return CompletableFuture.completedFuture(null);
        }
        return leaving.close(patience)
                .whenComplete((done, failure) -> replications.remove(leaving))
                .thenApply(done -> leaving.report());
    }

    /**
     * Stores what was committed up to now, and ends replication of all databases at the same time.
     *
     * @param patience how long to try
     * @throws IOException if not everything could be stored; replication has ended all the same
     */
    public void stop(Duration patience) throws IOException {
        List<CompletableFuture<Void>> ends;
        synchronized (this) {
            if (stopped) {
                return;
            }
            stopped = true;
            ends = replications.stream()
                    .map(replication -> replication.close(patience))
                    .toList();
        }
        IOException failure = null;
        for (CompletableFuture<Void> end : ends) {
            try {
                end.get();
            } catch (ExecutionException e) {
                failure = merge(failure, Objects.requireNonNullElse(e.getCause(), e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = merge(failure, new IOException("interrupted while the last changes were stored", e));
                break;
            }
        }
        fileEvents.close();
        scheduler.close();
        if (failure != null) {
            throw failure;
        }
    }

    private static IOException merge(@Nullable IOException first, Throwable next) {
        Throwable cause = next instanceof CompletionException && next.getCause() != null ? next.getCause() : next;
        IOException failure = cause instanceof IOException io ? io : new IOException(cause.toString(), cause);
        if (first == null) {
            return failure;
        }
        first.addSuppressed(failure);
        return first;
    }

    /** Does {@link #stop} with {@link #CLOSE_PATIENCE}. */
    @Override
    public void close() throws IOException {
        stop(CLOSE_PATIENCE);
    }

    /** Says what to replicate. Not thread-safe. */
    public static final class Builder {

        private final List<DatabaseOptions> databases = new ArrayList<>();
        private JournalSwitch journalSwitch = JournalSwitch.NONE;

        private Builder() {}

        /** Lets databases that are not in WAL mode be switched; by default they are not replicated. */
        public Builder journalSwitch(JournalSwitch newSwitch) {
            journalSwitch = newSwitch;
            return this;
        }

        /** Adds a database. */
        public Builder database(DatabaseOptions database) {
            databases.add(database);
            return this;
        }

        /**
         * Begins to replicate.
         *
         * @throws IllegalArgumentException if two databases have one path or one state directory, two replicas one place, or a
         *     database has no replica
         */
        public Runnel start() {
            List<DatabaseSettings> checked = new ArrayList<>();
            for (DatabaseOptions database : databases) {
                DatabaseSettings settings = database.settings();
                Neighbours.requireRoom(settings, checked);
                checked.add(settings);
            }
            Runnel runnel = new Runnel(checked, journalSwitch);
            runnel.replications.forEach(Replication::begin);
            return runnel;
        }
    }
}
