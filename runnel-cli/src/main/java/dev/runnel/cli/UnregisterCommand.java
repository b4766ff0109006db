package dev.runnel.cli;

import java.nio.file.Path;
import java.util.Map;

/** {@code unregister}. */
final class UnregisterCommand extends DaemonCommand {

    UnregisterCommand(CliContext context, CommandServices services) {
        super("unregister", 30, context, services);
    }

    @Override
    void addFlags(FlagSet flags) {
        flags.toggle("dry-run", "Only say what would be done.");
    }

    @Override
    public String about() {
        return """
                The unregister command has the running daemon store what is left of a database and forget
                it. Its replica stays.

                Usage:

                	%s unregister [arguments] DB_PATH
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        Path database = database(arguments);
        int timeout = timeout(arguments);
        if (arguments.is("dry-run")) {
            context()
                    .out()
                    .print("Dry run: unregister request preview\n"
                            + "  database: " + database
                            + "\n  replicas: those that the daemon has for this database; what they hold stays\n"
                            + "  final sync: what is committed is stored before the command completes\n"
                            + "  timeout: " + timeout + "s\n"
                            + "No unregister request was sent.\n");
            return 0;
        }
        Map<String, Object> body = body(database);
        body.put("timeout", timeout);
        Reply reply = ask(arguments, database, "/unregister", body, timeout);
        Map<String, Object> result = reply.result();
        result.put("final_txid", reply.number("txid"));
        result.put("socket", reply.socket().toString());
        print(arguments, result);
        return 0;
    }
}
