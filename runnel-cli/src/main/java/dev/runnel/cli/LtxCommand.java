package dev.runnel.cli;

import dev.runnel.archive.LtxFile;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.output.Json;
import dev.runnel.cli.output.Rfc3339;
import dev.runnel.cli.output.Table;
import dev.runnel.model.Level;
import java.util.List;
import java.util.stream.IntStream;

/** {@code ltx}. */
final class LtxCommand implements Command {

    private final CliContext context;
    private final CommandServices services;

    LtxCommand(CliContext context, CommandServices services) {
        this.context = context;
        this.services = services;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("ltx")
                .configuration()
                .value("replica", "NAME", "Which replica, if the database has several.")
                .value("level", "LEVEL", "Level to list, 0 to 9 (snapshots), or \"all\". Default: 0")
                .json();
    }

    @Override
    public String about() {
        return """
                The ltx command lists the files of a replica.

                Usage:

                	%s ltx [arguments] DB_PATH

                	%s ltx [arguments] REPLICA_URL
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        String argument = arguments.only("database path or replica URL", "%s ltx -help");
        List<Level> levels = levels(arguments);
        ReplicaConfig replica = new Selection(context, arguments).replica(argument);
        List<LtxFile> files = services.ltx(replica, levels);
        if (arguments.is("json")) {
            Json.print(context.out(), files.stream().map(LtxFiles::toJson).toList());
        } else {
            Table table = new Table("level", "min_txid", "max_txid", "size", "created");
            for (LtxFile file : files) {
                table.row(file.level(), file.min(), file.max(), file.size(), Rfc3339.format(file.createdAt()));
            }
            table.print(context.out());
        }
        return 0;
    }

    private static List<Level> levels(FlagSet.Arguments arguments) throws CommandException {
        String level = arguments.text("level");
        if (level == null) {
            return List.of(Level.L0);
        }
        if (level.equals("all")) {
            return IntStream.rangeClosed(0, 9).mapToObj(Level::new).toList();
        }
        if (!level.matches("[0-9]")) {
            throw new CommandException("invalid -level \"" + level + "\": must be 0 to 9, or all");
        }
        return List.of(new Level(level.charAt(0) - '0'));
    }
}
