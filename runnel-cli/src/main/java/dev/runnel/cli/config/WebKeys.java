package dev.runnel.cli.config;

import dev.runnel.s3.S3Settings;
import dev.runnel.web.azure.AzureSettings;
import dev.runnel.web.gcs.GcsSettings;
import dev.runnel.web.http.Percent;
import dev.runnel.web.webdav.WebDavSettings;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The keys of replicas in Azure Blob Storage, Google Cloud Storage, on WebDAV servers and in OSS, beside what a URL says. Errors are
 * {@link IllegalArgumentException}s; where a key is to blame, the message starts with it.
 */
final class WebKeys {

    /** {@code scheme://[user[:password]@]host[:port][/path]}; the password may have any character but a slash. */
    private static final Pattern URL = Pattern.compile(
            "(?<scheme>[A-Za-z]+)://(?:(?<user>[^/:@]*)(?::(?<password>[^/]*))?@)?(?<host>[^/@?#]+)(?:/(?<path>[^?#]*))?");

    private static final Pattern OSS_HOST = Pattern.compile(
            "(?<bucket>[^.]+)(?:\\.(?<endpoint>oss-(?<region>[a-z0-9-]+?)(?:-internal)?\\.aliyuncs\\.com))?");

    private final Map<String, String> environment;

    WebKeys(Map<String, String> environment) {
        this.environment = environment;
    }

    /** The target of a URL alone. */
    ReplicaTarget target(ReplicaType type, String url) {
        return target(type, url, NOTHING);
    }

    /** The target that {@code section} describes, with or without a URL. */
    ReplicaTarget target(ReplicaType type, YamlSection section) {
        return target(type, section.text("url"), new Keys() {
            @Override
            public @Nullable String text(String key) {
                return section.text(key);
            }

            @Override
            public @Nullable Long size(String key) {
                return section.size(key, S3Settings.MIN_PART_SIZE);
            }

            @Override
            public @Nullable Long integer(String key) {
                return section.integer(key, 1);
            }
        });
    }

    /** What stands beside a URL. */
    private interface Keys {
        @Nullable
        String text(String key);

        @Nullable
        Long size(String key);

        @Nullable
        Long integer(String key);
    }

    private static final Keys NOTHING = new Keys() {
        @Override
        public @Nullable String text(String key) {
            return null;
        }

        @Override
        public @Nullable Long size(String key) {
            return null;
        }

        @Override
        public @Nullable Long integer(String key) {
            return null;
        }
    };

    private ReplicaTarget target(ReplicaType type, @Nullable String url, Keys keys) {
        Matcher parts = url == null ? null : parts(type, url);
        String path = trimmed(parts == null ? keys.text("path") : decoded(parts, "path"));
        return switch (type) {
            case ABS -> new AzureTarget(azure(parts, keys), path);
            case GS -> new GcsTarget(gcs(parts, keys), path);
            case WEBDAV -> new WebDavTarget(webDav(parts, keys), path);
            case OSS -> new OssTarget(oss(parts, keys), path);
            default -> throw new IllegalArgumentException("type " + type.text() + " is none of these");
        };
    }

    private AzureSettings azure(@Nullable Matcher url, Keys keys) {
        String account = url == null ? null : decoded(url, "user");
        return AzureSettings.builder()
                .account(account == null ? keys.text("account-name") : account)
                .container(url == null ? keys.text("bucket") : url.group("host"))
                .endpoint(keys.text("endpoint"))
                .accountKey(or(keys.text("account-key"), "LITESTREAM_AZURE_ACCOUNT_KEY"))
                .sasToken(or(keys.text("sas-token"), "LITESTREAM_AZURE_SAS_TOKEN"))
                .environment(environment)
                .build();
    }

    private GcsSettings gcs(@Nullable Matcher url, Keys keys) {
        String bucket = url == null ? keys.text("bucket") : url.group("host");
        return new GcsSettings(bucket == null ? "" : bucket, environment);
    }

    private static WebDavSettings webDav(@Nullable Matcher url, Keys keys) {
        String username = keys.text("webdav-username");
        String password = keys.text("webdav-password");
        if (url == null) {
            return WebDavSettings.of(keys.text("webdav-url"), username, password);
        }
        String scheme = url.group("scheme").equalsIgnoreCase("webdavs") ? "https" : "http";
        return WebDavSettings.of(
                scheme + "://" + url.group("host"),
                username == null ? decoded(url, "user") : username,
                password == null ? decoded(url, "password") : password);
    }

    private static Matcher ossHost(String text) {
        Matcher host = OSS_HOST.matcher(text);
        if (!host.matches()) {
            throw new IllegalArgumentException("replica URL of OSS must be as oss://bucket/path or"
                    + " oss://bucket.oss-<region>.aliyuncs.com/path, not " + text);
        }
        return host;
    }

    private S3Settings oss(@Nullable Matcher url, Keys keys) {
        Matcher host = url == null ? null : ossHost(url.group("host"));
        String bucket = host == null ? keys.text("bucket") : host.group("bucket");
        if (bucket == null || bucket.isEmpty()) {
            throw new IllegalArgumentException("bucket required for oss replica");
        }
        String id = or(keys.text("access-key-id"), "OSS_ACCESS_KEY_ID");
        String secret = or(keys.text("secret-access-key"), "OSS_ACCESS_KEY_SECRET");
        if (id == null || secret == null) { // or the SDK would try a key of AWS
            throw new IllegalArgumentException("access-key-id and secret-access-key required for oss replica; set them,"
                    + " or OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET");
        }
        String named = keys.text("region");
        String hosted = host == null ? null : host.group("region");
        String region = named != null ? named : hosted != null ? hosted : "cn-hangzhou";
        String endpoint = keys.text("endpoint");
        if (endpoint == null) {
            String known = host == null ? null : host.group("endpoint");
            endpoint = "https://" + (known == null ? "oss-" + region + ".aliyuncs.com" : known);
        }
        S3Settings.Builder settings = S3Settings.builder()
                .bucket(bucket)
                .region(named == null && hosted == null && keys.text("endpoint") != null ? null : region)
                .endpoint(endpoint)
                .accessKeyId(id)
                .secretAccessKey(secret)
                .sessionToken(keys.text("access-key-id") == null ? or(null, "OSS_SESSION_TOKEN") : null);
        Long part = keys.size("part-size");
        if (part != null) {
            settings.partSize(part);
        }
        Long parts = keys.integer("concurrency");
        settings.concurrency(parts == null ? 3 : (int) Math.min(parts, Integer.MAX_VALUE)); // as the SDK of OSS has it
        return settings.build();
    }

    /** Messages must not show a URL, which may hold a password. */
    private static Matcher parts(ReplicaType type, String url) {
        Matcher parts = URL.matcher(url);
        if (!parts.matches()) {
            String example = switch (type) {
                case ABS -> "abs://account@container/path";
                case WEBDAV -> "webdavs://user:password@host/path";
                default -> type.text() + "://bucket/path";
            };
            throw new IllegalArgumentException(
                    "replica URL of " + type.text() + " must be as " + example + ", without a query");
        }
        return parts;
    }

    private static @Nullable String decoded(Matcher url, String group) {
        String text = url.group(group);
        return text == null ? null : Percent.decode(text);
    }

    private @Nullable String or(@Nullable String value, String variable) {
        return value == null ? environment.get(variable) : value;
    }

    private static String trimmed(@Nullable String path) {
        return path == null ? "" : path.replaceAll("/{2,}", "/").replaceAll("^/|/$", "");
    }
}
