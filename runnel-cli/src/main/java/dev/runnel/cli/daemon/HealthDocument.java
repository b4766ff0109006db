package dev.runnel.cli.daemon;

import dev.runnel.report.Health;
import dev.runnel.report.Verification;
import dev.runnel.verify.Outcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Health as JSON, which {@code GET /health} gives and {@code databases} reads. */
final class HealthDocument {

    private HealthDocument() {}

    /** @param now as of when the health is told */
    static Map<String, @Nullable Object> of(Health health, Instant now) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("healthy", health.healthy());
        document.put("reasons", health.complaints());
        List<Map<String, @Nullable Object>> databases = new ArrayList<>();
        for (Health.DatabaseHealth database : health.databases()) {
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            item.put("path", database.path());
            item.put("healthy", database.healthy());
            put(item, database.capture());
            item.put("txid", database.txId());
            item.put("replicas", replicas(database, now));
            databases.add(item);
        }
        document.put("databases", databases);
        return document;
    }

    private static List<Map<String, @Nullable Object>> replicas(Health.DatabaseHealth database, Instant now) {
        List<Map<String, @Nullable Object>> replicas = new ArrayList<>();
        for (Health.ReplicaHealth replica : database.replicas()) {
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            item.put("name", replica.name());
            item.put("healthy", replica.verdict().healthy());
            put(item, replica.verdict());
            item.put("txid", replica.txId());
            item.put("lag_transactions", replica.transactions());
            item.put(
                    "lease",
                    Map.of(
                            "standing",
                            replica.lease().whose().label(),
                            "text",
                            replica.lease().text()));
            Verification verification = replica.verification();
            if (verification != null) {
                item.put("verification", of(verification, now));
            }
            replicas.add(item);
        }
        return replicas;
    }

    private static Map<String, @Nullable Object> of(Verification verification, Instant now) {
        Map<String, @Nullable Object> item = new LinkedHashMap<>();
        Verification.Good good = verification.good();
        if (good != null) {
            item.put("txid", good.txId());
            item.put("verified_at", good.at());
            item.put("outcome", (good.proved() ? Outcome.VERIFIED : Outcome.UNPROVED).toString());
        }
        item.put("overdue", verification.isOverdue(now));
        item.put("max_age_seconds", verification.maxAge().toSeconds());
        Verification.Failure failure = verification.failure();
        if (failure != null) {
            item.put("failed_at", failure.at());
            item.put("failure", failure.reason());
        }
        return item;
    }

    private static void put(Map<String, @Nullable Object> item, Health.Verdict verdict) {
        item.put("state", verdict.state().label());
        if (verdict.note() != null) {
            item.put("reason", verdict.note());
        }
        item.put("since", verdict.since());
        item.put("lag_seconds", verdict.lag().toSeconds());
    }
}
