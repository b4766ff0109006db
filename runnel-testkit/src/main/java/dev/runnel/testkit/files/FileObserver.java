package dev.runnel.testkit.files;

import java.io.IOException;
import java.nio.file.Path;

/** Is told of every change to an {@link ObservedFiles}, by whoever makes it. */
public interface FileObserver {

    /**
     * A change is about to be made. Whatever this throws, keeps it from being made.
     *
     * @param change in a word, such as {@code move}
     * @param path what it is made to, in the file system below
     */
    void before(String change, Path path) throws IOException;
}
