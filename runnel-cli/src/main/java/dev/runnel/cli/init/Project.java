package dev.runnel.cli.init;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The files of a project. Reads only.
 *
 * @param root its directory
 */
record Project(Path root) {

    /** Text of a file, or null if there is none. */
    @Nullable
    String read(String path) throws IOException, InitException {
        Path file = root.resolve(path);
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new InitException(path + ": not UTF-8, so it cannot be understood. Nothing was changed");
        }
    }

    /** The first of some files that is there, or null. */
    @Nullable
    String first(String... paths) {
        for (String path : paths) {
            if (Files.isRegularFile(root.resolve(path))) {
                return path;
            }
        }
        return null;
    }
}
