package dev.runnel.cli;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;

/** {@code sync}. */
final class SyncCommand extends DaemonCommand {

    SyncCommand(CliContext context, CommandServices services) {
        super("sync", 30, context, services);
    }

    @Override
    void addFlags(FlagSet flags) {
        flags.toggle("wait", "Wait until every replica holds it; without it, it may still be on its way.");
    }

    @Override
    public String about() {
        return """
                The sync command has the running daemon capture at once what was committed to a database.

                Usage:

                	%s sync [arguments] DB_PATH
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        Path database = database(arguments);
        int timeout = timeout(arguments);
        Map<String, Object> body = body(database);
        body.put("wait", arguments.is("wait"));
        body.put("timeout", timeout);
        Clock clock = context().clock();
        long start = clock.millis();
        Reply reply = ask(arguments, database, "/sync", body, timeout);
        Map<String, Object> result = reply.result();
        if (context().asLitestream()) {
            result.remove("status"); // which only its other commands have
        }
        result.put("txid", reply.number("txid"));
        if (arguments.is("wait")) {
            result.put("replica_txid", reply.number("replicated_txid"));
        }
        result.put("duration_ms", clock.millis() - start);
        print(arguments, result);
        return 0;
    }
}
