package dev.runnel.cli.daemon;

import dev.runnel.report.DatabaseReport;
import dev.runnel.report.Health;
import dev.runnel.report.ReplicaReport;
import dev.runnel.report.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The metrics: a view of the report, under Litestream's names where it has one for the same thing, else as {@code runnel_…}.
 */
final class Metrics {

    private static final String RECONCILES = "reconciles_";

    private final StoreMeter meter;
    private final ProcessGauges process;
    private final String version;

    Metrics(StoreMeter meter, ProcessGauges process, String version) {
        this.meter = meter;
        this.process = process;
        this.version = version;
    }

    String text(Fleet.View view) {
        MetricsText out = new MetricsText();
        out.gauge("runnel_build_info", "Version of the program.", 1, "version", version);
        out.gauge(
                "runnel_healthy",
                "Whether everything is protected.",
                bit(view.health().healthy()));
        List<DatabaseReport> reports = view.reports();
        for (int i = 0; i < reports.size(); i++) {
            DatabaseReport report = reports.get(i);
            Health.DatabaseHealth health = view.health().databases().get(i);
            litestream(out, report);
            database(out, report, health, view.now());
            counters(out, report);
            for (int r = 0; r < report.replicas().size(); r++) {
                replica(out, report, report.replicas().get(r), health.replicas().get(r));
                ProofMetrics.addTo(out, report, report.replicas().get(r), view.now());
            }
        }
        meter.addTo(out);
        process.addTo(out);
        return out.text();
    }

    private static void litestream(MetricsText out, DatabaseReport report) {
        String[] db = {"db", report.path()};
        Map<String, Long> counts = report.counters();
        out.gauge("litestream_db_size", "Length of the database file in bytes.", report.databaseBytes(), db);
        out.gauge("litestream_wal_size", "Length of the WAL in bytes.", report.walBytes(), db);
        out.counter(
                "litestream_total_wal_bytes",
                "Bytes that were written to the WAL.",
                counts.getOrDefault("wal_bytes", 0L),
                db);
        out.gauge("litestream_txid", "Newest transaction captured.", report.txId(), db);
        out.counter("litestream_sync_count", "Cuts made.", counts.getOrDefault("cuts", 0L), db);
        out.counter("litestream_sync_error_count", "Failures to capture.", counts.getOrDefault("failures", 0L), db);
        out.counter("litestream_sync_seconds", "Time spent on making cuts.", ofNanos(counts, "cut_nanos"), db);
        if (counts.containsKey("checkpoints")) {
            String[] passive = {"db", report.path(), "mode", "PASSIVE"};
            out.counter("litestream_checkpoint_count", "Checkpoints run.", counts.get("checkpoints"), passive);
            out.counter(
                    "litestream_checkpoint_error_count",
                    "Checkpoints that failed.",
                    counts.getOrDefault("checkpoint_failures", 0L),
                    passive);
            out.counter(
                    "litestream_checkpoint_seconds",
                    "Time spent on checkpoints.",
                    ofNanos(counts, "checkpoint_nanos"),
                    passive);
        }
        for (ReplicaReport replica : report.replicas()) {
            out.counter(
                    "litestream_replica_wal_bytes",
                    "Bytes uploaded to a replica.",
                    replica.bytes(),
                    "db",
                    report.path(),
                    "name",
                    replica.name());
        }
    }

    private static void database(MetricsText out, DatabaseReport report, Health.DatabaseHealth health, Instant now) {
        String[] db = {"db", report.path()};
        out.gauge(
                "runnel_database_healthy",
                "Whether a database is protected in all its replicas.",
                bit(health.healthy()),
                db);
        for (State state : State.values()) {
            out.gauge(
                    "runnel_database_state",
                    "1 for the state in which capture is.",
                    bit(state == report.state()),
                    "db",
                    report.path(),
                    "state",
                    state.label());
        }
        out.gauge(
                "runnel_database_lag_seconds",
                "How long the oldest change that is not captured has been waiting.",
                seconds(report.lag().at(now)),
                db);
        Instant looked = report.lookedAt();
        if (looked != null) {
            out.gauge(
                    "runnel_database_looked_at_timestamp_seconds",
                    "When the database was last looked at.",
                    seconds(looked),
                    db);
        }
        if (report.capturedAt() != null) {
            out.gauge(
                    "runnel_database_captured_at_timestamp_seconds",
                    "When the newest transaction was captured.",
                    seconds(report.capturedAt()),
                    db);
        }
    }

    private static void counters(MetricsText out, DatabaseReport report) {
        String[] db = {"db", report.path()};
        Map<String, Long> counts = report.counters();
        out.counter(
                "runnel_wal_resets_followed_total",
                "Resets of the WAL that were followed without a page diff.",
                counts.getOrDefault("resets_followed", 0L),
                db);
        out.counter(
                "runnel_gate_swaps_total",
                "How often slot 0 took over from the gate.",
                counts.getOrDefault("swaps", 0L),
                db);
        out.counter("runnel_cut_pages_total", "Pages in all cuts.", counts.getOrDefault("cut_pages", 0L), db);
        out.counter("runnel_cut_bytes_total", "Bytes of all cuts.", counts.getOrDefault("cut_bytes", 0L), db);
        counts.forEach((name, count) -> {
            if (name.startsWith(RECONCILES)) {
                out.counter(
                        "runnel_reconciles_total",
                        "How often continuity was not proved, so that a page diff followed. no_position is a start, and no"
                                + " incident.",
                        count,
                        "db",
                        report.path(),
                        "reason",
                        name.substring(RECONCILES.length()));
            }
        });
    }

    private static void replica(
            MetricsText out, DatabaseReport report, ReplicaReport replica, Health.ReplicaHealth health) {
        String[] labels = {"db", report.path(), "replica", replica.name()};
        out.gauge(
                "runnel_replica_healthy",
                "Whether a replica holds all but the newest changes.",
                bit(health.verdict().healthy()),
                labels);
        for (State state : State.values()) {
            out.gauge(
                    "runnel_replica_state",
                    "1 for the state in which a replica is.",
                    bit(state == replica.state()),
                    "db",
                    report.path(),
                    "replica",
                    replica.name(),
                    "state",
                    state.label());
        }
        out.gauge(
                "runnel_replica_lag_seconds",
                "How long the oldest change that a replica lacks has been waiting; 0 when it has all.",
                seconds(health.verdict().lag()),
                labels);
        out.gauge(
                "runnel_replica_lag_transactions",
                "Captured transactions that a replica lacks.",
                health.transactions(),
                labels);
        out.gauge("runnel_replica_txid", "Newest transaction in a replica.", replica.txId(), labels);
        uploaded(out, replica.uploadedAt(), labels);
        out.counter("runnel_replica_uploads_total", "Files uploaded.", replica.requests(), labels);
        out.counter("runnel_replica_uploaded_bytes_total", "Bytes uploaded.", replica.bytes(), labels);
    }

    private static void uploaded(MetricsText out, @Nullable Instant when, String[] labels) {
        if (when != null) {
            out.gauge(
                    "runnel_replica_uploaded_at_timestamp_seconds",
                    "When an upload last succeeded.",
                    seconds(when),
                    labels);
        }
    }

    private static double ofNanos(Map<String, Long> counts, String name) {
        return counts.getOrDefault(name, 0L) / 1e9;
    }

    private static int bit(boolean value) {
        return value ? 1 : 0;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    private static double seconds(Instant instant) {
        return instant.toEpochMilli() / 1000.0;
    }
}
