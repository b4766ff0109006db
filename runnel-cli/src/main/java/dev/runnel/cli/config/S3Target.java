package dev.runnel.cli.config;

import dev.runnel.s3.S3Settings;
import dev.runnel.s3.S3Url;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A replica in S3 or a compatible service.
 *
 * @param settings the bucket and how to reach it
 * @param path prefix of the keys, without slashes around it; may be empty
 */
public record S3Target(S3Settings settings, String path) implements ReplicaTarget {

    @Override
    public String type() {
        return "s3";
    }

    @Override
    public S3Target below(String relative) {
        return new S3Target(settings, path.isEmpty() ? relative : path + "/" + relative);
    }

    @Override
    public String location() {
        String place = "s3://" + settings.bucket() + (path.isEmpty() ? "" : "/" + path);
        return settings.endpoint() == null ? place : place + "?endpoint=" + settings.endpoint();
    }

    /**
     * Reads a URL.
     *
     * @param environmentEndpoint the endpoint if the URL names none; null for none
     * @throws IllegalArgumentException if it is no such URL, or has a parameter that means nothing
     */
    static S3Url parseUrl(String url, @Nullable String environmentEndpoint) {
        S3Url parsed = S3Url.parse(url, environmentEndpoint);
        List<String> unknown = parsed.unknownParameters();
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "unknown parameter `" + unknown.get(0) + "` of replica URL " + ReplicaUrl.masked(url));
        }
        return parsed;
    }
}
