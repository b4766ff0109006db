package dev.runnel.cli.config;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The kinds of stores that Litestream knows, and the keys that only some of them have. */
enum ReplicaType {
    FILE("file", Set.of()),
    S3(
            "s3",
            Set.of(
                    "access-key-id",
                    "secret-access-key",
                    "bucket",
                    "region",
                    "endpoint",
                    "force-path-style",
                    "skip-verify",
                    "sign-payload",
                    "conditional-writes",
                    "require-content-md5",
                    "storage-class",
                    "part-size",
                    "concurrency",
                    "sse-customer-algorithm",
                    "sse-customer-key",
                    "sse-customer-key-path",
                    "sse-kms-key-id")),
    GS("gs", Set.of("bucket")),
    ABS("abs", Set.of("account-name", "account-key", "sas-token", "bucket", "endpoint")),
    SFTP("sftp", Set.of("host", "user", "password", "key-path", "host-key", "concurrent-writes")),
    WEBDAV("webdav", Set.of("webdav-url", "webdav-username", "webdav-password")),
    NATS(
            "nats",
            Set.of(
                    "bucket",
                    "jwt",
                    "seed",
                    "creds",
                    "nkey",
                    "username",
                    "password",
                    "token",
                    "tls",
                    "root-cas",
                    "client-cert",
                    "client-key",
                    "max-reconnects",
                    "reconnect-wait",
                    "timeout")),
    OSS(
            "oss",
            Set.of("access-key-id", "secret-access-key", "bucket", "region", "endpoint", "part-size", "concurrency"));

    /** Every spelling of a type, also as the scheme of a URL: {@code gcs} is 0.3's {@code gs}. */
    static final Map<String, ReplicaType> BY_NAME = byName();

    private final String text;

    @SuppressWarnings("ImmutableEnumChecker") // all are Set.of(…)
    private final Set<String> keys;

    ReplicaType(String text, Set<String> keys) {
        this.text = text;
        this.keys = keys;
    }

    /** The name as users write it. */
    String text() {
        return text;
    }

    /** Whether {@code key} concerns another kind of store and not this one. */
    boolean isForeign(String key) {
        return !keys.contains(key) && allKeys().contains(key);
    }

    private static Set<String> allKeys() {
        Set<String> all = new HashSet<>();
        for (ReplicaType type : values()) {
            all.addAll(type.keys);
        }
        return all;
    }

    private static Map<String, ReplicaType> byName() {
        Map<String, ReplicaType> names = new LinkedHashMap<>();
        for (ReplicaType type : values()) {
            names.put(type.text, type);
        }
        names.put("gcs", GS);
        names.put("webdavs", WEBDAV);
        return java.util.Collections.unmodifiableMap(names);
    }
}
