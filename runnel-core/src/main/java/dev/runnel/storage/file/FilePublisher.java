package dev.runnel.storage.file;

import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes a temporary file and makes it the object in one step. Thread-safe. */
final class FilePublisher {

    /** The system call that gives a file a second name unless that name is taken. */
    @FunctionalInterface
    interface Linker {
        void link(Path newName, Path existing) throws IOException;
    }

    private record Temporary(Path path, FileChannel channel) {}

    private static final int COPY_BYTES = 128 * 1024;

    /** Longest part of an object's name in that of its temporary file: names have at most 255 bytes. */
    private static final int NAME_CHARS_MAX = 60;

    /** Names of temporary files, of whomsoever; not of {@linkplain SpareFile files that are kept}. */
    private static final Pattern TEMPORARY = Pattern.compile(
            ".*\\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9]+" + Pattern.quote(FileObjectStore.TEMPORARY_SUFFIX));

    private static final boolean WINDOWS = File.separatorChar == '\\';

    private final ReplaceLock lock;
    private final Linker linker;
    /**
     * Makes the names of our temporary files our own. A process id would not: two instances share it, and so do the
     * first processes of two containers; one would then remove the file that the other has just made.
     */
    private final String writer = UUID.randomUUID().toString().substring(0, 18);

    private final AtomicLong sequence = new AtomicLong();
    private final StaleFiles stale = new StaleFiles(TEMPORARY);

    FilePublisher(ReplaceLock lock, Linker linker) {
        this.lock = lock;
        this.linker = linker;
    }

    /** @param name names the object in messages */
    ObjectEntry put(
            String key, String name, Path target, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        if (condition.etag() != null && timestamp == null && body.length() <= SpareFile.MAX_BYTES) {
            return replaceSmall(key, name, target, body, condition.etag());
        }
        try {
            return putWhole(key, name, target, body, condition, timestamp);
        } finally {
            stale.lookInto(directoryOf(target)); // also after a failure: it may be what fills the disk
        }
    }

    private ObjectEntry putWhole(
            String key, String name, Path target, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        Path temporary = write(name, target, body, timestamp);
        ObjectEntry entry;
        boolean published = false;
        try {
            entry = publish(key, name, target, temporary, condition, timestamp != null);
            published = true;
        } finally {
            if (!published) {
                Files.deleteIfExists(temporary);
            }
        }
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            throw notDurable(name, e);
        }
        makeNameDurable(name, target);
        return entry;
    }

    private static void makeNameDurable(String name, Path target) throws IOException {
        try {
            forceDirectory(directoryOf(target));
        } catch (IOException e) {
            throw notDurable(name, e);
        }
    }

    private static IndeterminateWriteException notDurable(String name, IOException e) {
        if (FileErrors.isInterrupt(e)) {
            Thread.currentThread().interrupt();
        }
        return new IndeterminateWriteException(
                name + " was written, but its directory may not be durable yet: " + e.getMessage(), e);
    }

    /** Needs no room on the disk, but for the first time. */
    private ObjectEntry replaceSmall(String key, String name, Path target, ObjectBody body, String expected)
            throws IOException {
        requireEtag(key, name, target, expected); // where there is no directory yet, there is no lock file either
        ObjectEntry[] entry = new ObjectEntry[1];
        lock.run(true, () -> {
            ObjectEntry old = requireEtag(key, name, target, expected);
            SpareFile spare = new SpareFile(target, linker);
            Path written = spare.fill(channel -> copy(name, body, channel), body.length());
            Path temporary = written == null ? write(name, target, body, null) : written;
            try {
                entry[0] = newer(key, temporary, old);
                spare.replaceBy(temporary);
            } catch (IOException e) {
                if (written == null) {
                    Files.deleteIfExists(temporary);
                }
                throw e;
            }
        });
        makeNameDurable(name, target);
        return entry[0];
    }

    private static ObjectEntry requireEtag(String key, String name, Path target, String expected) throws IOException {
        ObjectEntry old = existing(key, target);
        if (old == null || !expected.equals(old.etag())) {
            throw new PreconditionFailedException(
                    name + ": expected etag " + expected + ", found " + (old == null ? "no object" : old.etag()));
        }
        return old;
    }

    /** Clocks of file systems tick every few ms and may be set back; an etag must be new all the same. */
    private static ObjectEntry newer(String key, Path temporary, ObjectEntry old) throws IOException {
        ObjectEntry entry = entry(key, temporary);
        if (entry.lastModified().isAfter(old.lastModified())) {
            return entry;
        }
        Files.setLastModifiedTime(temporary, FileTime.from(old.lastModified().plusMillis(1)));
        return entry(key, temporary);
    }

    private ObjectEntry publish(
            String key, String name, Path target, Path temporary, PutCondition condition, boolean timestamped)
            throws IOException {
        // The attributes of the temporary file are those of the object: publishing changes only its name.
        ObjectEntry[] entry = {entry(key, temporary)};
        if (condition.isIfAbsent()) {
            create(name, target, temporary);
            return entry[0];
        }
        String expected = condition.etag();
        lock.run(expected != null, () -> {
            ObjectEntry old = expected == null ? existing(key, target) : requireEtag(key, name, target, expected);
            if (!timestamped && old != null) {
                entry[0] = newer(key, temporary, old);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        });
        return entry[0];
    }

    private void create(String name, Path target, Path temporary) throws IOException {
        try {
            linker.link(target, temporary);
        } catch (FileAlreadyExistsException e) {
            // A network file system may have repeated our own request after a lost reply.
            if (!Files.isSameFile(target, temporary)) {
                throw new PreconditionFailedException(name + " exists already", e);
            }
        } catch (NoSuchFileException | AccessDeniedException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            createUnderLock(name, target, temporary, e);
        }
    }

    /** For file systems without hard links: there every writer comes this way, and the lock keeps them apart. */
    private void createUnderLock(String name, Path target, Path temporary, Exception noLinks) throws IOException {
        try {
            lock.run(true, () -> {
                if (Files.exists(target)) {
                    throw new PreconditionFailedException(name + " exists already");
                }
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            });
        } catch (IOException e) {
            e.addSuppressed(noLinks);
            throw e;
        }
    }

    /** Writes the body beside the target, with the timestamp as modification time, durable but for its name. */
    private Path write(String name, Path target, ObjectBody body, @Nullable Instant timestamp) throws IOException {
        Temporary temporary = newTemporary(target);
        boolean written = false;
        try (FileChannel channel = temporary.channel()) {
            copy(name, body, channel);
            if (timestamp != null) {
                Files.setLastModifiedTime(temporary.path(), FileTime.from(timestamp));
            }
            channel.force(true);
            written = true;
        } finally {
            if (!written) {
                Files.deleteIfExists(temporary.path());
            }
        }
        return temporary.path();
    }

    private Temporary newTemporary(Path target) throws IOException {
        String name = String.valueOf(target.getFileName());
        // An object's name may be as long as the file system allows; then only its beginning fits.
        String shown = name.length() <= NAME_CHARS_MAX ? name : name.substring(0, NAME_CHARS_MAX);
        boolean madeDirectories = false;
        while (true) {
            Path path = target.resolveSibling(
                    shown + "." + writer + "-" + sequence.incrementAndGet() + FileObjectStore.TEMPORARY_SUFFIX);
            try {
                return new Temporary(
                        path, FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
            } catch (FileAlreadyExistsException | NoSuchFileException e) {
                if (e instanceof FileAlreadyExistsException) {
                    continue; // chance, or somebody's joke: the next name
                }
                if (madeDirectories) {
                    throw e;
                }
                createDirectories(directoryOf(target));
                madeDirectories = true;
            }
        }
    }

    private static void copy(String name, ObjectBody body, FileChannel channel) throws IOException {
        long length = body.length();
        byte[] buffer = new byte[(int) Math.min(COPY_BYTES, length + 1)];
        long copied = 0;
        try (InputStream in = open(name, body)) {
            int read;
            while (copied <= length && (read = read(name, in, buffer)) >= 0) {
                ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                copied += read;
            }
        }
        if (copied != length) {
            throw new StorageException(name + ": its body gave " + (copied > length ? "more than " : copied + " of ")
                    + length + " bytes; did its source change while it was read?");
        }
    }

    private static InputStream open(String name, ObjectBody body) throws StorageException {
        try {
            return body.open();
        } catch (IOException e) {
            throw sourceFailure(name, e);
        }
    }

    private static int read(String name, InputStream in, byte[] buffer) throws StorageException {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw sourceFailure(name, e);
        }
    }

    private static StorageException sourceFailure(String name, IOException e) {
        return new StorageException(name + ": its body cannot be read: " + e.getMessage(), e);
    }

    private static @Nullable ObjectEntry existing(String key, Path target) throws IOException {
        try {
            return entry(key, target);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static ObjectEntry entry(String key, Path path) throws IOException {
        return FileObjectStore.entry(key, Files.readAttributes(path, BasicFileAttributes.class));
    }

    private static Path directoryOf(Path target) {
        Path parent = target.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(target + " has no parent directory");
        }
        return parent;
    }

    private static void createDirectories(Path directory) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (Path path = directory; path != null && !Files.isDirectory(path); path = path.getParent()) {
            missing.push(path);
        }
        for (Path path : missing) {
            try {
                Files.createDirectory(path);
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(path)) {
                    throw new StorageException(
                            path + " is a file, not a directory: a tree cannot hold a key and another below it", e);
                }
            }
            forceDirectory(directoryOf(path));
        }
    }

    /** Makes names in a directory durable. Windows cannot open a directory and needs no such call. */
    private static void forceDirectory(Path directory) throws IOException {
        if (WINDOWS) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
