package dev.runnel.cli;

import dev.runnel.cli.config.ConfigLoader;
import dev.runnel.cli.services.EngineServices;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;

/** The process: the only class that knows its arguments, its streams and its exit. */
public final class Main {

    private Main() {}

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        CliContext context = new CliContext(
                System.getProperty("runnel.name", "runnel"),
                System.getenv(),
                stream(FileDescriptor.out),
                stream(FileDescriptor.err),
                // Not the default zone: reading the time zone database costs every start some milliseconds.
                Clock.systemUTC(),
                ConfigLoader.DEFAULT_FILES);
        int code = new Cli(context, new EngineServices(context.environment(), context.err())).run(List.of(arguments));
        System.exit(code);
    }

    /** UTF-8 whatever the locale, and each {@code print} one write. */
    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }
}
