package dev.runnel.cli;

import dev.runnel.cli.config.ConfigException;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.RunnelConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code reset}. */
final class ResetCommand implements Command {

    private final CliContext context;
    private final CommandServices services;

    ResetCommand(CliContext context, CommandServices services) {
        this.context = context;
        this.services = services;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("reset").configuration("""
                        The configuration file. Default: $RUNNEL_CONFIG, $LITESTREAM_CONFIG,
                        /etc/runnel.yml, /etc/litestream.yml. It need not be there.""").toggle("dry-run", "Print what would be deleted.");
    }

    @Override
    public String about() {
        return """
                The reset command deletes the local state of a database, which is a cache: replication
                finds out again what the replicas hold and writes only what differs. Neither the
                database nor a replica is touched.

                Usage:

                	%s reset [arguments] DB_PATH
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        Path path = context.paths().expand(arguments.only("database path", "%s reset /path/to/db"));
        DatabaseConfig database = database(arguments, path);
        if (!Files.exists(path)) {
            throw new CommandException("database does not exist: " + path);
        }
        boolean dryRun = arguments.is("dry-run");
        LocalState state = services.localState(database, !dryRun);
        if (!state.present()) {
            context.out()
                    .print("No local state to reset for " + path + "\nMeta directory does not exist: "
                            + state.directory() + "\n");
            return 0;
        }
        if (dryRun) {
            print(path, state);
            return 0;
        }
        context.out()
                .print("Resetting local Litestream state for: " + path + "\nRemoving: "
                        + state.directory().resolve("ltx")
                        + "\nReset complete. The next replication finds out what the replicas hold.\n");
        return 0;
    }

    private void print(Path path, LocalState state) {
        StringBuilder text = new StringBuilder();
        text.append("Dry run: local Litestream state would be reset for: ").append(path);
        text.append("\nWould remove: ").append(state.directory().resolve("ltx")).append('\n');
        if (state.files().isEmpty()) {
            text.append("No local LTX files would be removed.\n");
        } else {
            text.append("Files that would be removed:\n");
            state.files().forEach(file -> text.append("  ").append(file).append('\n'));
            text.append("No files were removed.\n");
        }
        context.out().print(text);
    }

    /** As the configuration has it, so that the state is found where it says; a database may be in none. */
    private DatabaseConfig database(FlagSet.Arguments arguments, Path path) throws ConfigException {
        Optional<DatabaseConfig> known = Optional.empty();
        if (arguments.has("config") || context.hasConfigFile()) {
            RunnelConfig config = new Selection(context, arguments).config();
            known = config.database(path);
        }
        return known.orElseGet(() -> DatabaseConfig.of(path, List.of()));
    }
}
