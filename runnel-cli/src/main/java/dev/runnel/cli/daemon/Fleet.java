package dev.runnel.cli.daemon;

import dev.runnel.Runnel;
import dev.runnel.cli.config.PathRules;
import dev.runnel.model.TimeSource;
import dev.runnel.report.DatabaseReport;
import dev.runnel.report.Health;
import java.time.Instant;
import java.util.List;

/**
 * What the outside of the daemon speaks of.
 *
 * @param runnel the engine
 * @param paths how paths in requests become absolute
 * @param registrar opens replicas
 * @param time clock
 * @param about what the process is
 */
public record Fleet(Runnel runnel, PathRules paths, Registrar registrar, TimeSource time, About about) {

    /**
     * The process.
     *
     * @param version of the program
     * @param startedAt when it began to replicate
     */
    public record About(String version, Instant startedAt) {}

    /**
     * How everything is doing.
     *
     * @param reports of each database
     * @param health what they come to
     * @param now as of when
     */
    record View(List<DatabaseReport> reports, Health health, Instant now) {}

    View view(Health.Limits limits) {
        List<DatabaseReport> reports = runnel.report();
        Instant now = time.now();
        return new View(reports, Health.of(reports, limits, now), now);
    }
}
