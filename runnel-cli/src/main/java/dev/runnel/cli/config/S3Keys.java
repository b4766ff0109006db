package dev.runnel.cli.config;

import dev.runnel.s3.S3Settings;
import dev.runnel.s3.S3Url;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a replica in S3, set over what its URL says.
 */
final class S3Keys {

    private final Map<String, String> environment;

    /** Keys beside the variables of the process. */
    S3Keys(Map<String, String> environment) {
        this.environment = environment;
    }

    /** Checks the types of all keys, and so makes them known. */
    static void check(YamlSection section) {
        section.text("bucket");
        apply(section, S3Settings.builder());
        for (String key : new String[] {"sse-customer-key", "sse-customer-key-path"}) {
            section.text(key);
        }
    }

    /**
     * The target of a URL alone.
     *
     * @throws IllegalArgumentException if the URL is not usable
     */
    S3Target target(String url) {
        S3Url parsed = S3Target.parseUrl(url, environment.get("LITESTREAM_S3_ENDPOINT"));
        S3Settings.Builder settings = parsed.settings();
        credentials(settings);
        certificates(settings);
        return new S3Target(settings.build(), parsed.path());
    }

    /**
     * The target that {@code section} describes, with or without a URL.
     *
     * @throws IllegalArgumentException if it is not usable; where a key is to blame, the message starts with it
     */
    S3Target target(YamlSection section) {
        String url = section.text("url");
        S3Settings.Builder settings;
        String path;
        if (url == null) {
            String bucket = section.text("bucket");
            if (bucket == null) {
                throw new IllegalArgumentException("bucket required for s3 replica");
            }
            settings = S3Settings.builder().bucket(bucket);
            path = section.text("path");
        } else {
            S3Url parsed = S3Target.parseUrl(url, environment.get("LITESTREAM_S3_ENDPOINT"));
            settings = parsed.settings();
            path = parsed.path();
        }
        apply(section, settings);
        ifPresent(customerKey(section), settings::sseCustomerKey);
        certificates(settings);
        if (!section.has("access-key-id") && !section.has("secret-access-key")) {
            credentials(settings);
        }
        return new S3Target(settings.build(), path == null ? "" : trimSlashes(path));
    }

    /** Sets what is given, and only that: a URL may have said the rest. */
    private static void apply(YamlSection section, S3Settings.Builder settings) {
        ifPresent(section.text("access-key-id"), settings::accessKeyId);
        ifPresent(section.text("secret-access-key"), settings::secretAccessKey);
        ifPresent(section.text("region"), settings::region);
        ifPresent(section.text("endpoint"), settings::endpoint);
        ifPresent(section.bool("force-path-style"), settings::forcePathStyle);
        ifPresent(section.bool("skip-verify"), settings::skipVerify);
        ifPresent(section.bool("sign-payload"), settings::signPayload);
        ifPresent(section.bool("conditional-writes"), settings::conditionalWrites);
        ifPresent(section.bool("require-content-md5"), settings::requireContentMd5);
        ifPresent(section.text("storage-class"), settings::storageClass);
        ifPresent(section.size("part-size", S3Settings.MIN_PART_SIZE), settings::partSize);
        ifPresent(section.integer("concurrency", 1), n -> settings.concurrency((int) Math.min(n, Integer.MAX_VALUE)));
        ifPresent(section.text("sse-customer-algorithm"), settings::sseCustomerAlgorithm);
        ifPresent(section.text("sse-kms-key-id"), settings::sseKmsKeyId);
    }

    private static <T> void ifPresent(@Nullable T value, Consumer<T> setter) {
        if (value != null) {
            setter.accept(value);
        }
    }

    /** Litestream's own variables stand in for the SDK's where those are not set. */
    private void credentials(S3Settings.Builder settings) {
        String id = environment.getOrDefault("LITESTREAM_ACCESS_KEY_ID", "");
        String secret = environment.getOrDefault("LITESTREAM_SECRET_ACCESS_KEY", "");
        boolean overruled = !environment.getOrDefault("AWS_ACCESS_KEY_ID", "").isEmpty()
                || !environment.getOrDefault("AWS_SECRET_ACCESS_KEY", "").isEmpty();
        if (!id.isEmpty() && !secret.isEmpty() && !overruled) {
            settings.accessKeyId(id).secretAccessKey(secret);
        }
    }

    /** The variable that other SDKs know; that of Java does not. */
    private void certificates(S3Settings.Builder settings) {
        String bundle = environment.getOrDefault("AWS_CA_BUNDLE", "");
        if (!bundle.isEmpty()) {
            settings.certificateBundle(Path.of(bundle));
        }
    }

    /** The key itself, or the content of the file that holds it, which comes first. */
    private @Nullable String customerKey(YamlSection section) {
        String file = section.text("sse-customer-key-path");
        if (file == null) {
            return section.text("sse-customer-key");
        }
        String home = environment.getOrDefault("HOME", "~");
        Path path = Path.of(file.startsWith("~/") ? home + file.substring(1) : file);
        try {
            return Files.readString(path).strip();
        } catch (IOException e) {
            throw new IllegalArgumentException("sse-customer-key-path cannot be read: " + e, e);
        }
    }

    private static String trimSlashes(String path) {
        return path.replaceAll("/{2,}", "/").replaceAll("^/|/$", "");
    }
}
