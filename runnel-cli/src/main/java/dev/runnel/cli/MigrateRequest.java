package dev.runnel.cli;

import dev.runnel.cli.config.ReplicaConfig;

/**
 * A checked {@code migrate}.
 *
 * @param source replica of Litestream 0.3
 * @param target where the LTX replica goes
 */
public record MigrateRequest(ReplicaConfig source, ReplicaConfig target) {}
