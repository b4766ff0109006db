package dev.runnel.cli.config;

import dev.runnel.web.gcs.GcsSettings;

/**
 * A replica in a bucket of Google Cloud Storage.
 *
 * @param settings the bucket, and where to look for credentials
 * @param path prefix of the keys, without slashes around it; may be empty
 */
public record GcsTarget(GcsSettings settings, String path) implements ReplicaTarget {

    @Override
    public String type() {
        return "gs";
    }

    @Override
    public GcsTarget below(String relative) {
        return new GcsTarget(settings, path.isEmpty() ? relative : path + "/" + relative);
    }

    @Override
    public String location() {
        String place = "gs://" + settings.bucket() + (path.isEmpty() ? "" : "/" + path);
        return settings.isEmulated() ? place + "?endpoint=" + settings.endpoint() : place;
    }
}
