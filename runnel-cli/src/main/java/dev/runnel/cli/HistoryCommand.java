package dev.runnel.cli;

import dev.runnel.cli.config.GoDuration;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.ReplicaUrl;
import dev.runnel.cli.output.Rfc3339;
import dev.runnel.cli.output.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The listings of Litestream 0.3: {@code generations}, {@code snapshots} and {@code wal}. */
final class HistoryCommand implements Command {

    private final Listing listing;
    private final CliContext context;
    private final CommandServices services;

    /** What to list. */
    enum Listing {
        GENERATIONS("generations", "the generations of a replica", "name", "generation", "lag", "start", "end"),
        SNAPSHOTS("snapshots", "the snapshots of a replica", "replica", "generation", "index", "size", "created"),
        WAL(
                "wal",
                "the changes in a replica, as of Litestream 0.3 (see also: ltx)",
                "replica",
                "generation",
                "index",
                "offset",
                "size",
                "created");

        private final String command;
        private final String what;

        @SuppressWarnings("ImmutableEnumChecker") // read only
        private final String[] columns;

        Listing(String command, String what, String... columns) {
            this.command = command;
            this.what = what;
            this.columns = columns;
        }
    }

    HistoryCommand(Listing listing, CliContext context, CommandServices services) {
        this.listing = listing;
        this.context = context;
        this.services = services;
    }

    @Override
    public FlagSet flags() {
        FlagSet flags = new FlagSet(listing.command).configuration().value("replica", "NAME", "Only this replica.");
        return listing == Listing.WAL ? flags.value("generation", "ID", "Only this generation.") : flags;
    }

    @Override
    public String about() {
        return """
                The COMMAND command lists WHAT.

                A replica in the format of Litestream 0.5 counts as one generation, whose index is the
                number of the transaction.

                Usage:

                	%s COMMAND [arguments] DB_PATH

                	%s COMMAND [arguments] REPLICA_URL
                """.replace("COMMAND", listing.command).replace("WHAT", listing.what);
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        String argument = arguments.only("database path or replica URL", "%s " + listing.command + " -help");
        List<ReplicaConfig> replicas = new Selection(context, arguments).replicas(argument);
        Instant changed =
                ReplicaUrl.isUrl(argument) ? null : lastChange(context.paths().expand(argument));
        Table table = new Table(listing.columns);
        for (ReplicaConfig replica : replicas) {
            ReplicaHistory history = services.history(replica);
            switch (listing) {
                case GENERATIONS -> generations(table, replica.name(), history, changed);
                case SNAPSHOTS -> snapshots(table, replica.name(), history);
                case WAL -> segments(table, replica.name(), history, arguments.text("generation"));
            }
        }
        table.print(context.out());
        return 0;
    }

    private static void generations(Table table, String name, ReplicaHistory history, @Nullable Instant changed) {
        for (ReplicaHistory.Generation generation : history.generations()) {
            String lag =
                    changed == null ? "-" : GoDuration.format(rounded(Duration.between(generation.end(), changed)));
            table.row(name, generation.id(), lag, Rfc3339.format(generation.start()), Rfc3339.format(generation.end()));
        }
    }

    private static void snapshots(Table table, String name, ReplicaHistory history) {
        for (ReplicaHistory.Snapshot snapshot : history.snapshots()) {
            table.row(
                    name, snapshot.generation(), snapshot.index(), snapshot.size(), Rfc3339.format(snapshot.created()));
        }
    }

    private static void segments(Table table, String name, ReplicaHistory history, @Nullable String generation) {
        for (ReplicaHistory.Segment segment : history.segments()) {
            if (generation == null || generation.equals(segment.generation())) {
                table.row(
                        name,
                        segment.generation(),
                        segment.index(),
                        segment.offset(),
                        segment.size(),
                        Rfc3339.format(segment.created()));
            }
        }
    }

    /** When the database or its WAL was written last; null if it is not there. */
    private static @Nullable Instant lastChange(Path database) throws IOException {
        try {
            Instant changed = Files.getLastModifiedTime(database).toInstant();
            Path wal = database.resolveSibling(database.getFileName() + "-wal");
            if (Files.exists(wal)) {
                Instant walChanged = Files.getLastModifiedTime(wal).toInstant();
                changed = walChanged.isAfter(changed) ? walChanged : changed;
            }
            return changed;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** As 0.3 shortens a lag: to seconds from ten seconds on, to tenths from one second on, and so on. */
    private static Duration rounded(Duration lag) {
        long nanos = lag.toNanos();
        long size = Math.abs(nanos);
        long unit = 1;
        if (size > 10_000_000_000L) {
            unit = 1_000_000_000L;
        } else if (size > 1_000_000_000L) {
            unit = 100_000_000L;
        } else if (size > 1_000_000L) {
            unit = 1_000_000L;
        } else if (size > 1_000L) {
            unit = 1_000L;
        }
        return Duration.ofNanos(nanos / unit * unit);
    }
}
