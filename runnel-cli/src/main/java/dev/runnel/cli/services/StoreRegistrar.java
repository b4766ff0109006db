package dev.runnel.cli.services;

import dev.runnel.DatabaseOptions;
import dev.runnel.cli.CommandException;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.LevelsConfig;
import dev.runnel.cli.config.PathRules;
import dev.runnel.cli.config.ReplicaTarget;
import dev.runnel.cli.config.ReplicaUrl;
import dev.runnel.cli.daemon.Registrar;
import dev.runnel.cli.daemon.StoreMeter;
import dev.runnel.s3.WireLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Opens a store of its own for each database that is registered at run time, and closes it with it. */
final class StoreRegistrar implements Registrar {

    private final Map<String, String> environment;
    private final PathRules paths;
    private final StoreMeter meter;
    private final WireLog wire;
    private final LevelsConfig levels;
    private final Map<Path, Stores> opened = new HashMap<>();

    StoreRegistrar(
            Map<String, String> environment, PathRules paths, StoreMeter meter, WireLog wire, LevelsConfig levels) {
        this.environment = environment;
        this.paths = paths;
        this.meter = meter;
        this.wire = wire;
        this.levels = levels;
    }

    @Override
    public synchronized DatabaseOptions open(Path database, String replicaUrl) throws IOException {
        if (opened.containsKey(database)) {
            throw new IOException(database + " is being registered or unregistered");
        }
        ReplicaTarget target = ReplicaUrl.parse(replicaUrl, paths, environment);
        Stores stores = new Stores(meter, wire);
        try {
            DatabaseOptions options = new ReplicateService(stores, new StateDirectories(environment))
                    .options(DatabaseConfig.of(database, List.of(target)), levels);
            opened.put(database, stores);
            return options;
        } catch (CommandException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    @Override
    public synchronized void release(Path database) throws IOException {
        Stores stores = opened.remove(database);
        if (stores != null) {
            stores.close();
        }
    }
}
