package dev.runnel.cli.config;

import dev.runnel.web.webdav.WebDavSettings;

/**
 * A replica on a WebDAV server.
 *
 * @param settings the server and how to reach it
 * @param path folders below that of the settings, without slashes around it; may be empty
 */
public record WebDavTarget(WebDavSettings settings, String path) implements ReplicaTarget {

    @Override
    public String type() {
        return "webdav";
    }

    @Override
    public WebDavTarget below(String relative) {
        return new WebDavTarget(settings, path.isEmpty() ? relative : path + "/" + relative);
    }

    @Override
    public String location() {
        String place = settings.url().toString().replaceFirst("^http", "webdav");
        return path.isEmpty() ? place : place + "/" + path;
    }
}
