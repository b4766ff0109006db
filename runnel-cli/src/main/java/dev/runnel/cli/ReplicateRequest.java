package dev.runnel.cli;

import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.daemon.DaemonId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A checked {@code replicate}.
 *
 * @param config what to replicate: at least one database; settings of the command line are already in it
 * @param exec words of the child's command line; empty for none, and then only if {@code once} is null may it be filled
 * @param id which daemon this is, for those who look for it
 * @param once what to do in a single run; null to go on until told to stop
 */
public record ReplicateRequest(
        RunnelConfig config,
        List<String> exec,
        DaemonId id,
        @Nullable Once once) {

    public ReplicateRequest {
        exec = List.copyOf(exec);
    }

    /**
     * A single run.
     *
     * @param forceSnapshot take a snapshot whatever the time
     * @param enforceRetention enforce retention whatever the time
     */
    public record Once(boolean forceSnapshot, boolean enforceRetention) {}
}
