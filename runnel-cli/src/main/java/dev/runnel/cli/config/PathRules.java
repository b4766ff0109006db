package dev.runnel.cli.config;

import java.nio.file.Path;

/**
 * How a path of the configuration file or of the command line becomes a path of the file system: a {@code sqlite://} or
 * {@code sqlite3://} prefix is dropped, a leading {@code ~} is the user's home, and the rest is made absolute.
 *
 * @param home the user's home directory, absolute
 * @param workingDirectory what relative paths start from, absolute
 */
public record PathRules(Path home, Path workingDirectory) {

    /** The absolute, normalised path that {@code text} stands for. */
    public Path expand(String text) {
        String path = text;
        for (String prefix : new String[] {"sqlite://", "sqlite3://"}) {
            if (path.startsWith(prefix)) {
                path = path.substring(prefix.length());
            }
        }
        if (path.equals("~")) {
            return home;
        }
        Path expanded = path.startsWith("~/") ? home.resolve(path.substring(2)) : workingDirectory.resolve(path);
        return expanded.normalize();
    }
}
