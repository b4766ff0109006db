package dev.runnel.sftp;

import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks the tree below a root in the order of full keys, one directory in memory per depth. A directory sorts as its
 * name with a slash behind, because that is how the keys in it begin: {@code a-b} comes before {@code a/x}.
 */
final class SftpListing implements ObjectListing {

    /** Requests for names on their way at the same time: each brings about a hundred. */
    private static final int READS_AHEAD = 4;

    /** An object, or a directory, of which {@code key} ends with a slash and which has no entry. */
    private record Child(String key, @Nullable ObjectEntry entry, boolean throughLink) {}

    /** A directory on the way from the root to where the walk is. */
    private record Step(String path, Iterator<Child> children) {}

    private static final Comparator<Child> BY_KEY = (a, b) -> ObjectKeys.compare(a.key(), b.key());

    private final SftpConnections connections;
    private final SftpPlace place;
    private final String prefix;
    private final @Nullable String startAfter;
    private final Deque<Step> open = new ArrayDeque<>();

    SftpListing(SftpConnections connections, SftpPlace place, String prefix, @Nullable String startAfter)
            throws IOException {
        this.connections = connections;
        this.place = place;
        this.prefix = prefix;
        this.startAfter = startAfter;
        String parent = prefix.substring(0, prefix.lastIndexOf('/') + 1);
        // The first keeps "../" from leaving the root; the others are paths to a place that another prefix names.
        if (ObjectKeys.canBeginKey(prefix) && !parent.startsWith("/") && !parent.contains("//")) {
            descend(parent, false);
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
            if (child.entry() != null) {
                return child.entry();
            }
            descend(child.key(), child.throughLink());
        }
        return null;
    }

    @Override
    public void close() {
        open.clear();
    }

    /**
     * @param keyPrefix the keys in it begin so: empty, or ends with a slash
     * @param throughLink whether the walk came here through a link to a directory
     */
    private void descend(String keyPrefix, boolean throughLink) throws IOException {
        String path = place.directory(keyPrefix);
        List<Child> children = new ArrayList<>();
        try (SftpClient client = connections.client()) {
            for (Packet.Name name : names(client, path)) {
                Child child = child(client, keyPrefix, name, throughLink);
                if (child != null) {
                    children.add(child);
                }
            }
        } catch (IOException e) {
            throw SftpErrors.map("cannot list " + place.describe(keyPrefix), e);
        }
        children.sort(BY_KEY);
        open.push(new Step(path, children.iterator()));
    }

    private List<Packet.Name> names(SftpClient client, String path) throws IOException {
        byte[] handle;
        try {
            handle = client.openDirectory(path).await().handle();
        } catch (SftpStatusException e) {
            if (isNoDirectory(client, path, e)) {
                return List.of();
            }
            throw e;
        }
        try {
            List<Packet.Name> all = new ArrayList<>();
            Deque<Pending> asked = new ArrayDeque<>();
            for (int i = 0; i < READS_AHEAD; i++) {
                asked.add(client.readDirectory(handle));
            }
            for (List<Packet.Name> some = asked.remove().await().names();
                    !some.isEmpty();
                    some = asked.remove().await().names()) {
                all.addAll(some);
                asked.add(client.readDirectory(handle));
            }
            return all;
        } finally {
            client.abandon(handle);
        }
    }

    /** Nothing there, or no longer there, or a file: but not the root, which must be a directory if it is there. */
    private boolean isNoDirectory(SftpClient client, String path, SftpStatusException refusal) throws IOException {
        if (refusal.code() == SftpStatusException.NO_SUCH_FILE) {
            return true;
        }
        try {
            return !client.attributes(path).await().attributes().isDirectory() && !path.equals(place.directory(""));
        } catch (SftpStatusException e) {
            return e.code() == SftpStatusException.NO_SUCH_FILE;
        }
    }

    private @Nullable Child child(SftpClient client, String keyPrefix, Packet.Name name, boolean throughLink)
            throws IOException {
        String key = keyPrefix + name.name();
        if (key.endsWith(SftpPlace.TEMPORARY_SUFFIX) || !key.startsWith(prefix) || !ObjectKeys.isValid(key)) {
            return null; // among them "." and ".."
        }
        boolean fileWanted = startAfter == null || ObjectKeys.compare(key, startAfter) > 0;
        if (!fileWanted && !directoryWanted(key + "/")) {
            return null;
        }
        Attributes attributes = name.attributes();
        if (attributes.isLink()) {
            try {
                attributes = client.attributes(place.path(key)).await().attributes();
            } catch (SftpStatusException e) {
                return null; // deleted while we looked, or a dangling link
            }
            // Not every server resolves links when it is asked where one leads: so one on the way is enough.
            if (attributes.isDirectory() && (throughLink || leadsUp(client, key))) {
                return null;
            }
        }
        if (attributes.isDirectory()) {
            boolean link = throughLink || name.attributes().isLink();
            return directoryWanted(key + "/") ? new Child(key + "/", null, link) : null;
        }
        return fileWanted && attributes.isRegular()
                ? new Child(key, SftpPlace.entry(key, attributes), throughLink)
                : null;
    }

    /** Whether a link leads to a directory on the way to itself, so that following it would never end. */
    private boolean leadsUp(SftpClient client, String key) throws IOException {
        String target = realPath(client, place.path(key));
        String from = realPath(client, place.directory(key.substring(0, key.lastIndexOf('/') + 1)));
        if ((from + "/").startsWith(target.endsWith("/") ? target : target + "/")) {
            return true;
        }
        for (Step step : open) {
            if (target.equals(realPath(client, step.path()))) {
                return true;
            }
        }
        return false;
    }

    private static String realPath(SftpClient client, String path) throws IOException {
        return client.realPath(path).await().names().get(0).name();
    }

    /** Whether keys below a directory can be greater than {@link #startAfter}. */
    private boolean directoryWanted(String keyPrefix) {
        return startAfter == null || startAfter.startsWith(keyPrefix) || ObjectKeys.compare(keyPrefix, startAfter) > 0;
    }
}
