package dev.runnel.cli.services;

import dev.runnel.cli.CliContext;
import dev.runnel.cli.CommandServices;
import dev.runnel.cli.Finding;
import dev.runnel.cli.ProbeResult;
import dev.runnel.cli.config.ConfigNote;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.config.S3Target;
import dev.runnel.s3.WireLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Examines everything a configuration names. */
final class Doctor {

    private final CommandServices services;
    private final CliContext context;
    private final WireLog wire;

    /** @param wire is told of every request to S3 */
    Doctor(CommandServices services, CliContext context, WireLog wire) {
        this.services = services;
        this.context = context;
        this.wire = wire;
    }

    List<Finding> examine(RunnelConfig config) throws Exception {
        List<Finding> findings = new ArrayList<>();
        if (config.databases().isEmpty()) {
            findings.add(Finding.problem(
                    "configuration", "names no databases", "add one to `dbs`, with `path` and `replica`"));
        }
        for (ConfigNote note : config.notes()) {
            findings.add(Finding.warning(
                    "configuration", "line " + note.line() + ": " + note.key() + ": " + note.message(), ""));
        }
        if (!config.levels().deletes()) {
            findings.add(
                    Finding.warning(
                            "configuration",
                            "nothing is ever deleted from the replicas (retention.enabled: false)",
                            "take it out: a rule of the bucket that deletes by age takes the last copy of a database that rests"));
        }
        openFiles(config.databases().size(), findings);
        Map<Object, Path> files = new HashMap<>();
        for (DatabaseConfig database : config.databases()) {
            sameFile(database, files, findings);
            findings.addAll(new DatabaseExamination(database, services.stateDirectory(database)).run());
            for (ReplicaConfig replica : database.replicas()) {
                ProbeResult probe = services.probe(replica, context);
                ReplicaExamination examination = new ReplicaExamination(database, replica);
                findings.addAll(examination.run(probe));
                if (probe.error() == null && replica.target() instanceof S3Target s3) {
                    findings.addAll(new BucketExamination(examination.subject(), s3, replica.policy(), config.levels())
                            .run(wire));
                }
            }
        }
        return findings;
    }

    private static void openFiles(int databases, List<Finding> findings) {
        OpenFiles.limitTooLowFor(databases)
                .ifPresent(limit -> findings.add(Finding.warning(
                        "process",
                        "may open " + limit + " files here, and a daemon of " + databases + " databases needs up to "
                                + OpenFiles.need(databases),
                        OpenFiles.REMEDY)));
    }

    private static void sameFile(DatabaseConfig database, Map<Object, Path> files, List<Finding> findings)
            throws java.io.IOException {
        if (!Files.exists(database.path())) {
            return;
        }
        Object key = Files.readAttributes(database.path(), java.nio.file.attribute.BasicFileAttributes.class)
                .fileKey();
        Path other = key == null ? null : files.putIfAbsent(key, database.path());
        if (other != null) {
            findings.add(Finding.problem(
                    "database " + database.path(),
                    "is the same file as " + other + ", by another name",
                    "name each database once: two replications of one file disturb each other"));
        }
    }
}
