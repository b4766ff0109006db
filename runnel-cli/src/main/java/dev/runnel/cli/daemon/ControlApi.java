package dev.runnel.cli.daemon;

import dev.runnel.DatabaseOptions;
import dev.runnel.Replication;
import dev.runnel.cli.http.HttpFailure;
import dev.runnel.cli.http.Request;
import dev.runnel.cli.http.Response;
import dev.runnel.cli.http.Router;
import dev.runnel.report.DatabaseReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What can be asked of the daemon to do, as Litestream's control socket has it. */
final class ControlApi {

    private final Fleet fleet;

    ControlApi(Fleet fleet) {
        this.fleet = fleet;
    }

    void addTo(Router router) {
        router.route("POST", "/start", this::start)
                .route("POST", "/stop", this::stop)
                .route("POST", "/sync", this::sync)
                .route("POST", "/register", this::register)
                .route("POST", "/unregister", this::unregister);
    }

    private Response start(Request request) throws HttpFailure {
        Replication replication = find(JsonBody.of(request).path(fleet.paths()), 500);
        long before = replication.report().txId();
        boolean started;
        try {
            started = replication.start();
        } catch (IllegalStateException e) {
            throw new HttpFailure(500, String.valueOf(e.getMessage()));
        }
        DatabaseReport report = replication.report();
        // It takes a moment to read from the local state again where the history stands.
        return answer(started ? "started" : "already_running", report.path(), Math.max(before, report.txId()));
    }

    private Response stop(Request request) throws HttpFailure, InterruptedException {
        JsonBody body = JsonBody.of(request);
        Replication replication = find(body.path(fleet.paths()), 500);
        boolean running = replication.isRunning();
        Duration patience = body.timeout();
        await(replication.stop(patience), ending(patience));
        return answer(running ? "stopped" : "already_stopped", replication.report());
    }

    private Response sync(Request request) throws HttpFailure, InterruptedException {
        JsonBody body = JsonBody.of(request);
        Replication replication = find(body.path(fleet.paths()), 404);
        boolean wait = body.flag("wait");
        Duration patience = body.timeout();
        if (!replication.isRunning()) {
            throw new HttpFailure(409, "database is not open: " + replication.path());
        }
        DatabaseReport before = replication.report();
        await(wait ? replication.sync() : replication.capture(), patience);
        DatabaseReport after = replication.report();
        boolean moved = after.txId() != before.txId() || (wait && after.storedTxId() != before.storedTxId());
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("status", moved ? wait ? "synced" : "synced_local" : "no_change");
        answer.put("path", after.path());
        answer.put("txid", after.txId());
        answer.put("replicated_txid", after.storedTxId());
        return Response.json(200, answer);
    }

    private Response register(Request request) throws HttpFailure {
        JsonBody body = JsonBody.of(request);
        Path path = body.path(fleet.paths());
        String url = body.text("replica_url");
        if (fleet.runnel().replication(path).isPresent()) {
            return answer("already_registered", path);
        }
        try {
            DatabaseOptions options = fleet.registrar().open(path, url);
            try {
                fleet.runnel().add(options);
            } catch (IllegalArgumentException e) {
                // Somebody else registered it meanwhile, or its state directory is taken.
                fleet.registrar().release(path);
                throw new HttpFailure(500, "failed to add database: " + e.getMessage());
            }
        } catch (IllegalArgumentException e) {
            throw new HttpFailure(400, "invalid replica url: " + e.getMessage());
        } catch (IOException | IllegalStateException e) {
            throw new HttpFailure(500, "failed to add database: " + e.getMessage());
        }
        return answer("registered", path);
    }

    private static Response answer(String status, Path path) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("status", status);
        answer.put("path", path.toString());
        return Response.json(200, answer);
    }

    private Response unregister(Request request) throws HttpFailure, InterruptedException {
        JsonBody body = JsonBody.of(request);
        Path path = body.path(fleet.paths());
        Duration patience = body.timeout();
        DatabaseReport last;
        try {
            last = await(fleet.runnel().remove(path, patience), ending(patience));
        } finally {
            // Only once nothing writes to the store any more; after a failure, too, it is removed.
            if (fleet.runnel().replication(path).isEmpty()) {
                release(path);
            }
        }
        if (last == null) {
            return answer("already_unregistered", path.toString(), 0);
        }
        return answer("unregistered", last);
    }

    private void release(Path path) throws HttpFailure {
        try {
            fleet.registrar().release(path);
        } catch (IOException e) {
            throw new HttpFailure(500, "failed to close the replica of " + path + ": " + e.getMessage());
        }
    }

    private static Response answer(String status, DatabaseReport report) {
        return answer(status, report.path(), report.txId());
    }

    private static Response answer(String status, Object path, long txId) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("status", status);
        answer.put("path", path);
        answer.put("txid", txId);
        return Response.json(200, answer);
    }

    private Replication find(Path path, int statusIfAbsent) throws HttpFailure {
        return fleet.runnel()
                .replication(path)
                .orElseThrow(() -> new HttpFailure(statusIfAbsent, "database not found: " + path));
    }

    /** A stop gives up by itself after its patience, and then takes a moment more. */
    private static Duration ending(Duration patience) {
        return patience.plusSeconds(5);
    }

    private static <T extends @Nullable Object> T await(CompletableFuture<T> future, Duration patience)
            throws HttpFailure, InterruptedException {
        try {
            return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new HttpFailure(500, cause.getMessage() == null ? cause.toString() : cause.getMessage());
        } catch (TimeoutException e) {
            throw new HttpFailure(500, "timed out after " + patience.toSeconds() + " s");
        }
    }
}
