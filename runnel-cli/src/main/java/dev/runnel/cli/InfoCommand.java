package dev.runnel.cli;

import dev.runnel.cli.output.Json;
import java.time.Duration;
import java.util.Map;

/** {@code info}. */
final class InfoCommand extends DaemonCommand {

    InfoCommand(CliContext context, CommandServices services) {
        super("info", 10, context, services);
    }

    @Override
    public String about() {
        return """
                The info command shows what the running daemon is.

                Usage:

                	%s info [arguments]
                """;
    }

    private String name() {
        String program = context().program();
        return program.isEmpty() ? "Runnel" : Character.toUpperCase(program.charAt(0)) + program.substring(1);
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        arguments.atMost(0);
        Reply reply = ask(arguments, null, "/info", Map.of(), timeout(arguments));
        if (arguments.is("json")) {
            Json.print(context().out(), reply.document());
            return 0;
        }
        String uptime = reply.value("uptime_seconds") instanceof Long seconds
                ? Duration.ofSeconds(seconds).toString().substring(2).toLowerCase(java.util.Locale.ROOT)
                : "unknown";
        context()
                .out()
                .print(name() + " " + reply.text("version")
                        + "\nPID: " + reply.text("pid")
                        + "\nUptime: " + uptime
                        + "\nStarted at: " + reply.text("started_at")
                        + "\nDatabases: " + reply.text("database_count")
                        + "\n");
        return 0;
    }
}
