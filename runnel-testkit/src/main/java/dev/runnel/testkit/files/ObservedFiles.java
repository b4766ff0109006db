package dev.runnel.testkit.files;

import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Set;

/**
 * The files of another file system, with an observer of every change: files and directories made, opened for writing,
 * written to by a stream, moved, linked and deleted. What is written through a {@link java.nio.channels.FileChannel} is not
 * observed once it is open. Thread-safe where the observer is.
 */
public final class ObservedFiles extends FileSystem {

    private final FileSystem below;
    private final ObservedProvider provider;

    private ObservedFiles(FileSystem below, FileObserver observer) {
        this.below = below;
        this.provider = new ObservedProvider(this, below.provider(), observer);
    }

    /** The same file or directory as {@code path}, observed, and all that is resolved against it. */
    public static Path observed(Path path, FileObserver observer) {
        return new ObservedFiles(path.getFileSystem(), observer).wrap(path);
    }

    Path wrap(Path path) {
        return new ObservedPath(this, path);
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public Path getPath(String first, String... more) {
        return wrap(below.getPath(first, more));
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return below.isReadOnly();
    }

    @Override
    public String getSeparator() {
        return below.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return below.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return below.supportedFileAttributeViews();
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        PathMatcher matcher = below.getPathMatcher(syntaxAndPattern);
        return path -> matcher.matches(ObservedPath.below(path));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return below.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException();
    }
}
