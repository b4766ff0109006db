package dev.runnel.cli.config;

import dev.runnel.sftp.SftpSettings;

/**
 * A replica on a server that speaks SFTP.
 *
 * @param settings the server and how to log in
 * @param path without a slash at its end and without {@code .} and {@code ..}; begins at the directory where the server
 *     puts the user unless it starts with a slash; may be empty
 */
public record SftpTarget(SftpSettings settings, String path) implements ReplicaTarget {

    @Override
    public String type() {
        return "sftp";
    }

    @Override
    public SftpTarget below(String relative) {
        return new SftpTarget(settings, path.isEmpty() || path.equals("/") ? path + relative : path + "/" + relative);
    }

    /** Where the store begins: at the root of the server, or (empty) where it puts the user. */
    public String root() {
        return path.startsWith("/") ? "/" : "";
    }

    /** The path below {@link #root}, without slashes around it. */
    public String prefix() {
        return path.substring(root().length());
    }

    /** With the name of the user, for what one user sees as a path is not what another sees. */
    @Override
    public String location() {
        return "sftp://" + settings.login().user() + "@" + settings.address()
                + (path.startsWith("/") ? path : path.isEmpty() ? "/~" : "/~/" + path);
    }
}
