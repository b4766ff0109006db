package dev.runnel.cli;

import dev.runnel.cli.config.ConfigException;
import dev.runnel.cli.config.Defaults;
import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.daemon.DaemonClient;
import dev.runnel.cli.daemon.DaemonClient.Answer;
import dev.runnel.cli.daemon.DaemonClient.UnreachableException;
import dev.runnel.cli.daemon.DaemonId;
import dev.runnel.cli.output.Json;
import dev.runnel.json.JsonReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the commands have in common that ask a running daemon. */
abstract class DaemonCommand implements Command {

    /** The daemon gives up after the timeout by itself, and its answer says why. */
    private static final Duration GRACE = Duration.ofSeconds(6);

    private final String name;
    private final int seconds;
    private final CliContext context;
    private final CommandServices services;

    /**
     * The command {@code name}.
     *
     * @param seconds how long it waits if {@code -timeout} does not say
     */
    DaemonCommand(String name, int seconds, CliContext context, CommandServices services) {
        this.name = name;
        this.seconds = seconds;
        this.context = context;
        this.services = services;
    }

    @Override
    public final FlagSet flags() {
        FlagSet flags = new FlagSet(name);
        addFlags(flags);
        return flags.value("timeout", "SECONDS", "How long to wait. Default: " + seconds + ".")
                .value("socket", "PATH", """
                        The control socket. Default: /var/run/litestream.sock if it is there, else the
                        private socket of the daemon of the configuration, or of DB_PATH.""")
                .configuration("Ask the daemon of this configuration file.")
                .json();
    }

    /** Adds the flags that only this command has. */
    void addFlags(FlagSet flags) {}

    final CliContext context() {
        return context;
    }

    /** The database that the command is about, absolute. */
    final Path database(FlagSet.Arguments arguments) throws CommandException {
        return context.paths().expand(arguments.only("database path", "%s " + name + " /path/to/db"));
    }

    /** How long the daemon has, in seconds. */
    final int timeout(FlagSet.Arguments arguments) throws CommandException {
        String text = arguments.text("timeout");
        if (text == null) {
            return seconds;
        }
        if (!text.matches("-?[0-9]{1,5}")) {
            throw new CommandException("invalid -timeout \"" + text + "\": must be a number of seconds");
        }
        int timeout = Integer.parseInt(text);
        if (timeout <= 0) {
            throw new CommandException("timeout must be greater than 0");
        }
        return timeout;
    }

    /**
     * The JSON that the daemon answers with, and where it came from.
     *
     * @param socket file of the socket
     * @param document the answer
     */
    record Reply(Path socket, Map<String, @Nullable Object> document) {

        String text(String member) {
            return String.valueOf(document.get(member));
        }

        @Nullable
        Object value(String member) {
            return document.get(member);
        }

        /** A number, 0 if there is none. */
        long number(String member) {
            return value(member) instanceof Long number ? number : 0;
        }

        /** What is printed of every answer about a database; a command adds to it. */
        Map<String, Object> result() {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("status", text("status"));
            result.put("db_path", text("path"));
            return result;
        }
    }

    /**
     * Asks the daemon.
     *
     * @param database which the command is about; null for none
     * @param body of a POST; empty for a GET
     * @param timeout how long the daemon has, in seconds
     */
    final Reply ask(
            FlagSet.Arguments arguments, @Nullable Path database, String target, Map<String, Object> body, int timeout)
            throws CommandException, ConfigException {
        String json = body.isEmpty() ? "" : Json.pretty(body);
        Answer answer;
        try {
            answer = send(arguments, database, new Message(body.isEmpty() ? "GET" : "POST", target, json, timeout));
        } catch (UnreachableException e) {
            throw new CommandException(
                    name + " failed: " + e.getMessage(), "%s " + name + " -socket PATH, or -config PATH");
        }
        Map<String, @Nullable Object> document;
        try {
            document = JsonReader.object(answer.response().bodyText());
        } catch (IllegalArgumentException e) {
            throw new CommandException(
                    name + " failed: " + answer.socket() + " does not speak as a daemon does: " + e.getMessage());
        }
        if (answer.response().status() != 200) {
            Object details = document.get("details");
            throw new CommandException(
                    name + " failed: " + document.get("error") + (details == null ? "" : ": " + details));
        }
        return new Reply(answer.socket(), document);
    }

    private record Message(String method, String target, String body, int timeout) {

        Answer to(Path socket) throws UnreachableException {
            return DaemonClient.send(socket, method, target, body, patience());
        }

        Answer to(DaemonClient daemon) throws UnreachableException {
            return daemon.send(method, target, body, patience());
        }

        private Duration patience() {
            return Duration.ofSeconds(timeout).plus(GRACE);
        }
    }

    private Answer send(FlagSet.Arguments arguments, @Nullable Path database, Message message)
            throws CommandException, ConfigException, UnreachableException {
        String socket = arguments.text("socket");
        if (socket != null && arguments.has("config")) {
            throw new CommandException("cannot specify -socket flag with -config");
        }
        if (socket != null) {
            return message.to(context.paths().expand(socket));
        }
        if (arguments.has("config")) {
            return message.to(configured(arguments));
        }
        Path standard = Path.of(Defaults.SOCKET_PATH);
        if (Files.exists(standard)) {
            return message.to(standard);
        }
        try {
            return message.to(configured(arguments));
        } catch (UnreachableException | ConfigException e) {
            if (database == null) {
                throw e;
            }
            // Perhaps a daemon without a configuration: `replicate DB_PATH URL`.
            try {
                return message.to(services.daemon(DaemonId.ofDatabases(List.of(database)), List.of()));
            } catch (UnreachableException none) {
                throw e instanceof UnreachableException first ? first : none;
            }
        }
    }

    private DaemonClient configured(FlagSet.Arguments arguments) throws ConfigException {
        RunnelConfig config = new Selection(context, arguments).config();
        return services.daemon(context.daemonOf(arguments.text("config")), config.databases());
    }

    /** Prints members as JSON, or as lines {@code name: value}. */
    final void print(FlagSet.Arguments arguments, Map<String, Object> members) {
        if (arguments.is("json")) {
            Json.print(context.out(), members);
            return;
        }
        StringBuilder lines = new StringBuilder();
        members.forEach((member, value) ->
                lines.append(member).append(": ").append(value).append('\n'));
        context.out().print(lines);
    }

    /** {@code path}, and more if there is more. */
    static Map<String, Object> body(Path database) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("path", database.toString());
        return body;
    }
}
