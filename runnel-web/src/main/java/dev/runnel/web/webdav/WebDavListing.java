package dev.runnel.web.webdav;

import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks the folders in the order of full keys, one PROPFIND of depth 1 for each: servers refuse an infinite depth. A
 * folder sorts as its name with a slash behind, because that is how the keys in it begin: {@code a-b} comes before
 * {@code a/x}.
 */
final class WebDavListing implements ObjectListing {

    /** An object, or a folder of which {@code key} ends with a slash. */
    private record Child(String key, @Nullable ObjectEntry entry) {}

    private static final Comparator<Child> BY_KEY = (a, b) -> ObjectKeys.compare(a.key(), b.key());

    private final WebDavRequests requests;
    private final String prefix;
    private final @Nullable String startAfter;
    private final String failed;
    private final Deque<Iterator<Child>> open = new ArrayDeque<>();
    private @Nullable String root;

    WebDavListing(WebDavRequests requests, String prefix, @Nullable String startAfter, String failed) {
        this.requests = requests;
        this.prefix = prefix;
        this.startAfter = startAfter;
        this.failed = failed;
        String parent = prefix.substring(0, prefix.lastIndexOf('/') + 1);
        boolean possible = ObjectKeys.canBeginKey(prefix) && !parent.startsWith("/") && !parent.contains("//");
        this.root = possible ? parent : null;
    }

    @Override
    public @Nullable ObjectEntry next() throws IOException {
        String first = root;
        if (first != null) {
            root = null;
            descend(first);
        }
        while (!open.isEmpty()) {
            Iterator<Child> children = open.element();
            if (!children.hasNext()) {
                open.remove();
                continue;
            }
            Child child = children.next();
            ObjectEntry entry = child.entry();
            if (entry != null) {
                return entry;
            }
            descend(child.key());
        }
        return null;
    }

    @Override
    public void close() {
        root = null;
        open.clear();
    }

    /** @param folder empty, or with a slash at its end */
    private void descend(String folder) throws IOException {
        List<MultiStatus.Resource> all;
        try {
            all = requests.find(folder, 1, failed);
        } catch (ObjectNotFoundException e) {
            return; // nothing there, or no longer there
        }
        MultiStatus.Resource self =
                MultiStatus.self(all, requests.decodedPath(folder)).orElse(null);
        List<Child> children = new ArrayList<>();
        for (MultiStatus.Resource resource : all) {
            Child child = resource.equals(self) ? null : child(folder, resource);
            if (child != null) {
                children.add(child);
            }
        }
        children.sort(BY_KEY);
        open.push(children.iterator());
    }

    private @Nullable Child child(String folder, MultiStatus.Resource resource) {
        String key = folder + resource.name();
        if (key.endsWith(WebDavObjectStore.TEMPORARY_SUFFIX) || !ObjectKeys.isValid(key)) {
            return null;
        }
        if (resource.folder()) {
            String below = key + "/";
            boolean wanted = (below.startsWith(prefix) || prefix.startsWith(below))
                    && (startAfter == null
                            || startAfter.startsWith(below)
                            || ObjectKeys.compare(below, startAfter) > 0);
            return wanted ? new Child(below, null) : null;
        }
        return ObjectKeys.isListed(key, prefix, startAfter)
                ? new Child(key, WebDavObjectStore.entry(key, resource))
                : null;
    }
}
