package dev.runnel.cli;

import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.ReplicaConfig;
import org.jspecify.annotations.Nullable;

/**
 * A replica that a command works on.
 *
 * @param database the database of the configuration that it belongs to; null for one given by its URL
 * @param replica the replica
 */
public record ReplicaChoice(@Nullable DatabaseConfig database, ReplicaConfig replica) {

    /** Path of the database, or the place of the replica if it was given by its URL. */
    public String path() {
        return database == null ? replica.target().location() : database.path().toString();
    }
}
