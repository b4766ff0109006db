package dev.runnel.testkit.files;

import static dev.runnel.testkit.files.ObservedPath.below;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an {@link ObservedFiles} does: what the file system below does, its observer told before. */
final class ObservedProvider extends FileSystemProvider {

    private final ObservedFiles files;
    private final FileSystemProvider provider;
    private final FileObserver observer;

    ObservedProvider(ObservedFiles files, FileSystemProvider provider, FileObserver observer) {
        this.files = files;
        this.provider = provider;
        this.observer = observer;
    }

    private void before(String change, Path path) throws IOException {
        observer.before(change, below(path));
    }

    private void beforeOpening(Path path, Collection<? extends OpenOption> options) throws IOException {
        if (options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND)) {
            before("open", path);
        }
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        beforeOpening(path, options);
        return provider.newByteChannel(below(path), options, attributes);
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        beforeOpening(path, options);
        return provider.newFileChannel(below(path), options, attributes);
    }

    @Override
    public InputStream newInputStream(Path path, OpenOption... options) throws IOException {
        return provider.newInputStream(below(path), options);
    }

    @Override
    public OutputStream newOutputStream(Path path, OpenOption... options) throws IOException {
        beforeOpening(path, options.length == 0 ? Set.of(StandardOpenOption.WRITE) : Arrays.asList(options));
        return new FilterOutputStream(provider.newOutputStream(below(path), options)) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                before("write", path);
                out.write(bytes, offset, length);
            }
        };
    }

    @Override
    public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
        before("mkdir", path);
        provider.createDirectory(below(path), attributes);
    }

    @Override
    public void createLink(Path link, Path existing) throws IOException {
        before("link", link);
        provider.createLink(below(link), below(existing));
    }

    @Override
    public void delete(Path path) throws IOException {
        before("delete", path);
        provider.delete(below(path));
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
        before("copy", target);
        provider.copy(below(source), below(target), options);
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        before("move", target);
        provider.move(below(source), below(target), options);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
        before("set", path);
        provider.setAttribute(below(path), attribute, value, options);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path directory, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        DirectoryStream<Path> stream =
                provider.newDirectoryStream(below(directory), entry -> filter.accept(files.wrap(entry)));
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                Iterator<Path> entries = stream.iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return entries.hasNext();
                    }

                    @Override
                    public Path next() {
                        return files.wrap(entries.next());
                    }
                };
            }

            @Override
            public void close() throws IOException {
                stream.close();
            }
        };
    }

    @Override
    public boolean isSameFile(Path one, Path other) throws IOException {
        return provider.isSameFile(below(one), below(other));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
        return provider.isHidden(below(path));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        return provider.getFileStore(below(path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        provider.checkAccess(below(path), modes);
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path path, Class<V> type, LinkOption... options) {
        return provider.getFileAttributeView(below(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        return provider.readAttributes(below(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return provider.readAttributes(below(path), attributes, options);
    }

    @Override
    public String getScheme() {
        return "observed";
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return files;
    }

    @Override
    public Path getPath(URI uri) {
        return files.wrap(provider.getPath(uri));
    }
}
