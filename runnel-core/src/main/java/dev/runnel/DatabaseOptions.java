package dev.runnel;

import dev.runnel.engine.Checkpointing;
import dev.runnel.engine.DatabaseSettings;
import dev.runnel.engine.OnDivergence;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One database to replicate. Immutable; each {@code with…} method gives a changed copy.
 *
 * @param path the database file
 * @param stateDirectory where local state is kept: a cache, of which deleting everything loses time and no data
 * @param monitorInterval how often an idle database is looked at, where file events do not tell; 1 s by default
 * @param maxWalBytes when the WAL is longer because of Runnel, the application comes first and a page diff follows; 1 GiB
 *     by default
 * @param replicas at least one
 * @param guard what protects history and volume
 * @param checkpointing who runs checkpoints beside the application; nobody by default
 */
public record DatabaseOptions(
        Path path,
        Path stateDirectory,
        Duration monitorInterval,
        long maxWalBytes,
        List<ReplicaOptions> replicas,
        Guard guard,
        Checkpointing checkpointing) {

    /**
     * What protects the history in the replicas, and the volume with the local state.
     *
     * @param onDivergence what to do where the database is not the one that the replicas hold; {@link
     *     OnDivergence#DECIDE} by default
     * @param maxSpoolBytes when more than this waits locally to be stored, nothing is cut until a replica takes it: changes
     *     are noted and make one cut then; 1 GiB by default
     */
    public record Guard(OnDivergence onDivergence, long maxSpoolBytes) {

        static final Guard DEFAULT = new Guard(OnDivergence.DECIDE, DatabaseSettings.DEFAULT_MAX_SPOOL_BYTES);

        public Guard {
            if (maxSpoolBytes < 0) {
                throw new IllegalArgumentException("maxSpoolBytes must not be negative: " + maxSpoolBytes);
            }
        }
    }

    public DatabaseOptions {
        replicas = List.copyOf(replicas);
    }

    /** A database with default settings, whose state is kept beside it as Litestream does. */
    public static DatabaseOptions of(Path path, ReplicaOptions... replicas) {
        Path absolute = path.toAbsolutePath().normalize();
        return new DatabaseOptions(
                absolute,
                DatabaseSettings.defaultStateDirectory(absolute),
                DatabaseSettings.DEFAULT_MONITOR_INTERVAL,
                DatabaseSettings.DEFAULT_MAX_WAL_BYTES,
                List.of(replicas),
                Guard.DEFAULT,
                Checkpointing.OFF);
    }

    /** With another replica. */
    public DatabaseOptions withReplica(ReplicaOptions replica) {
        List<ReplicaOptions> more = new ArrayList<>(replicas);
        more.add(replica);
        return new DatabaseOptions(path, stateDirectory, monitorInterval, maxWalBytes, more, guard, checkpointing);
    }

    /** With local state in another place. */
    public DatabaseOptions withStateDirectory(Path directory) {
        return new DatabaseOptions(path, directory, monitorInterval, maxWalBytes, replicas, guard, checkpointing);
    }

    /** With another monitor interval. */
    public DatabaseOptions withMonitorInterval(Duration interval) {
        return new DatabaseOptions(path, stateDirectory, interval, maxWalBytes, replicas, guard, checkpointing);
    }

    /** With another limit of the WAL. */
    public DatabaseOptions withMaxWalBytes(long bytes) {
        return new DatabaseOptions(path, stateDirectory, monitorInterval, bytes, replicas, guard, checkpointing);
    }

    /** With another rule for a database that is not the one that the replicas hold. */
    public DatabaseOptions withOnDivergence(OnDivergence onDivergence) {
        return new DatabaseOptions(
                path,
                stateDirectory,
                monitorInterval,
                maxWalBytes,
                replicas,
                new Guard(onDivergence, guard.maxSpoolBytes()),
                checkpointing);
    }

    /** With another limit of what waits locally to be stored. */
    public DatabaseOptions withMaxSpoolBytes(long bytes) {
        return new DatabaseOptions(
                path,
                stateDirectory,
                monitorInterval,
                maxWalBytes,
                replicas,
                new Guard(guard.onDivergence(), bytes),
                checkpointing);
    }

    /** With checkpoints that Runnel runs. */
    public DatabaseOptions withCheckpointing(Checkpointing newCheckpointing) {
        return new DatabaseOptions(
                path, stateDirectory, monitorInterval, maxWalBytes, replicas, guard, newCheckpointing);
    }

    DatabaseSettings settings() {
        return new DatabaseSettings(
                path,
                stateDirectory,
                replicas.stream().map(ReplicaOptions::settings).toList(),
                monitorInterval,
                maxWalBytes,
                guard.maxSpoolBytes(),
                guard.onDivergence(),
                checkpointing);
    }
}
