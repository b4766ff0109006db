package dev.runnel.cli;

import java.nio.file.Path;
import java.util.Map;

/** {@code start} and {@code stop}. */
final class StartStopCommand extends DaemonCommand {

    private final boolean start;

    StartStopCommand(boolean start, CliContext context, CommandServices services) {
        super(start ? "start" : "stop", 30, context, services);
        this.start = start;
    }

    @Override
    public String about() {
        return start ? """
                The start command has the running daemon replicate a database again that was stopped.

                Usage:

                	%s start [arguments] DB_PATH
                """ : """
                The stop command has the running daemon store what is left of a database and let it go,
                until it is started again.

                Usage:

                	%s stop [arguments] DB_PATH
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        Path database = database(arguments);
        int timeout = timeout(arguments);
        Map<String, Object> body = body(database);
        body.put("timeout", timeout);
        Reply reply = ask(arguments, database, start ? "/start" : "/stop", body, timeout);
        Map<String, Object> result = reply.result();
        result.put("state", start ? "running" : "stopped");
        result.put("txid", reply.number("txid"));
        result.put("socket", reply.socket().toString());
        print(arguments, result);
        return 0;
    }
}
