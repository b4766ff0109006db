package dev.runnel.cli.config;

import dev.runnel.web.azure.AzureSettings;

/**
 * A replica in a container of Azure Blob Storage.
 *
 * @param settings the container and how to reach it
 * @param path prefix of the keys, without slashes around it; may be empty
 */
public record AzureTarget(AzureSettings settings, String path) implements ReplicaTarget {

    @Override
    public String type() {
        return "abs";
    }

    @Override
    public AzureTarget below(String relative) {
        return new AzureTarget(settings, path.isEmpty() ? relative : path + "/" + relative);
    }

    @Override
    public String location() {
        String place = "abs://" + (settings.account().isEmpty() ? "" : settings.account() + "@") + settings.container()
                + (path.isEmpty() ? "" : "/" + path);
        return settings.hasOwnEndpoint() ? place + "?endpoint=" + settings.endpoint() : place;
    }
}
