package dev.runnel.storage.file;

import dev.runnel.storage.ExactLengthInputStream;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.SingleByte;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Objects as files below a root directory: the key is the relative path.
 *
 * <ul>
 *   <li>A {@code put} writes {@code <name>.<unique>.tmp} beside the target, forces it to the disk, publishes it in one
 *       step and forces the directory (and the parents of directories it made). {@link PutCondition#ifAbsent} publishes
 *       by {@code link()}, which of two processes only one can do; the others by {@code rename()}.
 *       What a killed writer left of it is removed after a day; see {@link StaleFiles}.
 *   <li>{@link PutCondition#ifMatch} compares and renames under a lock file in the root; see {@link ReplaceLock}. A small
 *       object keeps a {@link SpareFile} beside it, so that it can be replaced on a full disk. The
 *       etag is made of inode, modification time and size. Two versions of equal length that were given the same
 *       timestamp can have the same etag; a version without a timestamp always has a new one.
 *   <li>The timestamp is the file's modification time, as Litestream has it. So {@link ObjectEntry#lastModified} and
 *       {@link ObjectEntry#timestamp} are the same, in listings too, and an object stored without a timestamp has the
 *       time of its writing.
 *   <li>A tree cannot hold a key and another one below it ({@code a} and {@code a/b}), nor empty segments
 *       ({@code /a}, {@code a//b}), nor names that end in {@code .tmp}: a {@link StorageException} says so.
 *   <li>Directories are made on demand, also the root, and stay when they become empty. Symbolic links are followed.
 * </ul>
 */
public final class FileObjectStore implements ObjectStore {

    static final String TEMPORARY_SUFFIX = ".tmp";

    /** Bytes per read: larger ones make the JDK keep larger native buffers per thread. */
    private static final int CHUNK_BYTES = 256 * 1024;

    private final Path root;
    private final FilePublisher publisher;
    private final ReplaceLock lock;

    /** @param root need not exist; the first write makes it */
    public FileObjectStore(Path root) {
        this(root, Files::createLink);
    }

    FileObjectStore(Path root, FilePublisher.Linker linker) {
        this(root, linker, ReplaceLock.PATIENCE);
    }

    /** @param patience how long to wait for other processes that replace objects */
    FileObjectStore(Path root, FilePublisher.Linker linker, Duration patience) {
        this.root = root.toAbsolutePath().normalize();
        this.lock = new ReplaceLock(this.root, patience);
        this.publisher = new FilePublisher(lock, linker);
    }

    /** The directory that holds the objects. */
    public Path root() {
        return root;
    }

    @Override
    public String describe() {
        return "file://" + root;
    }

    @Override
    public boolean supportsConditions() {
        return true;
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        Path target = path(key);
        String name = name(key);
        try {
            if (condition.isIfAbsent() && Files.isRegularFile(target)) {
                throw new PreconditionFailedException(name + " exists already"); // spares writing it for nothing
            }
            if (Files.isDirectory(target)) {
                throw new StorageException(
                        name + ": there is a directory of that name, and a tree cannot hold both; choose another key");
            }
            return publisher.put(key, name, target, body, condition, timestamp);
        } catch (IOException e) {
            throw FileErrors.map("cannot write " + name, e);
        }
    }

    @Override
    public InputStream open(String key, long offset, long length) throws IOException {
        ObjectKeys.checkRange(offset, length);
        String name = name(key);
        FileChannel channel = channel(key);
        try {
            long size = channel.size();
            if (offset + length > size) {
                throw new StorageException(
                        name + ": range " + offset + "+" + length + " lies outside its " + size + " bytes");
            }
            channel.position(offset);
        } catch (IOException e) {
            channel.close();
            throw FileErrors.map("cannot read " + name, e);
        }
        return new ExactLengthInputStream(
                new ChannelStream(channel), length, name, e -> FileErrors.map("cannot read " + name, e));
    }

    @Override
    public ObjectTail readTail(String key, int maxLength) throws IOException {
        ObjectKeys.checkTailLength(maxLength);
        String name = name(key);
        try (FileChannel channel = channel(key)) {
            long size = channel.size();
            ByteBuffer tail = ByteBuffer.allocate((int) Math.min(maxLength, size));
            long position = size - tail.remaining();
            while (tail.hasRemaining()) {
                int read = channel.read(tail, position + tail.position());
                if (read < 0) {
                    throw new TransientStorageException(name + " became shorter than " + size + " bytes while read");
                }
            }
            return new ObjectTail(tail.array(), size);
        } catch (IOException e) {
            throw FileErrors.map("cannot read " + name, e);
        }
    }

    @Override
    public ObjectEntry head(String key) throws IOException {
        Path path = path(key);
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (attributes.isRegularFile()) {
                return entry(key, attributes);
            }
        } catch (IOException e) {
            if (!isAbsence(e)) {
                throw FileErrors.map("cannot look at " + name(key), e);
            }
        }
        throw new ObjectNotFoundException("No " + name(key));
    }

    @Override
    public ObjectListing list(String prefix, @Nullable String startAfter) throws IOException {
        if (Files.exists(root) && !Files.isDirectory(root)) {
            throw new StorageException("cannot list " + describe() + ": it is not a directory");
        }
        return new FileListing(root, describe(), prefix, startAfter);
    }

    /** {@inheritDoc} Removal is not forced to the disk: after a power failure an object may be back. */
    @Override
    public void delete(Collection<String> keys) throws IOException {
        List<Path> paths = new ArrayList<>(keys.size());
        for (String key : keys) {
            paths.add(path(key));
        }
        if (paths.isEmpty() || !Files.exists(root)) {
            return;
        }
        List<StorageException> failures = new ArrayList<>();
        lock.run(false, () -> paths.forEach(path -> remove(path, failures)));
        if (!failures.isEmpty()) {
            StorageException first = failures.get(0);
            failures.stream().skip(1).limit(10).forEach(first::addSuppressed);
            throw first;
        }
    }

    /** Does nothing: no file stays open between calls. */
    @Override
    public void close() {}

    @Override
    public String toString() {
        return "FileObjectStore[" + root + "]";
    }

    /** Attributes of an object from those of its file. */
    static ObjectEntry entry(String key, BasicFileAttributes attributes) {
        Instant modified = attributes.lastModifiedTime().toInstant();
        return new ObjectEntry(key, attributes.size(), modified, modified, etag(attributes));
    }

    private static String etag(BasicFileAttributes attributes) {
        Object fileKey = attributes.fileKey(); // "(dev=801,ino=1234)" on POSIX, null on Windows
        String inode = "0";
        if (fileKey != null) {
            String text = fileKey.toString();
            int at = text.indexOf("ino=");
            inode = at < 0 ? text : text.substring(at + 4, text.length() - 1);
        }
        long micros = attributes.lastModifiedTime().to(TimeUnit.MICROSECONDS);
        return inode + "-" + Long.toHexString(micros) + "-" + Long.toHexString(attributes.size());
    }

    private void remove(Path path, List<StorageException> failures) {
        try {
            if (!Files.isDirectory(path)) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            if (!isAbsence(e)) {
                failures.add(FileErrors.map("cannot delete " + path, e));
            }
        }
    }

    private FileChannel channel(String key) throws StorageException {
        Path path = path(key);
        try {
            if (!Files.isDirectory(path)) {
                return FileChannel.open(path, StandardOpenOption.READ);
            }
        } catch (IOException e) {
            if (!isAbsence(e)) {
                throw FileErrors.map("cannot open " + name(key), e);
            }
        }
        throw new ObjectNotFoundException("No " + name(key));
    }

    private Path path(String key) throws StorageException {
        ObjectKeys.check(key);
        if (key.startsWith("/") || key.contains("//")) {
            throw new StorageException(name(key) + ": a file store cannot hold keys with empty segments");
        }
        if (key.endsWith(TEMPORARY_SUFFIX) || key.equals(ReplaceLock.FILE_NAME)) {
            throw new StorageException(name(key) + ": a file store keeps that name for itself");
        }
        try {
            return root.resolve(key);
        } catch (InvalidPathException e) {
            throw new StorageException(
                    name(key) + ": " + e.getReason()
                            + "; run with a UTF-8 locale (LC_ALL=C.UTF-8) or choose another key",
                    e);
        }
    }

    private String name(String key) {
        return "object " + key + " in " + describe();
    }

    /** No such file, or something on the way to it is not a directory. */
    private static boolean isAbsence(IOException e) {
        if (e instanceof NoSuchFileException) {
            return true;
        }
        return e instanceof FileSystemException f
                && f.getReason() != null
                && f.getReason().contains("Not a directory");
    }

    /** A channel as a stream; unlike that of the JDK it reads in bounded chunks. */
    private static final class ChannelStream extends InputStream {

        private final FileChannel channel;

        ChannelStream(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public int read() throws IOException {
            return SingleByte.of(this);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return channel.read(ByteBuffer.wrap(target, offset, Math.min(length, CHUNK_BYTES)));
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
