package dev.runnel.cli;

import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.daemon.DaemonClient;
import dev.runnel.cli.output.Json;
import dev.runnel.cli.output.Table;
import dev.runnel.model.TxId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code databases}. */
final class DatabasesCommand implements Command {

    private final CliContext context;
    private final CommandServices services;

    DatabasesCommand(CliContext context, CommandServices services) {
        this.context = context;
        this.services = services;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("databases")
                .configuration()
                .json()
                .toggle("health", "verbose", """
                        Show state, lag and reason of each database, and of each replica who holds its
                        lease and what was verified last, too.""")
                .value(
                        "max-lag",
                        "DURATION",
                        "How far a replica may be behind. Default: 3 times its sync-interval, at least 1m.")
                .toggle("no-health", "Only list, and ask nobody, as Litestream does.");
    }

    @Override
    public String about() {
        return """
                The databases command lists all databases in the configuration file, and tells whether they
                are protected: it asks the daemon of this configuration, and exits with 1 and the reason if
                that does not run, fails, or is behind. It never replicates anything itself.

                Usage:

                	%s databases [arguments]
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        arguments.atMost(0);
        RunnelConfig config = new Selection(context, arguments).config();
        Duration maxLag = maxLag(arguments);
        boolean details = arguments.is("health") || arguments.is("verbose");
        HealthCheck health = null;
        if (!arguments.is("no-health")) {
            DaemonClient daemon = services.daemon(context.daemonOf(arguments.text("config")), config.databases());
            health = HealthCheck.ask(daemon, config, maxLag);
        } else if (details || maxLag != null) {
            throw new CommandException("cannot specify -no-health flag with -health, -verbose or -max-lag");
        }
        HealthCheck shown = details ? health : null;
        if (arguments.is("json")) {
            printJson(config, shown);
        } else {
            printTable(config, shown);
        }
        if (health != null && !health.complaints().isEmpty()) {
            throw new CommandException(String.join("\nError: ", health.complaints()));
        }
        return 0;
    }

    private static @Nullable Duration maxLag(FlagSet.Arguments arguments) throws CommandException {
        Duration maxLag = arguments.duration("max-lag");
        if (maxLag != null && maxLag.isNegative()) {
            throw new CommandException("invalid -max-lag: it must not be negative");
        }
        return maxLag;
    }

    private void printJson(RunnelConfig config, @Nullable HealthCheck health) {
        List<Map<String, @Nullable Object>> items = new ArrayList<>();
        for (DatabaseConfig database : config.databases()) {
            Map<String, @Nullable Object> item = new LinkedHashMap<>();
            item.put("path", database.path().toString());
            item.put("replica", replicas(database));
            if (health != null) {
                item.put("health", health.databases().get(database.path().toString()));
            }
            items.add(item);
        }
        Json.print(context.out(), items);
    }

    private void printTable(RunnelConfig config, @Nullable HealthCheck health) {
        Table table = health == null
                ? new Table("path", "replica")
                : new Table("path", "replica", "state", "lag", "txid", "lease", "verified", "reason");
        for (DatabaseConfig database : config.databases()) {
            if (health == null) {
                table.row(database.path(), replicas(database));
            } else {
                Map<?, ?> known = health.databases().get(database.path().toString());
                if (known == null) {
                    table.row(database.path(), replicas(database), "unknown", "-", "-", "-", "-", "-");
                } else {
                    addRows(table, database, known);
                }
            }
        }
        table.print(context.out());
    }

    /** A line for the capture and one for each replica. */
    private static void addRows(Table table, DatabaseConfig database, Map<?, ?> known) {
        addRow(table, database.path().toString(), "", known);
        if (known.get("replicas") instanceof List<?> replicas) {
            for (Object item : replicas) {
                if (item instanceof Map<?, ?> replica) {
                    addRow(table, database.path().toString(), text(replica, "name"), replica);
                }
            }
        }
    }

    private static void addRow(Table table, String path, String replica, Map<?, ?> known) {
        String txId = known.get("txid") instanceof Long id && id > 0 ? new TxId(id).toString() : "-";
        table.row(
                path,
                replica.isEmpty() ? "-" : replica,
                text(known, "state"),
                text(known, "lag_seconds") + "s",
                txId,
                known.get("lease") instanceof Map<?, ?> lease ? text(lease, "standing") : "-",
                known.get("verification") instanceof Map<?, ?> verification ? verified(verification) : "-",
                known.get("reason") == null ? "-" : text(known, "reason"));
    }

    /** The newest proof; why there is none, or what was found instead, is a reason. */
    private static String verified(Map<?, ?> verification) {
        String newest = verification.get("txid") instanceof Long id
                ? new TxId(id) + " " + text(verification, "outcome") + " " + text(verification, "verified_at")
                : "never";
        return verification.containsKey("failed_at") ? "failed, before: " + newest : newest;
    }

    private static String text(Map<?, ?> map, String name) {
        return String.valueOf(map.get(name));
    }

    /** As 0.5 has it: the type of the only replica; as 0.3 has it: the names of several. */
    private static String replicas(DatabaseConfig database) {
        List<ReplicaConfig> replicas = database.replicas();
        return replicas.size() == 1
                ? replicas.get(0).target().type()
                : replicas.stream().map(ReplicaConfig::name).collect(Collectors.joining(","));
    }
}
