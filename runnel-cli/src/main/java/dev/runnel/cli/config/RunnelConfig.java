package dev.runnel.cli.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A whole configuration, checked, with every default filled in. Immutable.
 *
 * @param service what concerns the process rather than a database
 * @param logging how to log
 * @param levels the levels of every replica
 * @param databases the databases, in the order of the file and with distinct paths; read from a file, also those in its
 *     directories
 * @param directories directories of databases
 * @param notes what to tell the user once at start
 */
public record RunnelConfig(
        ServiceConfig service,
        LoggingConfig logging,
        LevelsConfig levels,
        List<DatabaseConfig> databases,
        List<DirectoryConfig> directories,
        List<ConfigNote> notes) {

    public RunnelConfig {
        databases = List.copyOf(databases);
        directories = List.copyOf(directories);
        notes = List.copyOf(notes);
    }

    /** Defaults for databases that stand on the command line. */
    public static RunnelConfig of(List<DatabaseConfig> databases) {
        return new RunnelConfig(
                ServiceConfig.DEFAULT, LoggingConfig.DEFAULT, LevelsConfig.DEFAULT, databases, List.of(), List.of());
    }

    /** The same, with every database restored before replication if it is not there. */
    public RunnelConfig restoringAbsentDatabases() {
        List<DatabaseConfig> restoring =
                databases.stream().map(DatabaseConfig::restoringIfAbsent).toList();
        return withDatabases(restoring);
    }

    /** The same, with other databases. */
    RunnelConfig withDatabases(List<DatabaseConfig> others) {
        return new RunnelConfig(service, logging, levels, others, directories, notes);
    }

    /** The database at {@code path}, which is absolute: named, or in a directory, whether it is there or not. */
    public Optional<DatabaseConfig> database(Path path) {
        Optional<DatabaseConfig> named = databases.stream()
                .filter(database -> database.path().equals(path))
                .findFirst();
        return named.or(() -> directories.stream()
                .filter(directory -> directory.covers(path))
                .findFirst()
                .map(directory -> directory.database(path)));
    }
}
