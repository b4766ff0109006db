package dev.runnel.web.gcs;

import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.StorageException;
import dev.runnel.web.http.PagedListing;
import dev.runnel.web.http.Percent;
import dev.runnel.web.http.WebResponse;
import dev.runnel.web.http.XmlEvents;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** List Objects, version 2, one page in memory at a time. Leaves out what is no key, e.g. the {@code dir/} of a console. */
final class GcsListing extends PagedListing {

    /** Fetches a page. */
    @FunctionalInterface
    interface Pages {
        WebResponse get(String query) throws StorageException;
    }

    private final Pages pages;

    /** @param failed what to say first when it is not possible */
    GcsListing(Pages pages, String prefix, @Nullable String startAfter, String failed) {
        super(prefix, startAfter, failed);
        this.pages = pages;
    }

    @Override
    protected @Nullable String fetch(String from) throws IOException {
        boolean inside = startAfter != null && !startAfter.isEmpty() && startAfter.startsWith(prefix);
        String query = "list-type=2"
                + (prefix.isEmpty() ? "" : "&prefix=" + Percent.component(prefix))
                + (from.isEmpty()
                        ? (inside ? "&start-after=" + Percent.component(String.valueOf(startAfter)) : "")
                        : "&continuation-token=" + Percent.component(from));
        Page page = new Page();
        read(pages.get(query), page);
        if (page.truncated && page.next.isEmpty()) {
            throw new StorageException(failed + ": the service says that there is more, and not where");
        }
        return page.truncated ? page.next : null;
    }

    private final class Page implements XmlEvents.Visitor {

        private boolean truncated;
        private String next = "";
        private String key = "";
        private long size;
        private Instant modified = Instant.EPOCH;
        private String generation = "";

        @Override
        public void start(String element, boolean encoded) {
            if (element.equals("Contents")) {
                key = "";
                size = 0;
                modified = Instant.EPOCH;
                generation = "";
            }
        }

        @Override
        public void end(String element, String text) {
            switch (element) {
                case "Key" -> key = text;
                case "Size" -> size = Long.parseLong(text.strip());
                case "LastModified" -> modified = instant(text.strip());
                case "Generation" -> generation = text.strip();
                case "IsTruncated" -> truncated = text.strip().equals("true");
                case "NextContinuationToken" -> next = text.strip();
                case "Contents" -> {
                    if (isWanted(key)) {
                        add(new ObjectEntry(key, size, modified, null, generation.isEmpty() ? null : generation));
                    }
                }
                default -> {
                    // other properties
                }
            }
        }

        private static Instant instant(String text) {
            try {
                return Instant.parse(text);
            } catch (DateTimeException e) {
                return Instant.EPOCH;
            }
        }
    }
}
