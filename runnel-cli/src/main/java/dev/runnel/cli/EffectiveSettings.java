package dev.runnel.cli;

import dev.runnel.cli.config.AzureTarget;
import dev.runnel.cli.config.ConfigOrigins;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.GoDuration;
import dev.runnel.cli.config.LevelsConfig;
import dev.runnel.cli.config.OssTarget;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.config.S3Target;
import dev.runnel.cli.config.ServiceConfig;
import dev.runnel.cli.config.WebDavTarget;
import dev.runnel.s3.S3Settings;
import dev.runnel.web.azure.AzureSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Puts a configuration into words: what every setting is and why. */
final class EffectiveSettings {

    private final RunnelConfig config;
    private final ConfigOrigins origins;
    private final Map<String, String> environment;

    EffectiveSettings(RunnelConfig config, ConfigOrigins origins, Map<String, String> environment) {
        this.config = config;
        this.origins = origins;
        this.environment = environment;
    }

    /** What concerns the process and all databases. */
    List<Setting> global() {
        List<Setting> all = new ArrayList<>();
        ServiceConfig service = config.service();
        all.add(top("addr", text(service.addr())));
        all.add(top("exec", text(service.exec())));
        ServiceConfig.Socket socket = service.socket();
        all.add(top(
                "socket", socket == null ? "off" : socket.path() + " " + Integer.toOctalString(socket.permissions())));
        ServiceConfig.Heartbeat heartbeat = service.heartbeat();
        all.add(top(
                "heartbeat-url",
                heartbeat == null
                        ? "-"
                        : heartbeat.url().getScheme() + "://" + heartbeat.url().getHost() + "/... every "
                                + GoDuration.format(heartbeat.interval())));
        all.add(top(
                "shutdown-sync-timeout", GoDuration.format(service.shutdown().timeout())));
        String level = environment.getOrDefault("LOG_LEVEL", "");
        all.add(
                level.isEmpty()
                        ? new Setting(
                                "logging.level",
                                config.logging().level().name().toLowerCase(Locale.ROOT),
                                from(origins.inside("logging", "level")))
                        : new Setting("logging.level", level, "LOG_LEVEL"));
        all.add(new Setting(
                "logging.type", config.logging().json() ? "json" : "text", from(origins.inside("logging", "type"))));
        LevelsConfig levels = config.levels();
        all.add(top(
                "levels", levels.intervals().stream().map(GoDuration::format).collect(Collectors.joining(" "))));
        all.add(top("l0-retention", duration(levels.l0Retention(), "for ever")));
        all.add(top("l0-retention-check-interval", GoDuration.format(levels.l0CheckInterval())));
        all.add(new Setting("retention.enabled", "" + levels.deletes(), from(origins.inside("retention", "enabled"))));
        return all;
    }

    /**
     * What concerns one database.
     *
     * @param state where its local state stands
     */
    List<Setting> database(DatabaseConfig database, String state) {
        List<Setting> all = new ArrayList<>();
        all.add(of(database, "state-dir", state, "state-dir", "meta-path", "meta-dir"));
        all.add(of(
                database,
                "monitor-interval",
                duration(database.capture().monitorInterval(), "1s"),
                "monitor-interval"));
        Long maxWal = database.capture().maxWalSize();
        all.add(of(database, "max-wal-size", maxWal == null ? "1 GiB" : maxWal + " bytes", "max-wal-size"));
        DatabaseConfig.Checkpoints checkpoints = database.capture().checkpoints();
        all.add(of(database, "checkpoint", checkpoints.mode().name().toLowerCase(Locale.ROOT), "checkpoint"));
        Long maxSpool = database.capture().maxSpoolBytes();
        all.add(of(database, "max-spool-bytes", maxSpool == null ? "1 GiB" : maxSpool + " bytes", "max-spool-bytes"));
        DatabaseConfig.DivergencePolicy policy = database.start().onDivergence();
        all.add(of(
                database,
                "on-divergence",
                policy == null ? "as the start guard decides" : policy.name().toLowerCase(Locale.ROOT),
                "on-divergence"));
        all.add(of(
                database,
                "restore-if-db-not-exists",
                "" + database.start().restoreIfAbsent(),
                "restore-if-db-not-exists"));
        return all;
    }

    /** What concerns one replica. */
    List<Setting> replica(DatabaseConfig database, ReplicaConfig replica) {
        List<Setting> all = new ArrayList<>();
        all.add(new Setting(
                "location", replica.target().location(), from(origins.replica(replica, "url", "path", "bucket"))));
        ReplicaConfig.Policy policy = replica.policy();
        all.add(of(replica, "sync-interval", GoDuration.format(policy.syncInterval())));
        all.add(snapshot(database, replica, "snapshot-interval", GoDuration.format(policy.snapshotInterval())));
        all.add(snapshot(database, replica, "retention", duration(policy.retention(), "for ever")));
        all.add(of(replica, "validation-interval", duration(policy.validationInterval(), "off")));
        all.add(of(replica, "lease", policy.lease() ? "where the store has conditional writes" : "off"));
        all.add(of(replica, "lease-ttl", GoDuration.format(policy.leaseTtl())));
        if (!replica.age().isEmpty()) {
            String recipients = replica.age().encryptedFor().toString();
            String openers = replica.age().openedBy().toString();
            all.add(of(replica, "age", recipients.isEmpty() ? "nothing is encrypted" : "encrypted for " + recipients));
            all.add(of(replica, "age", openers.isEmpty() ? "write only, no identity" : "read as " + openers));
        }
        if (replica.target() instanceof S3Target s3) {
            addS3(all, replica, s3.settings());
        } else if (replica.target() instanceof OssTarget oss) {
            addOss(all, replica, oss.settings());
        } else if (replica.target() instanceof AzureTarget azure) {
            addAzure(all, replica, azure.settings());
        } else if (replica.target() instanceof WebDavTarget dav) {
            all.add(url(replica, "webdav-url", dav.settings().url().toString(), null));
            all.add(url(replica, "webdav-username", text(dav.settings().username()), null));
            all.add(url(replica, "webdav-password", masked(dav.settings().password()), null));
        }
        return all;
    }

    private void addS3(List<Setting> all, ReplicaConfig replica, S3Settings s3) {
        all.add(credential(replica, "access-key-id", s3.accessKeyId(), "LITESTREAM_ACCESS_KEY_ID", 4));
        all.add(credential(replica, "secret-access-key", s3.secretAccessKey(), "LITESTREAM_SECRET_ACCESS_KEY", 0));
        all.add(url(
                replica,
                "endpoint",
                s3.endpoint() == null ? "AWS" : s3.endpoint().toString(),
                "LITESTREAM_S3_ENDPOINT"));
        all.add(url(replica, "region", s3.region() == null ? "that of the bucket" : s3.region(), null));
        all.add(url(replica, "force-path-style", "" + s3.pathStyle(), null));
        all.add(url(replica, "conditional-writes", "" + s3.conditionalWrites(), null));
        all.add(url(replica, "sign-payload", "" + s3.signPayload(), null));
        all.add(url(replica, "skip-verify", "" + s3.skipVerify(), null));
        all.add(url(replica, "storage-class", text(s3.storageClass()), null));
        all.add(url(replica, "part-size", s3.partSize() + " bytes", null));
        all.add(url(replica, "concurrency", "" + s3.concurrency(), null));
        if (s3.certificateBundle() != null) {
            all.add(new Setting("certificates", s3.certificateBundle().toString(), "AWS_CA_BUNDLE"));
        }
        if (s3.sseCustomerKey() != null) {
            all.add(url(replica, "sse-customer-key", mask(s3.sseCustomerKey(), 0), null));
        }
        if (s3.sseKmsKeyId() != null) {
            all.add(url(replica, "sse-kms-key-id", s3.sseKmsKeyId(), null));
        }
    }

    private void addOss(List<Setting> all, ReplicaConfig replica, S3Settings oss) {
        all.add(url(replica, "access-key-id", masked(oss.accessKeyId()), "OSS_ACCESS_KEY_ID"));
        all.add(url(replica, "secret-access-key", masked(oss.secretAccessKey()), "OSS_ACCESS_KEY_SECRET"));
        all.add(url(replica, "endpoint", String.valueOf(oss.endpoint()), null));
        all.add(url(replica, "region", text(oss.region()), null));
        all.add(url(replica, "part-size", oss.partSize() + " bytes", null));
        all.add(url(replica, "concurrency", "" + oss.concurrency(), null));
    }

    private void addAzure(List<Setting> all, ReplicaConfig replica, AzureSettings azure) {
        all.add(url(replica, "account-name", azure.account(), null));
        all.add(url(replica, "account-key", masked(azure.accountKey()), "LITESTREAM_AZURE_ACCOUNT_KEY"));
        all.add(url(replica, "sas-token", masked(azure.sasToken()), "LITESTREAM_AZURE_SAS_TOKEN"));
        all.add(url(replica, "endpoint", azure.endpoint().toString(), null));
        all.add(new Setting(
                "authorized by", azure.credential(), "the first of SAS token, key, identity that is there"));
    }

    private static String masked(@Nullable String secret) {
        return secret == null ? "-" : mask(secret, 0);
    }

    private Setting credential(ReplicaConfig replica, String key, @Nullable String value, String variable, int shown) {
        if (value == null) {
            return new Setting(key, "-", "the SDK's chain: AWS_* variables, shared files, roles");
        }
        Integer line = line(replica, key);
        return new Setting(key, mask(value, shown), line == null ? variable : from(line));
    }

    /** A key that a URL can say as well. */
    private Setting url(ReplicaConfig replica, String key, String value, @Nullable String variable) {
        Integer line = line(replica, key);
        if (line != null) {
            return new Setting(key, value, from(line));
        }
        Integer url = origins.replica(replica, "url");
        if (url != null && variable != null && value.contains(environment.getOrDefault(variable, " "))) {
            return new Setting(key, value, variable);
        }
        return new Setting(key, value, url == null ? "default" : "default, or " + from(url) + " (url)");
    }

    private Setting snapshot(DatabaseConfig database, ReplicaConfig replica, String key, String value) {
        Integer own = origins.replica(replica, key);
        Integer line = own != null ? own : origins.database(database, "snapshot");
        return new Setting(key, value, from(line != null ? line : origins.top("snapshot")));
    }

    private Setting top(String key, String value) {
        return new Setting(key, value, from(origins.top(key)));
    }

    private Setting of(DatabaseConfig database, String key, String value, String... keys) {
        return new Setting(key, value, from(origins.database(database, keys)));
    }

    private Setting of(ReplicaConfig replica, String key, String value) {
        return new Setting(key, value, from(line(replica, key)));
    }

    /** Its own line, or that at the top. */
    private @Nullable Integer line(ReplicaConfig replica, String key) {
        Integer own = origins.replica(replica, key);
        return own != null ? own : origins.top(key);
    }

    private static String from(@Nullable Integer line) {
        return line == null ? "default" : "line " + line;
    }

    private static String duration(@Nullable Duration value, String otherwise) {
        return value == null ? otherwise : GoDuration.format(value);
    }

    private static String text(@Nullable String value) {
        return value == null ? "-" : value;
    }

    /** Stars, behind the first {@code shown} characters of a text that is longer than twice that. */
    private static String mask(String secret, int shown) {
        return (secret.length() > 2 * shown ? secret.substring(0, shown) : "") + "****";
    }
}
