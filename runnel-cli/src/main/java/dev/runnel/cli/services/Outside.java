package dev.runnel.cli.services;

import dev.runnel.Runnel;
import dev.runnel.cli.BuildInfo;
import dev.runnel.cli.ReplicateRequest;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.PathRules;
import dev.runnel.cli.daemon.Daemon;
import dev.runnel.cli.daemon.Fleet;
import dev.runnel.cli.daemon.SocketPlaces;
import dev.runnel.cli.daemon.StoreMeter;
import dev.runnel.engine.SystemTime;
import dev.runnel.model.TimeSource;
import dev.runnel.s3.WireLog;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Opens the outside of the daemon, and knows where its private socket can stand. */
final class Outside {

    private final Map<String, String> environment;
    private final PathRules paths;
    private final StoreMeter meter;
    private final WireLog wire;

    Outside(Map<String, String> environment, PathRules paths, StoreMeter meter, WireLog wire) {
        this.environment = environment;
        this.paths = paths;
        this.meter = meter;
        this.wire = wire;
    }

    /** Where the private socket of a daemon of these databases can stand. */
    static SocketPlaces places(Map<String, String> environment, List<DatabaseConfig> databases) {
        StateDirectories states = new StateDirectories(environment);
        return new SocketPlaces(
                environment,
                databases.isEmpty() ? null : states.of(databases.get(0)),
                Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath());
    }

    Daemon open(ReplicateRequest request, Runnel runnel) {
        TimeSource time = new SystemTime();
        StoreRegistrar registrar = new StoreRegistrar(
                environment, paths, meter, wire, request.config().levels());
        Fleet fleet = new Fleet(runnel, paths, registrar, time, new Fleet.About(BuildInfo.version(), time.now()));
        SocketPlaces places = places(environment, request.config().databases());
        return Daemon.open(fleet, request.config().service(), places, request.id(), meter);
    }
}
