package dev.runnel.cli.init;

import org.jspecify.annotations.Nullable;

/**
 * A file as it is and as it shall be.
 *
 * @param path relative to the project, with slashes
 * @param before its text; null if there is no such file
 * @param after its text to be
 */
public record FileChange(String path, @Nullable String before, String after) {

    /** Whether there is nothing to do. */
    public boolean isNone() {
        return after.equals(before);
    }
}
