package dev.runnel.cli.daemon;

import dev.runnel.report.DatabaseReport;
import dev.runnel.report.LeaseStanding;
import dev.runnel.report.ReplicaReport;
import dev.runnel.report.Verification;
import java.time.Instant;

/** The metrics of what is known of a replica beyond its lag: who may write it, and whether it was verified. */
final class ProofMetrics {

    private ProofMetrics() {}

    static void addTo(MetricsText out, DatabaseReport report, ReplicaReport replica, Instant now) {
        for (LeaseStanding.Whose whose : LeaseStanding.Whose.values()) {
            out.gauge(
                    "runnel_replica_lease",
                    "1 for who holds the lease of a replica: we (held), another (standby), nobody (free), or there is none (none, or unfenced where the store cannot).",
                    bit(whose == replica.lease().whose()),
                    "db",
                    report.path(),
                    "replica",
                    replica.name(),
                    "standing",
                    whose.label());
        }
        Verification verification = replica.verification();
        if (verification != null) {
            String[] labels = {"db", report.path(), "replica", replica.name()};
            standing(out, verification, now, labels);
            counts(out, verification, report, replica);
        }
    }

    private static void standing(MetricsText out, Verification verification, Instant now, String[] labels) {
        out.gauge(
                "runnel_replica_verification_age_seconds",
                "Age of the newest good verification; if there is none, for how long it has been due to come.",
                verification.age(now).toMillis() / 1000.0,
                labels);
        out.gauge(
                "runnel_replica_verification_overdue",
                "Whether the newest good verification is older than verify-max-age.",
                bit(verification.isOverdue(now)),
                labels);
        out.gauge(
                "runnel_replica_verification_failed",
                "Whether the last verification found damage.",
                bit(verification.failure() != null),
                labels);
        Verification.Good good = verification.good();
        if (good != null) {
            out.gauge("runnel_replica_verified_txid", "Newest transaction that was verified.", good.txId(), labels);
            out.gauge(
                    "runnel_replica_verified_proved",
                    "Whether the newest good verification compared with what the writer recorded.",
                    bit(good.proved()),
                    labels);
        }
    }

    private static void counts(
            MetricsText out, Verification verification, DatabaseReport report, ReplicaReport replica) {
        String[] labels = {"db", report.path(), "replica", replica.name()};
        out.counter(
                "runnel_replica_verifications_total",
                "Verifications that ended since the start.",
                verification.runs(),
                labels);
        out.counter(
                "runnel_replica_verification_failures_total",
                "Verifications that found damage.",
                verification.failures(),
                labels);
        validation(out, verification.runs() - verification.failures(), "ok", report, replica);
        validation(out, verification.failures(), "error", report, replica);
    }

    private static void validation(
            MetricsText out, long count, String status, DatabaseReport report, ReplicaReport replica) {
        out.counter(
                "litestream_replica_validation_total",
                "Verifications by what came of them.",
                count,
                "db",
                report.path(),
                "name",
                replica.name(),
                "status",
                status);
    }

    private static int bit(boolean value) {
        return value ? 1 : 0;
    }
}
