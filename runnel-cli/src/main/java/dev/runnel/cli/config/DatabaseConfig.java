package dev.runnel.cli.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A database to replicate.
 *
 * @param path the database file, absolute and normalised
 * @param stateDir where the local state stands, absolute; null for the default place
 * @param capture how changes are noticed and taken
 * @param start what happens when replication starts
 * @param replicas one or more, with distinct names and locations
 * @param line line of the configuration file, from 1; 0 for one from the command line
 */
public record DatabaseConfig(
        Path path, @Nullable Path stateDir, Capture capture, Start start, List<ReplicaConfig> replicas, int line) {

    public DatabaseConfig {
        replicas = List.copyOf(replicas);
    }

    /** A database with default settings, from the command line; the targets are distinct. */
    public static DatabaseConfig of(Path path, List<ReplicaTarget> targets) {
        Set<String> names = new HashSet<>();
        List<ReplicaConfig> replicas = new ArrayList<>();
        targets.forEach(target -> replicas.add(ReplicaConfig.of(target, names)));
        return new DatabaseConfig(path, null, Capture.DEFAULT, Start.DEFAULT, replicas, 0);
    }

    /** The same, restored before replication if it is not there. */
    DatabaseConfig restoringIfAbsent() {
        return new DatabaseConfig(path, stateDir, capture, new Start(start.onDivergence(), true), replicas, line);
    }

    /** Who runs checkpoints beside the application. */
    public enum CheckpointMode {
        /** Runnel, only while the application has turned its own off. */
        AUTO,
        /** Nobody. */
        OFF,
        /** Runnel, at intervals. */
        ALWAYS
    }

    /** What to do when the database is not the one the replica knows. */
    public enum DivergencePolicy {
        /** Restore one that is absent or empty; else as without a policy. */
        RESTORE,
        /** Refuse whatever is not known to continue what the replica holds. */
        FAIL,
        /** Go on: reconcile it on top of the replica's history. */
        CONTINUE
    }

    /**
     * How changes are taken.
     *
     * @param monitorInterval how often the database is looked at where file events do not work; null for never
     * @param maxWalSize size of the WAL, in bytes, at which the application comes before continuity; null for the default
     * @param checkpoints who runs checkpoints
     * @param maxSpoolBytes bytes that may wait locally to be stored; null for the default
     */
    public record Capture(
            @Nullable Duration monitorInterval,
            @Nullable Long maxWalSize,
            Checkpoints checkpoints,
            @Nullable Long maxSpoolBytes) {

        static final Capture DEFAULT = new Capture(Defaults.MONITOR_INTERVAL, null, Checkpoints.DEFAULT, null);
    }

    /**
     * Who runs checkpoints, and when.
     *
     * @param mode who does
     * @param interval how long a frame stays in the WAL at most, in mode {@link CheckpointMode#ALWAYS}; zero for ever
     * @param minPages pages in the WAL that are enough for one, in that mode; positive
     */
    public record Checkpoints(CheckpointMode mode, Duration interval, int minPages) {

        static final Checkpoints DEFAULT =
                new Checkpoints(CheckpointMode.OFF, Defaults.CHECKPOINT_INTERVAL, Defaults.MIN_CHECKPOINT_PAGE_COUNT);
    }

    /**
     * What happens at start.
     *
     * @param onDivergence null for the default: wait for an absent database, reconcile one that can have come of what the
     *     replica holds, fail on an empty, a younger or a foreign one
     * @param restoreIfAbsent restore the database before replication if it is not there
     */
    public record Start(@Nullable DivergencePolicy onDivergence, boolean restoreIfAbsent) {

        static final Start DEFAULT = new Start(null, false);
    }
}
