package dev.runnel.cli;

import dev.runnel.cli.config.ConfigException;
import dev.runnel.cli.config.ConfigNote;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.ReplicaTarget;
import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.config.ShellWords;
import dev.runnel.cli.daemon.DaemonId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code replicate}. */
final class ReplicateCommand implements Command {

    private final CliContext context;
    private final CommandServices services;

    ReplicateCommand(CliContext context, CommandServices services) {
        this.context = context;
        this.services = services;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("replicate")
                .configuration()
                .value("exec", "CMD", "Run a command and stop when it ends. Comes before \"exec\" of the file.")
                .value("log-level", "LEVEL", "trace, debug, info, warn or error. Comes before $LOG_LEVEL and the file.")
                .toggle("once", "Write what is new to the replicas and exit.")
                .toggle("force-snapshot", "With -once: take a snapshot, too.")
                .toggle("enforce-retention", "With -once: delete what retention no longer needs, too.")
                .toggle("restore-if-db-not-exists", "Restore databases that are not there before replication starts.");
    }

    @Override
    public String about() {
        return """
                The replicate command follows databases and writes every change to their replicas,
                until SIGINT or SIGTERM; then it writes what is left and exits, with 1 if it could not.

                Usage:

                	%s replicate [arguments]

                	%s replicate [arguments] DB_PATH REPLICA_URL [REPLICA_URL...]
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        RunnelConfig config = config(arguments);
        Logging.configure(context, config.logging(), arguments.text("log-level"), false);
        boolean mayCome = !config.directories().isEmpty() || config.service().socket() != null;
        if (config.databases().isEmpty() && !mayCome) {
            throw new CommandException("no databases specified in configuration");
        }
        for (DatabaseConfig database : config.databases()) {
            Selection.requireRecipients(database.replicas());
        }
        ReplicateRequest.Once once = once(arguments);
        List<String> exec = exec(arguments, config);
        if (once != null && !exec.isEmpty()) {
            throw new CommandException("cannot specify -once flag with -exec");
        }
        if (arguments.is("restore-if-db-not-exists")) {
            config = config.restoringAbsentDatabases();
        }
        Logger log = LoggerFactory.getLogger(ReplicateCommand.class);
        for (ConfigNote note : config.notes()) {
            log.atWarn()
                    .addKeyValue("key", note.key())
                    .addKeyValue("line", note.line())
                    .addKeyValue("why", note.message())
                    .log("configuration key without effect, or with another than expected");
        }
        return services.replicate(new ReplicateRequest(config, exec, id(arguments, config), once), context);
    }

    private DaemonId id(FlagSet.Arguments arguments, RunnelConfig config) throws ConfigException {
        return arguments.positionals().isEmpty()
                ? context.daemonOf(arguments.text("config"))
                : DaemonId.ofDatabases(
                        config.databases().stream().map(DatabaseConfig::path).toList());
    }

    private RunnelConfig config(FlagSet.Arguments arguments) throws CommandException, ConfigException {
        Selection selection = new Selection(context, arguments);
        List<String> words = arguments.positionals();
        if (words.isEmpty()) {
            return selection.config();
        }
        selection.refuseConfigFlag();
        for (String word : words) {
            if (word.startsWith("-")) {
                throw new CommandException("flag " + word + " must be positioned before DB_PATH and REPLICA_URL");
            }
        }
        if (words.size() == 1) {
            throw new CommandException(
                    "must specify at least one replica URL for " + words.get(0),
                    "%s replicate " + words.get(0) + " file:///path/of/the/replica");
        }
        List<ReplicaTarget> targets = new ArrayList<>();
        Set<String> locations = new HashSet<>();
        for (String url : words.subList(1, words.size())) {
            ReplicaTarget target = selection.target(url);
            if (!locations.add(target.location())) {
                throw new CommandException("replica given twice: " + target.location());
            }
            targets.add(target);
        }
        return RunnelConfig.of(List.of(DatabaseConfig.of(context.paths().expand(words.get(0)), targets)));
    }

    private static ReplicateRequest.@Nullable Once once(FlagSet.Arguments arguments) throws CommandException {
        if (arguments.is("once")) {
            return new ReplicateRequest.Once(arguments.is("force-snapshot"), arguments.is("enforce-retention"));
        }
        for (String flag : new String[] {"force-snapshot", "enforce-retention"}) {
            if (arguments.is(flag)) {
                throw new CommandException("cannot specify -" + flag + " flag without -once");
            }
        }
        return null;
    }

    private static List<String> exec(FlagSet.Arguments arguments, RunnelConfig config) throws CommandException {
        String flag = arguments.text("exec");
        String line = flag == null ? config.service().exec() : flag;
        if (line == null || line.isEmpty()) {
            return List.of();
        }
        try {
            return ShellWords.split(line);
        } catch (IllegalArgumentException e) {
            throw new CommandException("cannot parse exec command: " + e.getMessage());
        }
    }
}
