package dev.runnel.web.http;

import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** A listing that a service gives in pages of XML, one page in memory at a time. Confined to one thread. */
public abstract class PagedListing implements ObjectListing {

    protected final String prefix;
    protected final @Nullable String startAfter;
    protected final String failed;
    private final Deque<ObjectEntry> page = new ArrayDeque<>();
    private @Nullable String mark = "";

    /** @param failed what to say first when it is not possible */
    protected PagedListing(String prefix, @Nullable String startAfter, String failed) {
        this.prefix = prefix;
        this.startAfter = startAfter;
        this.failed = failed;
    }

    /**
     * Fetches a page, and gives what it holds to {@link #add}.
     *
     * @param from what the page before told; empty for the first one
     * @return where the next page begins; null if there is none
     */
    protected abstract @Nullable String fetch(String from) throws IOException;

    /** Whether an object belongs to the listing: services also tell of what is no key, and of what comes before the start. */
    protected final boolean isWanted(String key) {
        return ObjectKeys.isValid(key) && ObjectKeys.isListed(key, prefix, startAfter);
    }

    protected final void add(ObjectEntry entry) {
        page.add(entry);
    }

    /** Reads an answer, and closes it. */
    protected final void read(WebResponse answer, XmlEvents.Visitor visitor) throws StorageException {
        try (answer) {
            XmlEvents.read(answer.body(), visitor);
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw new TransientStorageException(failed + ": the list cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public final @Nullable ObjectEntry next() throws IOException {
        while (page.isEmpty()) {
            String from = mark;
            if (from == null) {
                return null;
            }
            mark = null; // unusable after a failure
            mark = fetch(from);
        }
        return page.remove();
    }

    @Override
    public final void close() {
        mark = null;
        page.clear();
    }
}
