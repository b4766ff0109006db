package dev.runnel.storage.file;

import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Walks the tree below a root in the order of full keys, one directory in memory per depth. A directory sorts as its
 * name with a slash behind, because that is how the keys in it begin: {@code a-b} comes before {@code a/x}.
 */
final class FileListing implements ObjectListing {

    /** An object, or a directory of which {@code key} ends with a slash. {@code identity} tells directories apart. */
    private record Child(
            String key,
            Path path,
            @Nullable Object identity,
            @Nullable ObjectEntry entry) {}

    /** A directory on the way from the root to where the walk is. */
    private record Step(@Nullable Object identity, Iterator<Child> children) {}

    private static final Comparator<Child> BY_KEY = (a, b) -> ObjectKeys.compare(a.key(), b.key());

    private final String place;
    private final String prefix;
    private final @Nullable String startAfter;
    private final Deque<Step> open = new ArrayDeque<>();

    FileListing(Path root, String place, String prefix, @Nullable String startAfter) throws IOException {
        this.place = place;
        this.prefix = prefix;
        this.startAfter = startAfter;
        String parent = prefix.substring(0, prefix.lastIndexOf('/') + 1);
        // The first keeps "../" from leaving the root; the others are paths to a place that another prefix names.
        if (ObjectKeys.canBeginKey(prefix) && !parent.startsWith("/") && !parent.contains("//")) {
            try {
                descend(root.resolve(parent), parent, null);
            } catch (InvalidPathException e) {
                open.clear(); // a name this file system cannot have: nothing is stored under it
            }
        }
    }

    @Override
    public @Nullable ObjectEntry next() throws IOException {
        while (!open.isEmpty()) {
            Iterator<Child> children = open.element().children();
            if (!children.hasNext()) {
                open.pop();
                continue;
            }
            Child child = children.next();
            ObjectEntry entry = child.entry();
            if (entry != null) {
                return entry;
            }
            descend(child.path(), child.key(), child.identity());
        }
        return null;
    }

    @Override
    public void close() {
        open.clear();
    }

    private void descend(Path directory, String keyPrefix, @Nullable Object identity) throws IOException {
        if (identity != null && open.stream().anyMatch(step -> identity.equals(step.identity()))) {
            return; // a symbolic link to a directory above itself
        }
        List<Child> children = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory)) {
            for (Path path : paths) {
                Child child = child(path, keyPrefix);
                if (child != null) {
                    children.add(child);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return; // nothing there, or no longer there
        } catch (DirectoryIteratorException e) {
            throw failure(directory, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw failure(directory, e);
        }
        children.sort(BY_KEY);
        open.push(new Step(identity, children.iterator()));
    }

    private @Nullable Child child(Path path, String keyPrefix) throws IOException {
        String key = keyPrefix + path.getFileName();
        if (key.endsWith(FileObjectStore.TEMPORARY_SUFFIX)
                || key.equals(ReplaceLock.FILE_NAME)
                || !key.startsWith(prefix)
                || !ObjectKeys.isValid(key)) {
            return null;
        }
        boolean fileWanted = startAfter == null || ObjectKeys.compare(key, startAfter) > 0;
        if (!fileWanted && !directoryWanted(key + "/")) {
            return null; // spares the stat of everything before the start
        }
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            return null; // deleted while we looked, or a dangling link
        }
        if (attributes.isDirectory()) {
            return directoryWanted(key + "/") ? new Child(key + "/", path, attributes.fileKey(), null) : null;
        }
        return fileWanted && attributes.isRegularFile()
                ? new Child(key, path, null, FileObjectStore.entry(key, attributes))
                : null;
    }

    /** Whether keys below a directory can be greater than {@link #startAfter}. */
    private boolean directoryWanted(String keyPrefix) {
        return startAfter == null || startAfter.startsWith(keyPrefix) || ObjectKeys.compare(keyPrefix, startAfter) > 0;
    }

    private IOException failure(Path directory, IOException cause) {
        return FileErrors.map("cannot list " + directory + " of " + place, cause);
    }
}
