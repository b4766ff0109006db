package dev.runnel.cli;

import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.daemon.DaemonClient;
import dev.runnel.json.JsonReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon of a configuration answers about its health.
 *
 * @param complaints what is wrong; empty when all is well
 * @param databases what is known of each database, by path
 */
record HealthCheck(List<String> complaints, Map<String, Map<?, ?>> databases) {

    /** Less than the five seconds that health checks are usually given. */
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    HealthCheck {
        complaints = List.copyOf(complaints);
        databases = Map.copyOf(databases);
    }

    /**
     * Asks.
     *
     * @param maxLag how far a replica may be behind; null for what the daemon thinks right
     */
    static HealthCheck ask(DaemonClient daemon, RunnelConfig config, @Nullable Duration maxLag) {
        String target = maxLag == null ? "/health" : "/health?max_lag_ms=" + maxLag.toMillis();
        try {
            DaemonClient.Answer answer = daemon.send("GET", target, "", PATIENCE);
            if (answer.response().status() != 200) {
                return failed(
                        "the daemon answers with status " + answer.response().status());
            }
            return read(JsonReader.object(answer.response().bodyText()), config);
        } catch (DaemonClient.UnreachableException e) {
            return failed(String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            return failed("the daemon's answer is not understood: " + e.getMessage());
        }
    }

    private static HealthCheck failed(String why) {
        return new HealthCheck(List.of(why), Map.of());
    }

    private static HealthCheck read(Map<String, @Nullable Object> document, RunnelConfig config) {
        List<String> complaints = new ArrayList<>();
        if (document.get("reasons") instanceof List<?> reasons) {
            reasons.forEach(reason -> complaints.add(String.valueOf(reason)));
        }
        Map<String, Map<?, ?>> databases = new LinkedHashMap<>();
        maps(document.get("databases")).forEach(item -> databases.put(String.valueOf(item.get("path")), item));
        config.databases().forEach(database -> complaints.addAll(missing(database, databases)));
        if (complaints.isEmpty() && !Boolean.TRUE.equals(document.get("healthy"))) {
            complaints.add("the daemon says that it is unhealthy, and does not say why");
        }
        return new HealthCheck(complaints, databases);
    }

    /** The objects in a list; none where there is no list. */
    private static List<Map<?, ?>> maps(@Nullable Object list) {
        List<Map<?, ?>> maps = new ArrayList<>();
        if (list instanceof List<?> items) {
            for (Object item : items) {
                if (item instanceof Map<?, ?> map) {
                    maps.add(map);
                }
            }
        }
        return maps;
    }

    /** What is configured for a database and was not when the daemon started. */
    private static List<String> missing(DatabaseConfig database, Map<String, Map<?, ?>> running) {
        String what = ": configured, but not replicated by the daemon that runs: start it anew";
        Map<?, ?> known = running.get(database.path().toString());
        if (known == null) {
            return List.of(database.path() + what);
        }
        Set<Object> names = new HashSet<>();
        maps(known.get("replicas")).forEach(replica -> names.add(replica.get("name")));
        return database.replicas().stream()
                .map(ReplicaConfig::name)
                .filter(name -> !names.isEmpty() && !names.contains(name)) // none are known of one that cannot start
                .map(name -> database.path() + " -> " + name + what)
                .toList();
    }
}
