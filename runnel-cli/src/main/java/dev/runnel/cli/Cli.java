package dev.runnel.cli;

import dev.runnel.cli.HistoryCommand.Listing;
import dev.runnel.cli.config.ConfigException;
import dev.runnel.cli.config.Suggestions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a command line: finds the command, prints help and errors, and decides the exit code, which is 0 or 1.
 */
public final class Cli {

    private static final String USAGE = """
            %1$s is continuous backup for SQLite.

            Usage:

            	%1$s <command> [arguments]

            The commands are:

            	config       check the configuration and the access to replicas
            	databases    list databases specified in config file, and whether they are protected
            	demo         show replication and restore at work, without any set-up
            	doctor       examine databases, replicas and settings
            	generations  list the generations of a replica
            	info         show what the running daemon is
            	init         set up a Rails, Spring Boot, Compose or plain project
            	list         list the databases of the running daemon
            	ltx          list the files of a replica
            	migrate      turn a replica of Litestream 0.3 into one of today's format
            	register     have the running daemon replicate another database
            	replicate    replicate databases, by config file or arguments
            	reset        delete the local state of a database
            	restore      recover a database from a replica
            	scrub        read every object of a replica, find damage and repair it
            	snapshots    list the snapshots of a replica
            	start        have the running daemon replicate a stopped database again
            	status       show the local state of replication
            	stop         have the running daemon let a database go
            	sync         have the running daemon capture a database at once
            	unregister   have the running daemon forget a database
            	verify       prove that a replica restores
            	version      print the version
            	wal          list the changes in a replica

            Use "%1$s <command> -help" for the flags of a command.
            """;

    private final CliContext context;
    private final Map<String, Supplier<Command>> commands = new LinkedHashMap<>();

    /** A command line that works through {@code services}. */
    public Cli(CliContext context, CommandServices services) {
        this.context = context;
        commands.put("config", () -> new ConfigCommand(context, services));
        commands.put("databases", () -> new DatabasesCommand(context, services));
        commands.put("demo", () -> new DemoCommand(context, services));
        commands.put("doctor", () -> new DoctorCommand(context, services));
        commands.put("generations", () -> new HistoryCommand(Listing.GENERATIONS, context, services));
        commands.put("info", () -> new InfoCommand(context, services));
        commands.put("init", () -> new InitCommand(context));
        commands.put("list", () -> new ListCommand(context, services));
        commands.put("ltx", () -> new LtxCommand(context, services));
        commands.put("migrate", () -> new MigrateCommand(context, services));
        commands.put("register", () -> new RegisterCommand(context, services));
        commands.put("replicate", () -> new ReplicateCommand(context, services));
        commands.put("reset", () -> new ResetCommand(context, services));
        commands.put("restore", () -> new RestoreCommand(context, services));
        commands.put("scrub", () -> new ScrubCommand(context, services));
        commands.put("snapshots", () -> new HistoryCommand(Listing.SNAPSHOTS, context, services));
        commands.put("start", () -> new StartStopCommand(true, context, services));
        commands.put("status", () -> new StatusCommand(context, services));
        commands.put("stop", () -> new StartStopCommand(false, context, services));
        commands.put("sync", () -> new SyncCommand(context, services));
        commands.put("unregister", () -> new UnregisterCommand(context, services));
        commands.put("verify", () -> new VerifyCommand(context, services));
        commands.put("version", () -> new VersionCommand(context));
        commands.put("wal", () -> new HistoryCommand(Listing.WAL, context, services));
    }

    /** Runs the command that {@code words} name and returns the exit code of the process. */
    public int run(List<String> words) {
        try {
            return dispatch(words);
        } catch (CommandException e) {
            return fail(e.getMessage(), e.hint());
        } catch (ConfigException e) {
            return fail(e.getMessage(), null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return fail("interrupted", null);
        } catch (Exception | StackOverflowError | OutOfMemoryError | LinkageError | AssertionError e) {
            return fail(Failures.describe(e), null);
        }
    }

    private int dispatch(List<String> words) throws Exception {
        if (words.isEmpty()) {
            usage();
            return 1;
        }
        String name = words.get(0);
        List<String> rest = words.subList(1, words.size());
        if (List.of("help", "-h", "-help", "--help").contains(name)) {
            return help(rest);
        }
        if (name.startsWith("-")) {
            usage();
            return 1;
        }
        // In 0.3 a listing of its own; in 0.5 an old name of "ltx", which its flags give away.
        if (name.equals("wal") && rest.stream().anyMatch(word -> word.matches("--?(level|json)(=.*)?"))) {
            context.err().println("Warning: the \"wal\" command is now named \"ltx\".");
            name = "ltx";
        }
        Supplier<Command> command = commands.get(name);
        if (command == null) {
            throw unknown(name);
        }
        return run(command.get(), rest);
    }

    private int run(Command command, List<String> words) throws Exception {
        FlagSet.Arguments arguments = command.flags().parse(words);
        if (arguments.help()) {
            context.out().print(withName(command.usage()));
            return 0;
        }
        return command.run(arguments);
    }

    private int help(List<String> topics) throws CommandException {
        if (topics.isEmpty()) {
            usage();
            return 0;
        }
        Supplier<Command> command = commands.get(topics.get(0));
        if (command == null) {
            throw unknown(topics.get(0));
        }
        context.out().print(withName(command.get().usage()));
        return 0;
    }

    private CommandException unknown(String name) {
        String near = Suggestions.nearest(name, commands.keySet());
        return new CommandException(
                context.program() + " " + name + ": unknown command", near == null ? "%s help" : "%s " + near);
    }

    private void usage() {
        context.out().print(withName(USAGE));
    }

    private int fail(@Nullable String message, @Nullable String hint) {
        StringBuilder text = new StringBuilder("Error: ").append(message).append('\n');
        if (hint != null) {
            text.append("Try: ").append(withName(hint)).append('\n');
        }
        context.err().print(text);
        return 1;
    }

    private String withName(String text) {
        return text.replace("%1$s", context.program()).replace("%s", context.program());
    }
}
