package dev.runnel.cli.config;

import java.nio.file.Path;

/**
 * A replica in a directory.
 *
 * @param path the directory, absolute and normalised
 */
public record FileTarget(Path path) implements ReplicaTarget {

    @Override
    public String type() {
        return "file";
    }

    @Override
    public FileTarget below(String relative) {
        return new FileTarget(path.resolve(relative));
    }

    @Override
    public String location() {
        return "file://" + path;
    }
}
