package dev.runnel.cli;

import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.output.HumanBytes;
import dev.runnel.cli.output.Json;
import dev.runnel.cli.output.Rfc3339;
import dev.runnel.cli.output.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code status}. */
final class StatusCommand implements Command {

    private final CliContext context;
    private final CommandServices services;

    StatusCommand(CliContext context, CommandServices services) {
        this.context = context;
        this.services = services;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("status").configuration().json();
    }

    @Override
    public String about() {
        return """
                The status command shows how replication stands, from the local state, and what the
                running daemon says, if there is one. It fails if the local state of a database is in error.

                Usage:

                	%s status [arguments] [DB_PATH]
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        arguments.atMost(1);
        Selection selection = new Selection(context, arguments);
        List<DatabaseConfig> databases = arguments.positionals().isEmpty()
                ? selection.config().databases()
                : List.of(selection.database(arguments.positionals().get(0)));
        List<DatabaseStatus> statuses = services.status(databases);
        DaemonView said = showsMore()
                ? DaemonView.ask(services.daemon(context.daemonOf(arguments.text("config")), databases))
                : DaemonView.NONE;
        if (arguments.is("json")) {
            List<Map<String, Object>> items = new ArrayList<>();
            statuses.forEach(status -> items.add(toJson(status, said)));
            Json.print(context.out(), items);
        } else {
            print(statuses, said);
        }
        long errors = statuses.stream()
                .filter(status -> status.state() == DatabaseStatus.State.ERROR)
                .count();
        if (errors > 0) {
            throw new CommandException(errors + " of " + statuses.size() + " databases in error");
        }
        return 0;
    }

    /** Litestream's columns, and behind them what it has no word for, where there is something to say. */
    private void print(List<DatabaseStatus> statuses, DaemonView said) {
        boolean receipts = showsMore()
                && statuses.stream().anyMatch(status -> !status.receipts().isEmpty());
        List<String> headings = new ArrayList<>(List.of("database", "status", "local txid", "wal size"));
        if (receipts) {
            headings.add("verified");
        }
        if (said.isThere()) {
            headings.add("daemon");
        }
        Table table = new Table(headings.toArray(String[]::new));
        for (DatabaseStatus status : statuses) {
            List<Object> cells =
                    new ArrayList<>(List.of(status.path(), status.state().text(), txid(status), walSize(status)));
            if (receipts) {
                cells.add(verified(status));
            }
            if (said.isThere()) {
                cells.add(said.of(status.path()));
            }
            table.row(cells.toArray());
        }
        table.print(context.out());
    }

    private boolean showsMore() {
        return !context.program().equals("litestream");
    }

    private static String verified(DatabaseStatus status) {
        if (status.receipts().isEmpty()) {
            return "-";
        }
        List<String> parts = new ArrayList<>();
        status.receipts()
                .forEach((replica, receipt) -> parts.add(replica + " " + receipt.txId() + " " + receipt.outcome() + " "
                        + Rfc3339.format(receipt.verifiedAt())));
        return String.join(", ", parts);
    }

    private Map<String, Object> toJson(DatabaseStatus status, DaemonView said) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("database", status.path().toString());
        json.put("status", status.state().text());
        json.put("local_txid", txid(status));
        json.put("wal_size", walSize(status));
        if (showsMore() && !status.receipts().isEmpty()) {
            Map<String, Object> receipts = new LinkedHashMap<>();
            status.receipts().forEach((replica, receipt) -> {
                Map<String, Object> item = new LinkedHashMap<>();
                item.put("txid", receipt.txId().toString());
                item.put("verified_at", receipt.verifiedAt());
                item.put("outcome", receipt.outcome().toString());
                if (receipt.reason() != null) {
                    item.put("reason", receipt.reason());
                }
                receipts.put(replica, item);
            });
            json.put("verified", receipts);
        }
        if (said.isThere()) {
            json.put("daemon", said.of(status.path()));
        }
        return json;
    }

    private static String txid(DatabaseStatus status) {
        return status.txid() == null ? "-" : status.txid().toString();
    }

    private static String walSize(DatabaseStatus status) {
        return status.walSize() == null ? "-" : HumanBytes.format(status.walSize());
    }
}
