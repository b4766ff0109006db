package dev.runnel.cli.services;

import dev.runnel.cli.Finding;
import dev.runnel.cli.ProbeResult;
import dev.runnel.cli.config.AgeKeys;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.FileTarget;
import dev.runnel.cli.config.GoDuration;
import dev.runnel.cli.config.NatsTarget;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.S3Target;
import dev.runnel.cli.config.SftpTarget;
import dev.runnel.cli.config.WebDavTarget;
import dev.runnel.nats.NatsSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Looks at one replica: whether it can be used, and whether its settings make sense. */
final class ReplicaExamination {

    /** From here on, a service refuses signatures (15 minutes), or times of restores mislead. */
    private static final Duration TOLERABLE_SKEW = Duration.ofSeconds(30);

    private final DatabaseConfig database;
    private final ReplicaConfig replica;
    private final String subject;
    private final List<Finding> findings = new ArrayList<>();

    ReplicaExamination(DatabaseConfig database, ReplicaConfig replica) {
        this.database = database;
        this.replica = replica;
        this.subject = "replica " + replica.target().location() + " of " + database.path();
    }

    /** What its findings are about. */
    String subject() {
        return subject;
    }

    /** @param probe what came of touching it */
    List<Finding> run(ProbeResult probe) throws IOException {
        if (probe.error() != null) {
            findings.add(Finding.problem(
                    subject, "cannot be used: " + probe.error(), "mend that, then try again with `config check`"));
        } else {
            findings.add(Finding.ok(
                    subject,
                    "put, get, list and delete work (" + probe.duration().toMillis() + " ms)"));
            if (!probe.conditions()) {
                findings.add(Finding.warning(
                        subject,
                        "its store does not refuse to overwrite, so that a second writer is not found out in every"
                                + " case",
                        "see to it that one machine alone writes to this path"));
            }
            clock(probe);
        }
        settings();
        hostKey();
        place();
        return findings;
    }

    private void clock(ProbeResult probe) {
        Duration skew = probe.skew();
        if (skew == null) {
            return;
        }
        if (skew.abs().compareTo(TOLERABLE_SKEW) > 0) {
            findings.add(Finding.warning(
                    subject,
                    "its clock and that of this machine are "
                            + GoDuration.format(skew.abs().truncatedTo(java.time.temporal.ChronoUnit.SECONDS))
                            + " apart",
                    "synchronise this machine with NTP: restores to a time go by its clock, and services refuse"
                            + " requests that are 15 minutes off"));
        } else {
            findings.add(Finding.ok(subject, "its clock agrees with that of this machine"));
        }
    }

    private void settings() {
        ReplicaConfig.Policy policy = replica.policy();
        Duration retention = policy.retention();
        if (retention != null && retention.compareTo(policy.snapshotInterval()) < 0) {
            findings.add(Finding.warning(
                    subject,
                    "retention (" + GoDuration.format(retention) + ") is shorter than the snapshot interval ("
                            + GoDuration.format(policy.snapshotInterval())
                            + "): files are kept until the next snapshot all the same",
                    "take snapshots at least as often as retention is long"));
        }
        encryption();
        if (replica.target() instanceof WebDavTarget dav
                && dav.settings().password() != null
                && "http".equalsIgnoreCase(dav.settings().url().getScheme())) {
            findings.add(Finding.warning(
                    subject,
                    "the password goes over the line as it is: whoever is on the way can read it",
                    "use https (webdavs://)"));
        }
        if (replica.target() instanceof NatsTarget bucket
                && bucket.settings().tls() == null
                && (bucket.settings().login() instanceof NatsSettings.Login.User
                        || bucket.settings().login() instanceof NatsSettings.Login.Token)) {
            findings.add(Finding.warning(
                    subject,
                    "password or token go over the line as they are: whoever is on the way can read them",
                    "use `tls: true`, or log in by a key (`creds` or `nkey`), which stays here"));
        }
        if (replica.target() instanceof S3Target s3 && s3.settings().skipVerify()) {
            findings.add(Finding.warning(
                    subject,
                    "certificates are not verified (skip-verify): whoever is on the way can read and change everything",
                    "name the issuer's certificate in AWS_CA_BUNDLE and remove skip-verify"));
        }
    }

    private void encryption() {
        AgeKeys keys = replica.age();
        if (keys.isReadOnly()) {
            findings.add(Finding.warning(
                    subject,
                    "has `age.identities` and no `age.recipients`: it can be read, and `replicate` refuses",
                    "add the public keys as `age.recipients`"));
        } else if (keys.isWriteOnly()) {
            findings.add(Finding.ok(
                    subject,
                    "is encrypted for " + keys.encryptedFor()
                            + ", and cannot be read here: restore and verify where the" + " identity is"));
            if (replica.policy().validationInterval() != null) {
                findings.add(Finding.warning(
                        subject,
                        "is to be verified here (validation-interval), which takes an identity",
                        "take validation-interval out, and run `runnel verify` where the identity is"));
            }
        } else if (!keys.isEmpty()) {
            findings.add(Finding.ok(subject, "is encrypted for " + keys.encryptedFor()));
        }
    }

    private void hostKey() {
        if (replica.target() instanceof SftpTarget sftp && sftp.settings().hostKey() == null) {
            boolean password = sftp.settings().login().password() != null;
            findings.add(Finding.warning(
                    subject,
                    "the key of the server is not checked (no host-key): whoever is on the way can read and change"
                            + " everything" + (password ? ", and learns the password" : ""),
                    "compare what `" + sftp.settings().address().keyscan()
                            + "` prints with the keys on the server, and put one of its lines into `host-key`"));
        }
    }

    private void place() throws IOException {
        if (!(replica.target() instanceof FileTarget file)) {
            return;
        }
        Path existing = file.path();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        Path parent = database.path().getParent();
        if (parent != null
                && Files.exists(parent)
                && Files.getFileStore(existing).equals(Files.getFileStore(parent))) {
            findings.add(Finding.warning(
                    subject,
                    "is on the same file system as the database: what destroys one destroys the other",
                    "add a replica on another machine"));
        }
    }
}
