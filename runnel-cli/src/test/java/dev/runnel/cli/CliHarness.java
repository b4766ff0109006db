package dev.runnel.cli;

import dev.runnel.archive.LtxFile;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.daemon.DaemonClient;
import dev.runnel.cli.daemon.DaemonId;
import dev.runnel.cli.daemon.SocketPlaces;
import dev.runnel.model.Level;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A command line in front of services that only record what reaches them. */
final class CliHarness implements CommandServices {

    static final Instant NOW = Instant.parse("2026-11-22T15:32:24.120Z");

    final Map<String, String> environment = new HashMap<>();
    final List<Object> requests = new ArrayList<>();
    List<LtxFile> files = List.of();
    List<DatabaseStatus> statuses = List.of();
    ReplicaHistory history = new ReplicaHistory(List.of(), List.of(), List.of());
    LocalState localState = new LocalState(Path.of("/data/.app.db-litestream"), false, List.of());
    ProbeResult probe = new ProbeResult(null, Duration.ofMillis(12), true, null);
    int exitCode;

    @Nullable
    Throwable failure;

    private final Path directory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /** Exit code and output of one run. */
    record Run(int code, String out, String err) {}

    CliHarness(Path directory) {
        this.directory = directory;
        environment.put("HOME", "/home/me");
    }

    /** Writes the file that commands read without {@code -config}. */
    CliHarness config(String yaml) {
        try {
            Files.writeString(directory.resolve("runnel.yml"), yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    Run run(String... words) {
        out.reset();
        err.reset();
        CliContext context = new CliContext(
                "runnel",
                environment,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Clock.fixed(NOW, ZoneOffset.UTC),
                List.of(directory.resolve("runnel.yml"), directory.resolve("litestream.yml")));
        int code = new Cli(context, this).run(List.of(words));
        return new Run(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    <T> T onlyRequest() {
        if (requests.size() != 1) {
            throw new AssertionError("expected one request: " + requests + "; " + err);
        }
        return (T) requests.get(0);
    }

    @Override
    public int replicate(ReplicateRequest request, CliContext context) throws Exception {
        return record(request);
    }

    @Override
    public int restore(RestoreRequest request, CliContext context) throws Exception {
        return record(request);
    }

    @Override
    public int migrate(MigrateRequest request, CliContext context) throws Exception {
        return record(request);
    }

    @Override
    public List<LtxFile> ltx(ReplicaConfig replica, List<Level> levels) throws Exception {
        record(replica);
        return files.stream().filter(file -> levels.contains(file.level())).toList();
    }

    @Override
    public ProbeResult probe(ReplicaConfig replica, CliContext context) throws Exception {
        record(replica);
        return probe;
    }

    @Override
    public List<Finding> examine(RunnelConfig config, CliContext context) throws Exception {
        record(config);
        return List.of();
    }

    @Override
    public Path stateDirectory(DatabaseConfig database) {
        return database.stateDir() == null ? Path.of("/state") : database.stateDir();
    }

    @Override
    public ReplicaHistory history(ReplicaConfig replica) throws Exception {
        record(replica);
        return history;
    }

    @Override
    public LocalState localState(DatabaseConfig database, boolean delete) throws Exception {
        record(database);
        return localState;
    }

    @Override
    public List<DatabaseStatus> status(List<DatabaseConfig> databases) throws Exception {
        record(databases);
        return statuses;
    }

    @Override
    public DaemonClient daemon(DaemonId id, List<DatabaseConfig> databases) {
        return new DaemonClient(places(), id);
    }

    /** Where a daemon's socket is looked for. */
    SocketPlaces places() {
        return new SocketPlaces(Map.of("RUNNEL_RUNTIME_DIR", directory.toString()), null, directory.resolve("tmp"));
    }

    @Override
    public List<VerifyResult> verify(VerifyRequest request) throws Exception {
        record(request);
        return List.of();
    }

    @Override
    public List<ScrubResult> scrub(ScrubRequest request) throws Exception {
        record(request);
        return List.of();
    }

    @Override
    public int demo(CliContext context) throws Exception {
        return record("demo");
    }

    private int record(Object request) throws Exception {
        requests.add(request);
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof Exception exception) {
            throw exception;
        }
        return exitCode;
    }
}
