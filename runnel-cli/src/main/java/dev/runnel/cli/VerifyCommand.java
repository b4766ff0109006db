package dev.runnel.cli;

import dev.runnel.cli.config.LoggingConfig;
import dev.runnel.cli.output.HumanBytes;
import dev.runnel.cli.output.Json;
import dev.runnel.cli.output.Rfc3339;
import dev.runnel.cli.output.Table;
import dev.runnel.verify.Receipt;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code verify}. */
final class VerifyCommand implements Command {

    private final CliContext context;
    private final CommandServices services;

    VerifyCommand(CliContext context, CommandServices services) {
        this.context = context;
        this.services = services;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("verify")
                .configuration()
                .value("replica", "NAME", "Which replica. Default: all of them")
                .toggle("full", "Read everything, also what the daemon verified before.")
                .value("integrity-check", "none|quick|full", """
                        Restore a copy into the directory for temporary files, let SQLite check it, and delete
                        it. Default: none""")
                .repeated("assert", "SQL", """
                        Run a query on such a copy. It passes if the first column of its first row is neither
                        NULL nor 0 nor empty. May be given several times.""")
                .toggle("no-receipt", "Keep no receipt.")
                .json()
                .toggleOfDefault("receipt");
    }

    @Override
    public String about() {
        return """
                The verify command rebuilds the newest state from a replica alone, page by page, and compares
                it with the checksum that its writer recorded. It keeps a receipt beside the replica, and
                fails if any replica is damaged or incomplete.

                Usage:

                	%s verify [arguments] [DB_PATH]

                	%s verify [arguments] REPLICA_URL

                Without an argument, every database of the configuration is verified.
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        arguments.atMost(1);
        boolean json = arguments.is("json");
        VerifyRequest request = new VerifyRequest(
                new Selection(context, arguments).choices(),
                arguments.is("full"),
                RestoreCommand.integrityCheck(arguments),
                arguments.texts("assert"),
                !arguments.is("no-receipt") && (!arguments.has("receipt") || arguments.is("receipt")));
        Logging.configure(context, LoggingConfig.DEFAULT, null, json);
        List<VerifyResult> results = services.verify(request);
        if (json) {
            Json.print(
                    context.out(), results.stream().map(VerifyCommand::toJson).toList());
        } else {
            print(results);
        }
        long bad = results.stream().filter(result -> !result.isGood()).count();
        if (bad > 0) {
            throw new CommandException(bad + " of " + results.size() + " replicas not verified");
        }
        return 0;
    }

    private void print(List<VerifyResult> results) {
        Table table = new Table("path", "replica", "txid", "created", "outcome", "mode", "files", "bytes", "duration");
        List<String> reasons = new ArrayList<>();
        for (VerifyResult result : results) {
            String replica = result.choice().replica().name();
            Receipt receipt = result.receipt();
            if (receipt == null) {
                table.row(result.choice().path(), replica, "-", "-", "unreadable", "-", "-", "-", "-");
            } else {
                table.row(
                        result.choice().path(),
                        replica,
                        receipt.txId(),
                        receipt.stateTime() == null ? "-" : Rfc3339.format(receipt.stateTime()),
                        receipt.outcome(),
                        mode(receipt),
                        receipt.objects().size(),
                        HumanBytes.format(receipt.bytes()),
                        receipt.run().duration().toMillis() + "ms");
                if (receipt.reason() != null) {
                    reasons.add(replica + ": " + receipt.reason());
                }
            }
            if (result.problem() != null) {
                reasons.add(replica + ": " + result.problem());
            }
        }
        table.print(context.out());
        reasons.forEach(context.out()::println);
    }

    private static String mode(Receipt receipt) {
        return receipt.run().full() ? "full" : "incremental";
    }

    private static Map<String, Object> toJson(VerifyResult result) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("path", result.choice().path());
        json.put("replica", result.choice().replica().name());
        Receipt receipt = result.receipt();
        json.put("outcome", receipt == null ? "unreadable" : receipt.outcome().toString());
        if (receipt != null) {
            json.put("txid", receipt.txId().toString());
            if (receipt.stateTime() != null) {
                json.put("created", receipt.stateTime());
            }
            json.put("verified_at", receipt.verifiedAt());
            Receipt.Database database = receipt.database();
            if (database != null) {
                json.put("database_checksum", String.format(Locale.ROOT, "%016x", database.checksum()));
                json.put("pages", database.pages());
                json.put("page_size", database.pageSize());
            }
            json.put("mode", mode(receipt));
            json.put("files", receipt.objects().size());
            json.put("bytes", receipt.bytes());
            json.put("duration_ms", receipt.run().duration().toMillis());
            if (receipt.reason() != null) {
                json.put("reason", receipt.reason());
            }
        }
        if (result.problem() != null) {
            json.put("problem", result.problem());
        }
        return json;
    }
}
