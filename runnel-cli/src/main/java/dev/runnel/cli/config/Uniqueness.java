package dev.runnel.cli.config;

import dev.runnel.archive.ReplicaLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks that nothing is named twice: two writers on one replica, or one database followed twice, destroy a backup. */
final class Uniqueness {

    private Uniqueness() {}

    /** Records an error for each database path, replica name (within a database), state or replica place that repeats. */
    static void check(List<DatabaseConfig> databases, Diagnostics diagnostics) {
        Map<Path, Integer> paths = new HashMap<>();
        Map<Path, Integer> stateDirs = new HashMap<>();
        Map<String, Integer> locations = new HashMap<>();
        for (DatabaseConfig database : databases) {
            Integer earlier = paths.putIfAbsent(database.path(), database.line());
            if (earlier != null) {
                diagnostics.error(
                        database.line(),
                        "database " + database.path() + " is already on line " + earlier
                                + "; put all of its replicas there");
            }
            if (database.stateDir() != null) {
                Integer other = stateDirs.putIfAbsent(database.stateDir(), database.line());
                if (other != null) {
                    diagnostics.error(
                            database.line(),
                            "state directory " + database.stateDir() + " already belongs to the database on line "
                                    + other);
                }
            }
            checkReplicas(database, locations, diagnostics);
        }
    }

    private static void checkReplicas(
            DatabaseConfig database, Map<String, Integer> locations, Diagnostics diagnostics) {
        Set<String> names = new HashSet<>();
        for (ReplicaConfig replica : database.replicas()) {
            if (!names.add(replica.name())) {
                diagnostics.error(
                        replica.line(), "another replica of this database is already named `" + replica.name() + "`");
            }
            String location = replica.target().location();
            String place = place(replica.target());
            Integer earlier = locations.putIfAbsent(place, replica.line());
            if (earlier != null) {
                diagnostics.error(
                        replica.line(),
                        "another replica, on line " + earlier + ", already writes to " + location
                                + "; two writers destroy each other's files");
            }
            locations.forEach((other, line) -> {
                if (!other.equals(place) && ReplicaLayout.overlap(place, other)) {
                    diagnostics.error(
                            replica.line(),
                            location + " and the replica on line " + line
                                    + " keep their files in one folder; give each a path of its own");
                }
            });
            if (replica.target() instanceof FileTarget file && file.path().equals(database.path())) {
                diagnostics.error(replica.line(), "replica path " + file.path() + " is the database itself");
            }
        }
    }

    /** Where a replica is: its location with the path at the end, symbolic links of a directory followed. */
    private static String place(ReplicaTarget target) {
        return target instanceof FileTarget file ? "file://" + real(file.path()) : endpointFirst(target.location());
    }

    /** Two links to one directory are one place. */
    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) { // it is not there yet, but perhaps what it is to be made in
            Path parent = path.getParent();
            Path name = path.getFileName();
            return parent == null || name == null ? path : real(parent).resolve(name);
        }
    }

    /** The location with its path at the end. */
    private static String endpointFirst(String location) {
        int query = location.indexOf('?');
        return query < 0 ? location : location.substring(query) + " " + location.substring(0, query);
    }
}
