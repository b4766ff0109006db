package dev.runnel.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * One database to replicate.
 *
 * @param path the database file, absolute
 * @param stateDirectory where local state is kept
 * @param replicas at least one
 * @param monitorInterval how often an idle database is looked at, at least, where file events do not tell
 * @param maxWalBytes when the WAL is longer because of us, the locks are let go and a page diff follows
 * @param maxSpoolBytes when more than this waits locally to be stored, nothing is cut until a replica takes it: changes
 *     are noted and make one cut then. Small ones lose the instants in between, large ones fill the volume
 * @param onDivergence what to do where the database is not the one that the replicas hold
 * @param checkpointing who runs checkpoints beside the application
 */
public record DatabaseSettings(
        Path path,
        Path stateDirectory,
        List<ReplicaSettings> replicas,
        Duration monitorInterval,
        long maxWalBytes,
        long maxSpoolBytes,
        OnDivergence onDivergence,
        Checkpointing checkpointing) {

    /** As Litestream. */
    public static final Duration DEFAULT_MONITOR_INTERVAL = Duration.ofSeconds(1);
    /** Length at which the application comes first. */
    public static final long DEFAULT_MAX_WAL_BYTES = 1L << 30;
    /** Length at which the volume comes first. */
    public static final long DEFAULT_MAX_SPOOL_BYTES = 1L << 30;

    public DatabaseSettings {
        replicas = List.copyOf(replicas);
        if (replicas.isEmpty()) {
            throw new IllegalArgumentException(path + " has no replica");
        }
    }

    /** Shortest time between two cuts while changes flow: what the most eager replica wants. */
    public Duration cutInterval() {
        return replicas.stream()
                .map(ReplicaSettings::syncInterval)
                .min(Duration::compareTo)
                .orElseThrow();
    }

    /** A database with default settings. */
    public static DatabaseSettings of(Path path, Path stateDirectory, List<ReplicaSettings> replicas) {
        return new DatabaseSettings(
                path,
                stateDirectory,
                replicas,
                DEFAULT_MONITOR_INTERVAL,
                DEFAULT_MAX_WAL_BYTES,
                DEFAULT_MAX_SPOOL_BYTES,
                OnDivergence.DECIDE,
                Checkpointing.OFF);
    }

    /** Name of the state directory that Litestream uses: beside the database. */
    public static Path defaultStateDirectory(Path database) {
        return database.resolveSibling("." + database.getFileName() + "-litestream");
    }
}
