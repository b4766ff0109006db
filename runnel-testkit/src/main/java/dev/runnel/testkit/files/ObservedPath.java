package dev.runnel.testkit.files;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import org.jspecify.annotations.Nullable;

/** A path of an {@link ObservedFiles}. */
final class ObservedPath implements Path {

    private final ObservedFiles files;
    private final Path below;

    ObservedPath(ObservedFiles files, Path below) {
        this.files = files;
        this.below = below;
    }

    /** The path in the file system below, whichever of the two it is given in. */
    static Path below(Path path) {
        return path instanceof ObservedPath observed ? observed.below : path;
    }

    private @Nullable Path wrapOrNull(@Nullable Path path) {
        return path == null ? null : files.wrap(path);
    }

    @Override
    public FileSystem getFileSystem() {
        return files;
    }

    @Override
    public boolean isAbsolute() {
        return below.isAbsolute();
    }

    @Override
    public @Nullable Path getRoot() {
        return wrapOrNull(below.getRoot());
    }

    @Override
    public @Nullable Path getFileName() {
        return wrapOrNull(below.getFileName());
    }

    @Override
    public @Nullable Path getParent() {
        return wrapOrNull(below.getParent());
    }

    @Override
    public int getNameCount() {
        return below.getNameCount();
    }

    @Override
    public Path getName(int index) {
        return files.wrap(below.getName(index));
    }

    @Override
    public Path subpath(int beginIndex, int endIndex) {
        return files.wrap(below.subpath(beginIndex, endIndex));
    }

    @Override
    public boolean startsWith(Path other) {
        return below.startsWith(below(other));
    }

    @Override
    public boolean endsWith(Path other) {
        return below.endsWith(below(other));
    }

    @Override
    public Path normalize() {
        return files.wrap(below.normalize());
    }

    @Override
    public Path resolve(Path other) {
        return files.wrap(below.resolve(below(other)));
    }

    @Override
    public Path relativize(Path other) {
        return files.wrap(below.relativize(below(other)));
    }

    @Override
    public URI toUri() {
        return below.toUri();
    }

    @Override
    public Path toAbsolutePath() {
        return files.wrap(below.toAbsolutePath());
    }

    @Override
    public Path toRealPath(LinkOption... options) throws IOException {
        return files.wrap(below.toRealPath(options));
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int compareTo(Path other) {
        return below.compareTo(below(other));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ObservedPath observed && files == observed.files && below.equals(observed.below);
    }

    @Override
    public int hashCode() {
        return below.hashCode();
    }

    @Override
    public String toString() {
        return below.toString();
    }
}
