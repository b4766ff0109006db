package dev.runnel.cli;

import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.LoggingConfig;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.output.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code scrub}. */
final class ScrubCommand implements Command {

    private final CliContext context;
    private final CommandServices services;

    ScrubCommand(CliContext context, CommandServices services) {
        this.context = context;
        this.services = services;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("scrub")
                .configuration()
                .value("replica", "NAME", "Which replica. Default: all of them")
                .value("repair-from", "NAME", """
                        Replace what is damaged by what this replica of the same database holds, where it is
                        proved to be the same. Needs DB_PATH.""")
                .json();
    }

    @Override
    public String about() {
        return """
                The scrub command reads every object of a replica, reports what is damaged or missing, which
                points in time are lost because of it, and what still restores. It fails if something is
                damaged and was not repaired.

                Usage:

                	%s scrub [arguments] [DB_PATH]

                	%s scrub [arguments] REPLICA_URL

                Without an argument, every database of the configuration is scrubbed.
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        arguments.atMost(1);
        boolean json = arguments.is("json");
        List<ReplicaChoice> choices = new Selection(context, arguments).choices();
        ReplicaConfig source = source(arguments, choices);
        ScrubRequest request = new ScrubRequest(
                choices.stream()
                        .filter(choice -> source == null || !choice.replica().equals(source))
                        .toList(),
                source);
        if (request.replicas().isEmpty()) {
            throw new CommandException("-repair-from names the only replica to scrub: there is no other to repair");
        }
        Logging.configure(context, LoggingConfig.DEFAULT, null, json);
        List<ScrubResult> results = services.scrub(request);
        if (json) {
            Json.print(context.out(), results.stream().map(ScrubOutput::toJson).toList());
        } else {
            results.forEach(result -> ScrubOutput.print(context.out(), result));
        }
        long bad = results.stream().filter(result -> !result.isGood()).count();
        if (bad > 0) {
            throw new CommandException(
                    bad + " of " + results.size() + " replicas damaged, empty or unreadable",
                    source == null ? "%s scrub -repair-from NAME DB_PATH, with another replica of the database" : null);
        }
        return 0;
    }

    private static @Nullable ReplicaConfig source(FlagSet.Arguments arguments, List<ReplicaChoice> choices)
            throws CommandException {
        String name = arguments.text("repair-from");
        if (name == null) {
            return null;
        }
        DatabaseConfig database = choices.get(0).database();
        if (arguments.positionals().isEmpty() || database == null) {
            throw new CommandException(
                    "-repair-from needs a database with several replicas",
                    "%s scrub -repair-from " + name + " DB_PATH");
        }
        List<ReplicaConfig> replicas = database.replicas();
        ReplicaConfig source = replicas.stream()
                .filter(replica -> replica.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new CommandException(
                        "replica \"" + name + "\" not found", "-repair-from " + Selection.names(replicas)));
        return source;
    }
}
