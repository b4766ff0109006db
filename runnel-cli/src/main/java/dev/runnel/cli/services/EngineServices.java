package dev.runnel.cli.services;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.StateDirectory;
import dev.runnel.cli.CliContext;
import dev.runnel.cli.CommandException;
import dev.runnel.cli.CommandServices;
import dev.runnel.cli.DatabaseStatus;
import dev.runnel.cli.Finding;
import dev.runnel.cli.LocalState;
import dev.runnel.cli.MigrateRequest;
import dev.runnel.cli.ProbeResult;
import dev.runnel.cli.ReplicaHistory;
import dev.runnel.cli.ReplicateRequest;
import dev.runnel.cli.RestoreRequest;
import dev.runnel.cli.ScrubRequest;
import dev.runnel.cli.ScrubResult;
import dev.runnel.cli.VerifyRequest;
import dev.runnel.cli.VerifyResult;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.daemon.DaemonClient;
import dev.runnel.cli.daemon.DaemonId;
import dev.runnel.cli.daemon.StoreMeter;
import dev.runnel.engine.SystemTime;
import dev.runnel.legacy.LegacyReplica;
import dev.runnel.model.Level;
import dev.runnel.model.TimeSource;
import dev.runnel.model.TxRange;
import dev.runnel.s3.WireLog;
import dev.runnel.verify.Receipt;
import dev.runnel.verify.VerifiedFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Does what commands ask, on the engine. */
public final class EngineServices implements CommandServices {

    private final Map<String, String> environment;
    private final PrintStream err;

    /**
     * @param environment environment variables, for credentials and places
     * @param err standard error, for what {@code LITESTREAM_S3_DEBUG} asks for
     */
    public EngineServices(Map<String, String> environment, PrintStream err) {
        this.environment = environment;
        this.err = err;
    }

    private WireLog wire() {
        String words = environment.getOrDefault("LITESTREAM_S3_DEBUG", "");
        TimeSource time = new SystemTime();
        return WireLog.of(words, entry -> err.print(time.now() + " " + entry));
    }

    private Stores stores() {
        return new Stores(new StoreMeter(new SystemTime()), wire());
    }

    @Override
    public int replicate(ReplicateRequest request, CliContext context)
            throws IOException, CommandException, InterruptedException {
        StoreMeter meter = new StoreMeter(new SystemTime());
        WireLog wire = wire();
        try (Stores stores = new Stores(meter, wire)) {
            ReplicateService service = new ReplicateService(stores, new StateDirectories(environment));
            Outside outside = new Outside(environment, context.paths(), meter, wire);
            return service.replicate(request, context, runnel -> outside.open(request, runnel));
        }
    }

    @Override
    public int restore(RestoreRequest request, CliContext context) throws IOException, CommandException {
        try (Stores stores = stores()) {
            return new RestoreService(stores).restore(request, context);
        }
    }

    @Override
    public int migrate(MigrateRequest request, CliContext context) throws IOException, CommandException {
        try (Stores stores = stores()) {
            return new MigrateService(stores).migrate(request);
        }
    }

    @Override
    public List<LtxFile> ltx(ReplicaConfig replica, List<Level> levels) throws IOException, CommandException {
        try (Stores stores = stores()) {
            ReplicaArchive archive = stores.open(replica).archive();
            archive.load();
            List<LtxFile> files = new ArrayList<>();
            for (Level level : levels) {
                files.addAll(archive.manifest().files(level));
            }
            return files;
        }
    }

    @Override
    public ProbeResult probe(ReplicaConfig replica, CliContext context) throws IOException, CommandException {
        try (Stores stores = stores()) {
            return new StoreProbe(stores.open(replica), context.clock()).run();
        }
    }

    @Override
    public List<Finding> examine(RunnelConfig config, CliContext context) throws Exception {
        return new Doctor(this, context, wire()).examine(config);
    }

    @Override
    public Path stateDirectory(DatabaseConfig database) {
        return new StateDirectories(environment).of(database);
    }

    @Override
    public ReplicaHistory history(ReplicaConfig replica) throws IOException, CommandException {
        try (Stores stores = stores()) {
            Stores.Place place = stores.open(replica);
            ReplicaHistory history =
                    LtxHistory.of(replica.target(), place.archive().load());
            return LegacyHistory.before(new LegacyReplica(place.store(), place.path()).list(), history);
        }
    }

    @Override
    public LocalState localState(DatabaseConfig database, boolean delete) throws IOException {
        StateReset state = new StateReset(new StateDirectories(environment).of(database));
        return delete ? state.reset() : state.look();
    }

    @Override
    public List<DatabaseStatus> status(List<DatabaseConfig> databases) {
        StateDirectories directories = new StateDirectories(environment);
        return databases.stream().map(database -> status(database, directories)).toList();
    }

    private static DatabaseStatus status(DatabaseConfig database, StateDirectories directories) {
        DatabaseStatus status = replication(database, directories);
        Map<String, Receipt> receipts = new LinkedHashMap<>();
        for (ReplicaConfig replica : database.replicas()) {
            try {
                Receipt receipt = new VerifiedFiles(directories.of(database), replica.name()).loadReceipt();
                if (receipt != null) {
                    receipts.put(replica.name(), receipt);
                }
            } catch (IOException e) {
                return new DatabaseStatus(database.path(), DatabaseStatus.State.ERROR, status.txid(), status.walSize());
            }
        }
        return status.withReceipts(receipts);
    }

    private static DatabaseStatus replication(DatabaseConfig database, StateDirectories directories) {
        try {
            if (!Files.exists(database.path())) {
                return new DatabaseStatus(database.path(), DatabaseStatus.State.NO_DATABASE, null, null);
            }
            List<TxRange> ranges = new StateDirectory(directories.of(database)).level0Ranges();
            Long walSize = RestoreService.walSize(database.path());
            return ranges.isEmpty()
                    ? new DatabaseStatus(database.path(), DatabaseStatus.State.NOT_INITIALIZED, null, walSize)
                    : new DatabaseStatus(
                            database.path(),
                            DatabaseStatus.State.OK,
                            ranges.get(ranges.size() - 1).max(),
                            walSize);
        } catch (IOException e) {
            return new DatabaseStatus(database.path(), DatabaseStatus.State.ERROR, null, null);
        }
    }

    @Override
    public DaemonClient daemon(DaemonId id, List<DatabaseConfig> databases) {
        return new DaemonClient(Outside.places(environment, databases), id);
    }

    @Override
    public List<VerifyResult> verify(VerifyRequest request) throws IOException, CommandException {
        try (Stores stores = stores()) {
            return new VerifyService(stores, new StateDirectories(environment)).verify(request);
        }
    }

    @Override
    public List<ScrubResult> scrub(ScrubRequest request) throws IOException, CommandException {
        try (Stores stores = stores()) {
            return new ScrubService(stores).scrub(request);
        }
    }

    @Override
    public int demo(CliContext context) throws IOException, InterruptedException {
        return new Demo(context).run();
    }
}
