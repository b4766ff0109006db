package dev.runnel.cli;

import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.model.TxId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A checked {@code restore}.
 *
 * @param replicas where to restore from: the one the user chose, or all of the database, to take the newest
 * @param output file to write, absolute
 * @param point what to restore to
 * @param conditions what may be there or may not
 * @param mode how to restore
 * @param json print JSON
 */
public record RestoreRequest(
        List<ReplicaConfig> replicas, Path output, Point point, Conditions conditions, Mode mode, boolean json) {

    public RestoreRequest {
        replicas = List.copyOf(replicas);
    }

    /**
     * A moment; none of the parts is given for the newest.
     *
     * @param txid the last transaction to restore; excludes the others
     * @param timestamp the moment to restore
     * @param generation name of the generation of a replica of Litestream 0.3
     * @param index number of the last WAL of that generation; excludes a timestamp
     */
    public record Point(
            @Nullable TxId txid,
            @Nullable Instant timestamp,
            @Nullable String generation,
            @Nullable Integer index) {

        /** A moment of a replica in either format. */
        public Point(@Nullable TxId txid, @Nullable Instant timestamp) {
            this(txid, timestamp, null, null);
        }
    }

    /**
     * Conditions.
     *
     * @param ifReplicaExists succeed without doing anything if there is nothing to restore
     * @param force replace an existing database with its companions
     */
    public record Conditions(boolean ifReplicaExists, boolean force) {}

    /**
     * Ways.
     *
     * @param parallelism files fetched at a time, at least 1
     * @param integrityCheck what SQLite checks afterwards
     * @param dryRun only print the plan
     * @param follow how often to apply what is new until told to stop; null to restore once
     */
    public record Mode(
            int parallelism,
            IntegrityCheck integrityCheck,
            boolean dryRun,
            @Nullable Duration follow) {}

    /** What SQLite checks after the restore. Runnel's own checksums are checked in any case. */
    public enum IntegrityCheck {
        /** Nothing. */
        NONE,
        /** {@code PRAGMA quick_check}. */
        QUICK,
        /** {@code PRAGMA integrity_check}. */
        FULL
    }
}
