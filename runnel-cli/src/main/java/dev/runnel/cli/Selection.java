package dev.runnel.cli;

import dev.runnel.cli.config.ConfigException;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.ReplicaTarget;
import dev.runnel.cli.config.ReplicaUrl;
import dev.runnel.cli.config.RunnelConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds what an argument {@code DB_PATH|REPLICA_URL} and the flags beside it speak of. */
final class Selection {

    private static final String CONFIG_AND_URL = "cannot specify a replica URL and the -config flag";

    private final CliContext context;
    private final FlagSet.Arguments arguments;

    Selection(CliContext context, FlagSet.Arguments arguments) {
        this.context = context;
        this.arguments = arguments;
    }

    /** The configuration that {@code -config} and {@code -no-expand-env} name. */
    RunnelConfig config() throws ConfigException {
        return config(true);
    }

    private RunnelConfig config(boolean scan) throws ConfigException {
        return context.config(arguments.text("config"), !arguments.is("no-expand-env"), scan);
    }

    /** Refuses {@code -config} beside a URL. */
    void refuseConfigFlag() throws CommandException {
        if (arguments.has("config")) {
            throw new CommandException(CONFIG_AND_URL, "leave -config out, or name the database's path");
        }
    }

    /** The database of the configuration that {@code argument} names by its path. */
    DatabaseConfig database(String argument) throws CommandException, ConfigException {
        Path path = context.paths().expand(argument);
        RunnelConfig config = config(false);
        return config.database(path)
                .orElseThrow(() -> new CommandException(
                        "database not found in config: " + path,
                        config.databases().isEmpty()
                                ? null
                                : "one of "
                                        + config.databases().stream()
                                                .map(database -> database.path().toString())
                                                .collect(Collectors.joining(", "))));
    }

    /** The replicas that {@code argument} and {@code -replica} name: one, or all of a database. */
    List<ReplicaConfig> replicas(String argument) throws CommandException, ConfigException {
        if (ReplicaUrl.isUrl(argument)) {
            refuseConfigFlag();
            return List.of(ReplicaConfig.of(target(argument), new HashSet<>()));
        }
        return named(database(argument), arguments.text("replica"));
    }

    /** The replica that {@code argument} and {@code -replica} name. */
    ReplicaConfig replica(String argument) throws CommandException, ConfigException {
        List<ReplicaConfig> replicas = replicas(argument);
        if (replicas.size() > 1) {
            throw new CommandException("the database has several replicas", "-replica " + names(replicas));
        }
        return replicas.get(0);
    }

    /**
     * The replicas that {@code -replica} and an argument name; without an argument, those of all databases.
     */
    List<ReplicaChoice> choices() throws CommandException, ConfigException {
        List<String> words = arguments.positionals();
        List<ReplicaChoice> choices = new ArrayList<>();
        if (!words.isEmpty() && ReplicaUrl.isUrl(words.get(0))) {
            replicas(words.get(0)).forEach(replica -> choices.add(new ReplicaChoice(null, replica)));
            return choices;
        }
        List<DatabaseConfig> databases = words.isEmpty() ? config().databases() : List.of(database(words.get(0)));
        for (DatabaseConfig database : databases) {
            named(database, arguments.text("replica"))
                    .forEach(replica -> choices.add(new ReplicaChoice(database, replica)));
        }
        if (choices.isEmpty()) {
            throw new CommandException("no databases in the configuration, and none was named");
        }
        return choices;
    }

    /** The target of a URL. */
    ReplicaTarget target(String url) throws CommandException {
        try {
            return ReplicaUrl.parse(url, context.paths(), context.environment());
        } catch (IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }

    /** Refuses to write in the clear where identities tell that what is there is encrypted. */
    static void requireRecipients(List<ReplicaConfig> replicas) throws CommandException {
        for (ReplicaConfig replica : replicas) {
            if (replica.age().isReadOnly()) {
                throw new CommandException(
                        "replica " + replica.name() + ": with `age.identities` alone it can be read, and nothing can be"
                                + " encrypted for it",
                        "add `age.recipients`, the public keys that `age-keygen -y` tells; to store in the clear, take"
                                + " `age` out and use a path of its own");
            }
        }
    }

    private static List<ReplicaConfig> named(DatabaseConfig database, @Nullable String name) throws CommandException {
        if (name == null) {
            return database.replicas();
        }
        List<ReplicaConfig> found = database.replicas().stream()
                .filter(replica -> replica.name().equals(name))
                .toList();
        if (found.isEmpty()) {
            throw new CommandException(
                    "replica \"" + name + "\" not found for database " + database.path(),
                    "-replica " + names(database.replicas()));
        }
        return found;
    }

    /** Names of replicas for a message. */
    static String names(List<ReplicaConfig> replicas) {
        return replicas.stream().map(ReplicaConfig::name).collect(Collectors.joining(" or "));
    }
}
