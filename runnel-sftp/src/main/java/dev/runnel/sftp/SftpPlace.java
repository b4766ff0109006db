package dev.runnel.sftp;

import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.StorageException;
import java.time.Instant;

/** A directory on a server, and how keys become paths below it. */
final class SftpPlace {

    /** Of files that are still being written. */
    static final String TEMPORARY_SUFFIX = ".tmp";

    private final String root;
    private final String description;

    /** @param root empty for the directory where the user is put; relative to that unless it begins with a slash */
    SftpPlace(SftpSettings settings, String root) {
        this.root = root.isEmpty() || root.endsWith("/") ? root : root + "/";
        String shown = root.startsWith("/") ? root : root.isEmpty() ? "/~" : "/~/" + root;
        this.description = "sftp://" + settings.login().user() + "@" + settings.address()
                + (shown.endsWith("/") ? shown.substring(0, shown.length() - 1) : shown);
    }

    String describe() {
        return description;
    }

    String describe(String keyPrefix) {
        return description + "/" + keyPrefix;
    }

    /** For messages. */
    String name(String key) {
        return "object " + key + " in " + description;
    }

    /**
     * The path of an object.
     *
     * @throws IllegalArgumentException if it is no key
     * @throws StorageException if a tree cannot hold it
     */
    String path(String key) throws StorageException {
        ObjectKeys.check(key);
        if (key.startsWith("/") || key.contains("//")) {
            throw new StorageException(name(key) + ": an SFTP store cannot hold keys with empty segments");
        }
        if (key.endsWith(TEMPORARY_SUFFIX)) {
            throw new StorageException(name(key) + ": an SFTP store keeps names that end in .tmp for itself");
        }
        return root + key;
    }

    /** The directory in which the keys are that begin so: {@code keyPrefix} is empty or ends with a slash. */
    String directory(String keyPrefix) {
        String path = root + keyPrefix;
        if (path.isEmpty()) {
            return ".";
        }
        return path.length() == 1 ? path : path.substring(0, path.length() - 1);
    }

    /** Attributes of an object from those of its file, whose modification time is its timestamp. */
    static ObjectEntry entry(String key, Attributes attributes) {
        Instant modified = attributes.modifiedAt();
        return new ObjectEntry(key, attributes.size(), modified, modified, null);
    }
}
