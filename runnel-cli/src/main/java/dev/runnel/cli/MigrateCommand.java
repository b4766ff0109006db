package dev.runnel.cli;

import dev.runnel.cli.config.LoggingConfig;
import dev.runnel.cli.config.ReplicaConfig;
import java.util.HashSet;

/** {@code migrate}. */
final class MigrateCommand implements Command {

    private final CliContext context;
    private final CommandServices services;

    MigrateCommand(CliContext context, CommandServices services) {
        this.context = context;
        this.services = services;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("migrate")
                .configuration()
                .value("replica", "NAME", "Which replica of the database, if it has several.");
    }

    @Override
    public String about() {
        return """
                The migrate command turns a replica of Litestream 0.3 into one of today's format, with the same states
                at the same times. The old replica is only read; the new one may be on the same path.

                Usage:

                	%s migrate [arguments] DB_PATH TARGET_URL

                	%s migrate [arguments] SOURCE_URL TARGET_URL
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        if (arguments.positionals().size() < 2) {
            throw new CommandException("source and target required", "%s migrate -help");
        }
        arguments.atMost(2);
        Selection selection = new Selection(context, arguments);
        ReplicaConfig source = selection.replica(arguments.positionals().get(0));
        ReplicaConfig target =
                ReplicaConfig.of(selection.target(arguments.positionals().get(1)), new HashSet<>());
        Logging.configure(context, LoggingConfig.DEFAULT, null, false);
        return services.migrate(new MigrateRequest(source, target), context);
    }
}
