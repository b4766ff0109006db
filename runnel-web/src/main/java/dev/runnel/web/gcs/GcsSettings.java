package dev.runnel.web.gcs;

import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where to store in Google Cloud Storage, and where to look for credentials. Immutable.
 *
 * @param bucket name of the bucket
 * @param environment variables of the process: {@code GOOGLE_APPLICATION_CREDENTIALS}, {@code CLOUDSDK_CONFIG},
 *     {@code HOME}, {@code GCE_METADATA_HOST}, {@code STORAGE_EMULATOR_HOST}
 */
public record GcsSettings(String bucket, Map<String, String> environment) {

    private static final URI SERVICE = URI.create("https://storage.googleapis.com");

    /** @throws IllegalArgumentException if there is no bucket, or {@code STORAGE_EMULATOR_HOST} is no address */
    public GcsSettings {
        if (bucket.isEmpty() || bucket.contains("/")) {
            throw new IllegalArgumentException(
                    bucket.isEmpty()
                            ? "bucket required for gs replica"
                            : "bucket '" + bucket + "' is no name of a bucket");
        }
        environment = Map.copyOf(environment);
        endpoint(environment);
    }

    /** Address of the service, without a slash at its end. */
    public URI endpoint() {
        return endpoint(environment);
    }

    /** Whether the endpoint is another than Google's. */
    public boolean isEmulated() {
        return !endpoint().equals(SERVICE);
    }

    /** A variable; null if it is not set or empty. */
    @Nullable
    String variable(String name) {
        String value = environment.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    /** Without the variables. */
    @Override
    public String toString() {
        return "GcsSettings[bucket=" + bucket + ", endpoint=" + endpoint() + "]";
    }

    /** {@code STORAGE_EMULATOR_HOST}, with or without a scheme, is what Google's own libraries look at. */
    private static URI endpoint(Map<String, String> environment) {
        String emulator = environment.getOrDefault("STORAGE_EMULATOR_HOST", "").replaceAll("/+$", "");
        if (emulator.isEmpty()) {
            return SERVICE;
        }
        try {
            return URI.create(emulator.contains("://") ? emulator : "http://" + emulator);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("STORAGE_EMULATOR_HOST is no address: " + emulator, e);
        }
    }
}
