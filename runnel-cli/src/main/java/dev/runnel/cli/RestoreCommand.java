package dev.runnel.cli;

import dev.runnel.cli.config.LoggingConfig;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.ReplicaUrl;
import dev.runnel.cli.output.Rfc3339;
import dev.runnel.model.TxId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** {@code restore}. */
final class RestoreCommand implements Command {

    private static final int DEFAULT_PARALLELISM = 8;
    private static final Duration DEFAULT_FOLLOW_INTERVAL = Duration.ofSeconds(1);
    private static final Map<String, RestoreRequest.IntegrityCheck> CHECKS = Map.of(
            "none", RestoreRequest.IntegrityCheck.NONE,
            "quick", RestoreRequest.IntegrityCheck.QUICK,
            "full", RestoreRequest.IntegrityCheck.FULL);

    private final CliContext context;
    private final CommandServices services;

    RestoreCommand(CliContext context, CommandServices services) {
        this.context = context;
        this.services = services;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("restore")
                .configuration()
                .value("o", "PATH", "File to write. Default: the path of the database")
                .value("replica", "NAME", "Which replica. Default: the one with the newest data")
                .value("txid", "TXID", "Restore up to this transaction, 16 hexadecimal digits.")
                .value(
                        "timestamp",
                        "TIME",
                        "Restore to a moment, such as 2000-01-01T00:00:00Z, with or without milliseconds.")
                .value(
                        "generation",
                        "NAME",
                        "Which generation of a replica of Litestream 0.3. Default: the one with the newest data")
                .value("index", "INDEX", "Restore up to the end of this WAL of the generation, hexadecimal.")
                .value("parallelism", "NUM", "Number of files fetched at a time. Default: 8")
                .toggle("if-db-not-exists", "Do nothing, successfully, if the file to write exists.")
                .toggle("if-replica-exists", "Do nothing, successfully, if there is nothing to restore.")
                .value("integrity-check", "none|quick|full", "Let SQLite check the result, too. Default: none")
                .toggle("force", "Replace an existing database with its -wal, -shm and -journal.")
                .toggle("dry-run", "Print what would be fetched.")
                .toggle("f", "Follow: keep applying what is new until SIGINT or SIGTERM.")
                .value("follow-interval", "DURATION", "How often -f looks for news. Default: 1s")
                .toggle("json", "Print JSON; the log goes to standard error.");
    }

    @Override
    public String about() {
        return """
                The restore command recovers a database from a replica and checks every checksum of it.

                Usage:

                	%s restore [arguments] DB_PATH

                	%s restore [arguments] REPLICA_URL
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        String argument = arguments.only("database path or replica URL", "%s restore -help");
        boolean json = arguments.is("json");
        RestoreRequest.Point point = point(arguments);
        RestoreRequest.Mode mode = mode(arguments, point);
        List<ReplicaConfig> replicas = new Selection(context, arguments).replicas(argument);
        Path output = output(arguments, argument);
        Logging.configure(context, LoggingConfig.DEFAULT, null, json);
        if (arguments.is("if-db-not-exists") && Files.exists(output)) {
            LoggerFactory.getLogger(RestoreCommand.class)
                    .atInfo()
                    .addKeyValue("db", output)
                    .log("database already exists, skipping");
            return 0;
        }
        return services.restore(
                new RestoreRequest(
                        replicas,
                        output,
                        point,
                        new RestoreRequest.Conditions(arguments.is("if-replica-exists"), arguments.is("force")),
                        mode,
                        json),
                context);
    }

    private Path output(FlagSet.Arguments arguments, String argument) throws CommandException {
        String output = arguments.text("o");
        if (output == null || output.isEmpty()) {
            if (ReplicaUrl.isUrl(argument)) {
                throw new CommandException("output path required", "%s restore -o PATH " + argument);
            }
            return context.paths().expand(argument);
        }
        return context.paths().expand(output);
    }

    private static RestoreRequest.Point point(FlagSet.Arguments arguments) throws CommandException {
        TxId txid = null;
        Instant timestamp = null;
        String txidText = arguments.text("txid");
        String timestampText = arguments.text("timestamp");
        if (txidText != null && timestampText != null) {
            throw new CommandException("cannot specify both -txid and -timestamp");
        }
        try {
            if (txidText != null) {
                txid = TxId.parse(txidText);
            }
        } catch (IllegalArgumentException e) {
            throw new CommandException("invalid -txid: " + e.getMessage());
        }
        try {
            if (timestampText != null) {
                timestamp = Rfc3339.parse(timestampText);
            }
        } catch (IllegalArgumentException e) {
            throw new CommandException(
                    "invalid -timestamp, must specify in ISO 8601 format (e.g. 2000-01-01T00:00:00Z): "
                            + e.getMessage());
        }
        String generation = arguments.text("generation");
        Integer index = index(arguments.text("index"));
        if (generation != null && !generation.matches("[0-9a-f]{16}")) {
            throw new CommandException("invalid -generation \"" + generation + "\": must be 16 hexadecimal digits");
        }
        if (index != null && generation == null) {
            throw new CommandException("must specify -generation flag when using -index flag");
        }
        if (index != null && timestamp != null) {
            throw new CommandException("cannot specify -index flag with -timestamp flag");
        }
        if (txid != null && generation != null) {
            throw new CommandException("cannot specify both -txid and -generation: Litestream 0.3 has no transactions");
        }
        return new RestoreRequest.Point(txid, timestamp, generation, index);
    }

    private static @Nullable Integer index(@Nullable String text) throws CommandException {
        if (text == null) {
            return null;
        }
        if (!text.matches("0*[0-9a-fA-F]{1,8}") || Long.parseLong(text, 16) > Integer.MAX_VALUE) {
            throw new CommandException("invalid -index \"" + text + "\": must be hexadecimal, at most 7fffffff");
        }
        return Integer.parseInt(text, 16);
    }

    private static RestoreRequest.Mode mode(FlagSet.Arguments arguments, RestoreRequest.Point point)
            throws CommandException {
        boolean follow = arguments.is("f");
        if (follow && (point.txid() != null || point.timestamp() != null)) {
            throw new CommandException("cannot follow (-f) from a -txid or a -timestamp: following means the newest");
        }
        if (follow && point.generation() != null) {
            throw new CommandException("cannot follow (-f) a -generation: following means the newest");
        }
        if (follow && arguments.is("dry-run")) {
            throw new CommandException("cannot specify both -f and -dry-run");
        }
        if (!follow && arguments.has("follow-interval")) {
            throw new CommandException("cannot specify -follow-interval without -f");
        }
        return new RestoreRequest.Mode(
                parallelism(arguments.text("parallelism")),
                integrityCheck(arguments),
                arguments.is("dry-run"),
                follow ? followInterval(arguments) : null);
    }

    /** What {@code -integrity-check} says. */
    static RestoreRequest.IntegrityCheck integrityCheck(FlagSet.Arguments arguments) throws CommandException {
        String check = arguments.text("integrity-check");
        RestoreRequest.IntegrityCheck integrityCheck =
                CHECKS.get(check == null ? "none" : check.toLowerCase(Locale.ROOT));
        if (integrityCheck == null) {
            throw new CommandException("invalid -integrity-check \"" + check + "\": must be none, quick or full");
        }
        return integrityCheck;
    }

    private static int parallelism(@Nullable String text) throws CommandException {
        if (text == null) {
            return DEFAULT_PARALLELISM;
        }
        if (!text.matches("[0-9]{1,4}") || Integer.parseInt(text) == 0) {
            throw new CommandException("invalid -parallelism \"" + text + "\": must be a number from 1 to 9999");
        }
        return Integer.parseInt(text);
    }

    private static Duration followInterval(FlagSet.Arguments arguments) throws CommandException {
        Duration interval = arguments.duration("follow-interval");
        if (interval == null) {
            return DEFAULT_FOLLOW_INTERVAL;
        }
        if (interval.isZero() || interval.isNegative()) {
            throw new CommandException(
                    "invalid -follow-interval \"" + arguments.text("follow-interval") + "\": must be greater than 0");
        }
        return interval;
    }
}
