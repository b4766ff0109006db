package dev.runnel.cli;

import java.nio.file.Path;
import java.util.Map;

/** {@code register}. */
final class RegisterCommand extends DaemonCommand {

    RegisterCommand(CliContext context, CommandServices services) {
        super("register", 30, context, services);
    }

    @Override
    void addFlags(FlagSet flags) {
        flags.value("replica", "URL", "Where to, such as s3://bucket/path or file:///backup/path. Required.");
    }

    @Override
    public String about() {
        return """
                The register command has the running daemon replicate another database, until it is
                unregistered or the daemon ends.

                Usage:

                	%s register [arguments] DB_PATH
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        Path database = database(arguments);
        int timeout = timeout(arguments);
        String replica = arguments.text("replica");
        if (replica == null || replica.isEmpty()) {
            throw new CommandException("-replica is required", "%s register -replica s3://bucket/prefix " + database);
        }
        Map<String, Object> body = body(database);
        body.put("replica_url", replica);
        Reply reply = ask(arguments, database, "/register", body, timeout);
        Map<String, Object> result = reply.result();
        result.put("replica", replica);
        result.put("socket", reply.socket().toString());
        print(arguments, result);
        return 0;
    }
}
