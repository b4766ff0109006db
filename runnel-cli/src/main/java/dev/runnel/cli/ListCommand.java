package dev.runnel.cli;

import dev.runnel.cli.output.Json;
import java.util.List;
import java.util.Map;

/** {@code list}. */
final class ListCommand extends DaemonCommand {

    ListCommand(CliContext context, CommandServices services) {
        super("list", 10, context, services);
    }

    @Override
    public String about() {
        return """
                The list command lists the databases of the running daemon.

                Usage:

                	%s list [arguments]
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        arguments.atMost(0);
        Reply reply = ask(arguments, null, "/list", Map.of(), timeout(arguments));
        if (arguments.is("json")) {
            Json.print(context().out(), reply.document());
            return 0;
        }
        StringBuilder lines = new StringBuilder();
        if (reply.value("databases") instanceof List<?> databases) {
            for (Object item : databases) {
                if (item instanceof Map<?, ?> database) {
                    Object synced = database.get("last_sync_at");
                    lines.append(database.get("path"))
                            .append(" [")
                            .append(database.get("status"))
                            .append("] (last sync: ")
                            .append(synced == null ? "never" : synced)
                            .append(")\n");
                }
            }
        }
        context().out().print(lines);
        return 0;
    }
}
