package dev.runnel.cli.daemon;

import dev.runnel.Replication;
import dev.runnel.cli.http.HttpFailure;
import dev.runnel.cli.http.Request;
import dev.runnel.cli.http.Response;
import dev.runnel.cli.http.Router;
import dev.runnel.report.DatabaseReport;
import dev.runnel.report.Health;
import dev.runnel.report.State;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What can be asked of the daemon without changing anything. */
final class StatusApi {

    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Fleet fleet;
    private final Metrics metrics;

    StatusApi(Fleet fleet, Metrics metrics) {
        this.fleet = fleet;
        this.metrics = metrics;
    }

    /** Adds what may be seen on the network, too. */
    void addPublicTo(Router router) {
        router.route("GET", "/metrics", request -> Response.of(200, METRICS_TYPE, metrics.text(view())))
                .route("GET", "/livez", request -> Response.text(200, "ok\n"))
                .route("GET", "/readyz", this::ready);
    }

    /** Adds what only the sockets show. */
    void addTo(Router router) {
        router.route("GET", "/health", this::health)
                .route("GET", "/txid", this::txId)
                .route("GET", "/list", request -> list())
                .route("GET", "/info", request -> info())
                .route("GET", "/debug/sync-status", this::syncStatus)
                .below("/debug/pprof", request -> {
                    throw new HttpFailure(
                            404, "there is no Go profile of a Java process: use jcmd or a flight recording");
                });
    }

    private Fleet.View view() {
        return fleet.view(Health.Limits.DEFAULT);
    }

    private static Response document(int status, Fleet.View view) {
        return Response.json(status, HealthDocument.of(view.health(), view.now()));
    }

    private Response ready(Request request) throws HttpFailure {
        Fleet.View view = view();
        Health health = view.health();
        String format = request.parameter("format");
        if ("json".equals(format)) {
            return document(health.healthy() ? 200 : 503, view);
        }
        if (format != null) {
            throw new HttpFailure(400, "format must be json, or left out");
        }
        return health.healthy()
                ? Response.text(200, "ok\n")
                : Response.text(503, health.complaints().stream().collect(Collectors.joining("\n", "", "\n")));
    }

    private Response health(Request request) throws HttpFailure {
        String lag = request.parameter("max_lag_ms");
        if (lag != null && !lag.matches("[0-9]{1,15}")) {
            throw new HttpFailure(400, "max_lag_ms must be a number of milliseconds");
        }
        Health.Limits limits =
                lag == null ? Health.Limits.DEFAULT : new Health.Limits(Duration.ofMillis(Long.parseLong(lag)));
        return document(200, fleet.view(limits));
    }

    private Response txId(Request request) throws HttpFailure {
        String path = request.parameter("path");
        if (path == null || path.isEmpty()) {
            throw new HttpFailure(400, "path required");
        }
        return Response.json(200, Map.of("txid", find(path).report().txId()));
    }

    private Replication find(String path) throws HttpFailure {
        Path expanded = JsonBody.path(path, fleet.paths());
        return fleet.runnel()
                .replication(expanded)
                .orElseThrow(() -> new HttpFailure(404, "database not found: " + expanded));
    }

    private Response list() {
        List<Map<String, Object>> databases = new ArrayList<>();
        for (DatabaseReport report : fleet.runnel().report()) {
            Map<String, Object> item = new LinkedHashMap<>();
            item.put("path", report.path());
            item.put("status", status(report.state()));
            Instant synced = report.syncedAt();
            if (synced != null) {
                item.put("last_sync_at", synced);
            }
            databases.add(item);
        }
        return Response.json(200, Map.of("databases", databases));
    }

    /** Litestream's three words. One whose database cannot be followed is open, no more. */
    private static String status(State state) {
        return switch (state) {
            case STOPPED -> "stopped";
            case OK, BEHIND -> "replicating";
            case STARTING, WAITING, LOCKED, STANDBY, FAILING -> "open";
        };
    }

    private Response info() {
        Fleet.About about = fleet.about();
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("version", about.version());
        info.put("pid", ProcessHandle.current().pid());
        info.put(
                "uptime_seconds",
                Duration.between(about.startedAt(), fleet.time().now()).toSeconds());
        info.put("started_at", about.startedAt());
        info.put("database_count", fleet.runnel().replications().size());
        return Response.json(200, info);
    }

    private Response syncStatus(Request request) throws HttpFailure {
        String path = request.parameter("path");
        List<DatabaseReport> reports = path == null || path.isEmpty()
                ? fleet.runnel().report()
                : List.of(find(path).report());
        List<Map<String, Object>> databases = new ArrayList<>();
        for (DatabaseReport report : reports) {
            databases.add(diagnosis(report));
        }
        return Response.json(200, Map.of("databases", databases));
    }

    private Map<String, Object> diagnosis(DatabaseReport report) {
        Map<String, Object> item = new LinkedHashMap<>();
        Instant since = report.lag().pendingSince();
        item.put("path", report.path());
        item.put("active", since != null);
        if (since != null) {
            item.put("operation", "sync");
            item.put("started_at", since);
            item.put("elapsed_seconds", report.lag().at(fleet.time().now()).toSeconds());
        }
        if (report.txId() > 0) {
            item.put("txid", report.txId());
        }
        if (report.walBytes() > 0) {
            item.put("wal_size", report.walBytes());
        }
        if (report.reason() != null) {
            boolean failed = report.state() == State.FAILING || report.state() == State.LOCKED;
            item.put(failed ? "error" : "reason", report.reason());
        }
        return item;
    }
}
