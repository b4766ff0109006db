package dev.runnel.cli.config;

import dev.runnel.nats.NatsSettings;

/**
 * A replica in a bucket of NATS JetStream.
 *
 * @param settings the servers, the bucket and how to log in
 * @param path begins the names of its objects, without slashes around it; may be empty
 */
public record NatsTarget(NatsSettings settings, String path) implements ReplicaTarget {

    @Override
    public String type() {
        return "nats";
    }

    @Override
    public NatsTarget below(String relative) {
        return new NatsTarget(settings, path.isEmpty() ? relative : path + "/" + relative);
    }

    @Override
    public String location() {
        return settings.location() + (path.isEmpty() ? "" : "/" + path);
    }
}
