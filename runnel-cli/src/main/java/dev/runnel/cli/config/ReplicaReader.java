package dev.runnel.cli.config;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads one item of {@code replicas:}, or {@code replica:}, with the global keys behind it.
 */
final class ReplicaReader {

    private static final String RECONNECTS =
            "Runnel connects again whenever it has something to do, and waits longer each time that fails";

    private static final String NOT_IN_REPLICA = "the database, beside `replica`";

    /** Keys that stand elsewhere in the file, with the place to name when they turn up in a replica. */
    private static final Map<String, String> ELSEWHERE = Map.of(
            "meta-path",
            NOT_IN_REPLICA,
            "state-dir",
            NOT_IN_REPLICA,
            "monitor-interval",
            NOT_IN_REPLICA,
            "checkpoint-interval",
            NOT_IN_REPLICA,
            "snapshot",
            NOT_IN_REPLICA + ", or at the top",
            "levels",
            "the top of the file",
            "l0-retention",
            "the top of the file",
            "dbs",
            "the top of the file");

    private final YamlSection globals;
    private final PathRules paths;
    private final S3Keys s3;
    private final AgeReader age;
    private final Map<String, String> environment;
    private final @Nullable Duration validation;

    /**
     * @param validation {@code validation.interval}, which stands for {@code validation-interval} of each replica
     */
    ReplicaReader(
            YamlSection globals, PathRules paths, Map<String, String> environment, @Nullable Duration validation) {
        this.validation = validation;
        this.globals = globals;
        this.paths = paths;
        this.s3 = new S3Keys(environment);
        this.age = new AgeReader(paths);
        this.environment = environment;
    }

    /** Reads the keys that may stand at the top as defaults of all replicas, to check them. */
    void readGlobals() {
        checkStoreKeys(globals);
        globals.positiveDuration("sync-interval");
        interval(globals, "validation-interval");
        globals.positiveDuration("verify-max-age");
        globals.bool("lease", true);
        leaseTtl(globals);
    }

    /**
     * Reads one replica.
     *
     * @param snapshots what the database says of snapshots
     * @return the replica, or empty if an error was recorded
     */
    Optional<ReplicaConfig> read(YamlSection own, SnapshotKeys snapshots) {
        YamlSection section = own.withDefaults(globals);
        String name = section.text("name");
        ReplicaConfig.Policy policy = policy(own, section, snapshots);
        checkStoreKeys(section);
        ReplicaTarget target = target(section);
        section.finish(ELSEWHERE);
        AgeKeys keys = age.read(section);
        if (keys.isWriteOnly() && policy.validationInterval() != null) {
            section.note(
                    section.has("validation-interval") ? "validation-interval" : "age",
                    "cannot be done here: what is encrypted cannot be read without `age.identities`. Run `runnel verify`"
                            + " where they are");
        }
        return target == null
                ? Optional.empty()
                : Optional.of(new ReplicaConfig(name == null ? target.type() : name, target, policy, own.line(), keys));
    }

    private @Nullable ReplicaTarget target(YamlSection section) {
        String url = section.text("url");
        String path = section.text("path");
        ReplicaType type = type(section, url);
        if (type == null) {
            return null;
        }
        for (String key : section.ownKeys()) {
            if (type.isForeign(key)) {
                section.note(key, "has no meaning for a replica of type " + type.text());
            }
        }
        if (url != null && !fitsUrl(section, type)) {
            return null;
        }
        if (path != null && ReplicaUrl.isUrl(path)) {
            section.error("path", "`path` must not be a URL; write it as `url: " + ReplicaUrl.masked(path) + "`");
            return null;
        }
        if (section.hasUnset()) {
            return null;
        }
        try {
            return target(section, type);
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            String key = message.substring(0, Math.max(0, message.indexOf(' ')));
            section.error(section.has(key) ? key : url == null ? "type" : "url", message);
            return null;
        }
    }

    private ReplicaTarget target(YamlSection section, ReplicaType type) {
        return switch (type) {
            case FILE -> file(section.text("url"), section.text("path"));
            case S3 -> s3.target(section);
            case SFTP -> new SftpKeys(paths).target(section);
            case ABS, GS, WEBDAV, OSS -> new WebKeys(environment).target(type, section);
            case NATS -> new NatsKeys(paths).target(section);
        };
    }

    private FileTarget file(@Nullable String url, @Nullable String path) {
        if (url != null) {
            return ReplicaUrl.file(url, paths);
        }
        if (path == null) {
            throw new IllegalArgumentException("a file replica needs a `path`, or a `url` such as file:///backup/app");
        }
        return new FileTarget(paths.expand(path));
    }

    private @Nullable ReplicaType type(YamlSection section, @Nullable String url) {
        ReplicaType named = section.oneOf("type", ReplicaType.BY_NAME);
        if (url != null) {
            try {
                ReplicaType type = ReplicaUrl.typeOf(url);
                if (named != null && named != type) {
                    section.note("type", "the scheme of `url` comes before `type`: this replica is " + type.text());
                }
                return type;
            } catch (IllegalArgumentException e) {
                section.error("url", String.valueOf(e.getMessage()));
                return null;
            }
        }
        if (section.hasOwn("type") || section.hasOwn("url")) {
            return named;
        }
        if (section.hasOwn("bucket")) {
            section.error("bucket", "a replica with a `bucket` needs a `type`, such as `type: s3`");
            return null;
        }
        return ReplicaType.FILE;
    }

    /** A URL says where; the keys that say the same must not stand beside it. */
    private static boolean fitsUrl(YamlSection section, ReplicaType type) {
        String rival = switch (type) {
            case FILE -> "path";
            case SFTP -> "host";
            case WEBDAV -> "webdav-url";
            default -> "bucket";
        };
        boolean fits = true;
        for (String key : new String[] {"path", rival}) {
            if (section.hasOwn(key)) {
                section.error(key, "cannot specify url & " + key + " for a replica; keep one of them");
                fits = false;
            }
        }
        return fits;
    }

    private ReplicaConfig.Policy policy(YamlSection own, YamlSection section, SnapshotKeys snapshots) {
        Duration sync = section.positiveDuration("sync-interval");
        // Keys of 0.3 that are not inherited: at the top, `retention` is another thing.
        Duration ownRetention = own.duration("retention");
        Duration ownInterval = interval(own, "snapshot-interval");
        Duration ownCheck = interval(own, "retention-check-interval");
        if (ownCheck != null) {
            own.note(
                    "retention-check-interval",
                    "Runnel looks every `l0-retention-check-interval`, which costs no request");
        }
        Duration retention =
                ownRetention != null ? ownRetention : or(snapshots.retention(), Defaults.SNAPSHOT_RETENTION);
        boolean keepAll = retention.isZero() || retention.isNegative();

        Duration interval = ownInterval != null ? ownInterval : snapshots.interval();
        if (interval == null) {
            // 0.3 takes a snapshot when none is left inside the retention: no interval is longer than that.
            interval = keepAll ? Defaults.SNAPSHOT_INTERVAL : min(Defaults.SNAPSHOT_INTERVAL, retention);
        }
        Duration check = ownCheck != null || ownRetention == null ? ownCheck : Defaults.RETENTION_CHECK_INTERVAL;
        Duration verified = interval(section, "validation-interval");
        Duration verification = section.has("validation-interval") ? verified : validation;
        return new ReplicaConfig.Policy(
                or(sync, Defaults.SYNC_INTERVAL),
                interval,
                keepAll ? null : retention,
                check == null || keepAll ? check : min(check, retention),
                verification,
                maxAge(section, verification),
                section.bool("lease", true),
                leaseTtl(section));
    }

    private static @Nullable Duration maxAge(YamlSection section, @Nullable Duration verification) {
        Duration maxAge = section.positiveDuration("verify-max-age");
        if (maxAge != null && verification != null && maxAge.compareTo(verification) < 0) {
            section.error(
                    "verify-max-age",
                    "`verify-max-age` must not be shorter than `validation-interval`, or health would be red between"
                            + " two verifications");
            return null;
        }
        if (maxAge != null && verification == null) {
            section.note("verify-max-age", "has no effect without `validation-interval`");
        }
        return maxAge;
    }

    private static Duration leaseTtl(YamlSection section) {
        Duration ttl = section.positiveDuration("lease-ttl");
        if (ttl != null && (ttl.compareTo(Duration.ofSeconds(1)) < 0 || ttl.compareTo(Duration.ofHours(1)) > 0)) {
            section.error("lease-ttl", "`lease-ttl` must be from 1s to 1h");
            return Defaults.LEASE_TTL;
        }
        return or(ttl, Defaults.LEASE_TTL);
    }

    /** An interval of which zero means never. */
    private static @Nullable Duration interval(YamlSection section, String key) {
        Duration value = section.duration(key);
        if (value != null && value.isNegative()) {
            section.error(key, "`" + key + "` must not be negative");
            return null;
        }
        return value == null || value.isZero() ? null : value;
    }

    /** Checks the types of the keys of all stores, whichever the replica uses, and so makes them known. */
    private void checkStoreKeys(YamlSection section) {
        S3Keys.check(section);
        for (String key : new String[] {
            "account-name",
            "account-key",
            "sas-token",
            "host",
            "user",
            "password",
            "key-path",
            "host-key",
            "webdav-url",
            "webdav-username",
            "webdav-password",
            "jwt",
            "seed",
            "creds",
            "nkey",
            "username",
            "token",
            "client-cert",
            "client-key"
        }) {
            section.text(key);
        }
        section.bool("concurrent-writes");
        section.bool("tls");
        section.texts("root-cas");
        section.integer("max-reconnects", -1);
        section.ignored("max-reconnects", RECONNECTS);
        section.duration("reconnect-wait");
        section.ignored("reconnect-wait", RECONNECTS);
        section.duration("timeout");
        section.ignored("max-sync-ltx-files", "Runnel uploads what there is, in order, as fast as the store takes it");
        section.ignored("auto-recover", "Runnel always recovers by itself: local state is a cache");
        age.read(section);
    }

    private static Duration or(@Nullable Duration value, Duration otherwise) {
        return value == null ? otherwise : value;
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    /**
     * The {@code snapshot} map of a database, or of the whole file.
     *
     * @param interval null if not given
     * @param retention null if not given
     */
    record SnapshotKeys(
            @Nullable Duration interval, @Nullable Duration retention) {

        /** Reads {@code snapshot:} of {@code section}; what it does not give comes from {@code otherwise}. */
        static SnapshotKeys read(YamlSection section, SnapshotKeys otherwise) {
            YamlSection snapshot = section.section("snapshot");
            if (snapshot == null) {
                return otherwise;
            }
            Duration interval = snapshot.positiveDuration("interval");
            Duration retention = snapshot.positiveDuration("retention");
            snapshot.finish(Map.of());
            return new SnapshotKeys(
                    interval == null ? otherwise.interval() : interval,
                    retention == null ? otherwise.retention() : retention);
        }
    }
}
