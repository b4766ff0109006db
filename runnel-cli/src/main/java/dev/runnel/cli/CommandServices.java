package dev.runnel.cli;

import dev.runnel.archive.LtxFile;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.daemon.DaemonClient;
import dev.runnel.cli.daemon.DaemonId;
import dev.runnel.model.Level;
import java.nio.file.Path;
import java.util.List;

/**
 * What commands ask of the engine. Requests are checked: files of the command line are absolute, flags that exclude each
 * other are not both there, and every replica is in a store of this build.
 *
 * <p>Any method may throw {@link CommandException} for what the user can mend; an {@link java.io.IOException} is shown
 * with its message alone; anything else counts as a defect.
 */
public interface CommandServices {

    /**
     * Replicates until a signal or the end of the child process, or once.
     *
     * @return the exit code: 0 only if everything reached the replicas
     */
    int replicate(ReplicateRequest request, CliContext context) throws Exception;

    /**
     * Restores a database, prints the plan or the result.
     *
     * @return the exit code
     */
    int restore(RestoreRequest request, CliContext context) throws Exception;

    /**
     * Turns a replica of Litestream 0.3 into an LTX replica.
     *
     * @return the exit code
     */
    int migrate(MigrateRequest request, CliContext context) throws Exception;

    /**
     * Files of a replica in ascending order of level and first TXID.
     *
     * @param levels levels to list, ascending
     */
    List<LtxFile> ltx(ReplicaConfig replica, List<Level> levels) throws Exception;

    /** Puts an object into the place of a replica, reads, lists and deletes it. */
    ProbeResult probe(ReplicaConfig replica, CliContext context) throws Exception;

    /** What a replica holds, as Litestream 0.3 would list it. */
    ReplicaHistory history(ReplicaConfig replica) throws Exception;

    /**
     * The local state of a database, which may have no replicas.
     *
     * @param delete whether to delete it
     * @throws java.io.IOException if it is to be deleted, and a running process uses it
     */
    LocalState localState(DatabaseConfig database, boolean delete) throws Exception;

    /** Examines what a configuration names: databases, their surroundings, replicas. */
    List<Finding> examine(RunnelConfig config, CliContext context) throws Exception;

    /** Where the local state of a database stands. */
    Path stateDirectory(DatabaseConfig database);

    /** The local state of each database, in their order. */
    List<DatabaseStatus> status(List<DatabaseConfig> databases) throws Exception;

    /** Verifies replicas, each by itself; one that fails stops no other. */
    List<VerifyResult> verify(VerifyRequest request) throws Exception;

    /** Reads every object of replicas, and repairs what is damaged if asked to. */
    List<ScrubResult> scrub(ScrubRequest request) throws Exception;

    /**
     * A way to the daemon, which need not run.
     *
     * @param id which one
     * @param databases those of its configuration: its socket may stand with the state of the first
     */
    DaemonClient daemon(DaemonId id, List<DatabaseConfig> databases);

    /**
     * Shows replication and restore at work.
     *
     * @return the exit code
     */
    int demo(CliContext context) throws Exception;
}
