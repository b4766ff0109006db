package dev.runnel.cli.services;

import dev.runnel.Replication;
import dev.runnel.Runnel;
import dev.runnel.cli.ReplicateRequest;
import dev.runnel.report.DatabaseReport;
import dev.runnel.report.ReplicaReport;
import dev.runnel.report.State;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code replicate -once}: everything committed up to now is stored, and what else the flags ask for is done. Takes as long
 * as it takes while it gets on; what fails is tried again for some time.
 */
final class SingleRun {

    private static final Duration SHORTEST_PATIENCE = Duration.ofSeconds(1);

    private final Runnel runnel;
    private final Duration patience;
    private final Duration patienceWithWriters;
    private @Nullable IOException failure;

    /**
     * @param patience how long what fails is tried again
     * @param leases for how long a lease may be held by a writer that is gone
     */
    SingleRun(Runnel runnel, Duration patience, Duration leases) {
        this.runnel = runnel;
        this.patience = patience.compareTo(SHORTEST_PATIENCE) < 0 ? SHORTEST_PATIENCE : patience;
        this.patienceWithWriters = leases.plus(this.patience);
    }

    /** @throws IOException the first failure, with the others suppressed; replication has ended all the same */
    void run(ReplicateRequest.Once once) throws IOException, InterruptedException {
        await("not everything could be stored", Replication::sync);
        if (once.forceSnapshot()) {
            await("no snapshot could be stored", Replication::snapshot);
        }
        if (once.enforceRetention()) {
            await("retention could not be enforced", Replication::enforceRetention);
        }
        try {
            runnel.stop(failure == null ? patience : Duration.ZERO);
        } catch (IOException e) {
            add(e);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void await(String otherwise, Function<Replication, CompletableFuture<?>> deed) throws InterruptedException {
        Map<Replication, CompletableFuture<?>> begun = new LinkedHashMap<>();
        runnel.replications().forEach(replication -> begun.put(replication, deed.apply(replication)));
        for (Map.Entry<Replication, CompletableFuture<?>> each : begun.entrySet()) {
            try {
                await(each.getKey(), each.getValue(), otherwise);
            } catch (IOException e) {
                add(e);
            }
        }
    }

    private void await(Replication replication, CompletableFuture<?> deed, String otherwise)
            throws IOException, InterruptedException {
        for (Duration waited = patience; ; waited = waited.plus(patience)) {
            try {
                deed.get(patience.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (ExecutionException e) {
                Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
                throw cause instanceof IOException io ? io : new IOException(cause);
            } catch (TimeoutException e) {
                String obstacle = obstacle(replication.report(), waited.compareTo(patienceWithWriters) >= 0);
                if (obstacle != null) {
                    throw new IOException(replication.path() + ": " + otherwise + " within " + waited.toSeconds()
                            + " s: " + obstacle);
                }
            }
        }
    }

    /**
     * Why it does not get on; null if it does, and only needs more time.
     *
     * @param leasesHaveRunOut whether a writer that has the lease still is one that lives
     */
    private static @Nullable String obstacle(DatabaseReport report, boolean leasesHaveRunOut) {
        if (isStuck(report.state(), leasesHaveRunOut)) {
            return String.valueOf(report.reason());
        }
        for (ReplicaReport replica : report.replicas()) {
            if (isStuck(replica.state(), leasesHaveRunOut)) {
                return replica.location() + ": " + replica.reason();
            }
        }
        return null;
    }

    private static boolean isStuck(State state, boolean leasesHaveRunOut) {
        return switch (state) {
            case WAITING, LOCKED, FAILING, STOPPED -> true;
            case STANDBY -> leasesHaveRunOut;
            case STARTING, OK, BEHIND -> false;
        };
    }

    private void add(IOException e) {
        if (failure == null) {
            failure = e;
        } else if (!e.equals(failure)) {
            failure.addSuppressed(e);
        }
    }
}
