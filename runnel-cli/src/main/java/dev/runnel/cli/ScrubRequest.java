package dev.runnel.cli;

import dev.runnel.cli.config.ReplicaConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to scrub.
 *
 * @param replicas which replicas
 * @param repairFrom a replica of the same database to repair them from; null to change nothing
 */
public record ScrubRequest(
        List<ReplicaChoice> replicas, @Nullable ReplicaConfig repairFrom) {

    public ScrubRequest {
        replicas = List.copyOf(replicas);
    }
}
