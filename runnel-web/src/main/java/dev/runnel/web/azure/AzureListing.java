package dev.runnel.web.azure;

import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.Timestamps;
import dev.runnel.web.http.PagedListing;
import dev.runnel.web.http.Percent;
import dev.runnel.web.http.WebErrors;
import dev.runnel.web.http.XmlEvents;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * List Blobs, one page in memory at a time, with metadata: so the timestamp costs no further request. The service has no
 * start: what comes before is left out here. Directories of accounts with a hierarchical namespace are left out too.
 */
final class AzureListing extends PagedListing {

    private final AzureRequests requests;

    AzureListing(AzureRequests requests, String prefix, @Nullable String startAfter, String failed) {
        super(prefix, startAfter, failed);
        this.requests = requests;
    }

    @Override
    protected @Nullable String fetch(String from) throws IOException {
        String query = "restype=container&comp=list&include=metadata"
                + (prefix.isEmpty() ? "" : "&prefix=" + Percent.component(prefix))
                + (from.isEmpty() ? "" : "&marker=" + Percent.component(from));
        Page page = new Page();
        read(requests.send(requests.container("GET", query), failed, WebErrors.Effect.NONE), page);
        return page.next.isEmpty() ? null : page.next;
    }

    private final class Page implements XmlEvents.Visitor {

        private String next = "";
        private boolean encoded;
        private String name = "";
        private long size;
        private Instant modified = Instant.EPOCH;
        private String etag = "";
        private @Nullable Instant timestamp;
        private boolean directory;

        @Override
        public void start(String element, boolean isEncoded) {
            if (element.equals("Blob")) {
                name = "";
                size = 0;
                modified = Instant.EPOCH;
                etag = "";
                timestamp = null;
                directory = false;
            } else if (element.equals("Name")) {
                encoded = isEncoded;
            }
        }

        @Override
        public void end(String element, String text) {
            switch (element) {
                case "Name" -> name = encoded ? Percent.decode(text) : text;
                case "Content-Length" -> size = Long.parseLong(text.strip());
                case "Last-Modified" -> modified = date(text.strip());
                case "Etag" -> etag = AzureObjectStore.bare(text.strip());
                case AzureObjectStore.TIMESTAMP -> timestamp = Timestamps.parse(text.strip());
                case "hdi_isfolder" -> directory |= text.strip().equals("true");
                case "ResourceType" -> directory |= text.strip().equals("directory");
                case "NextMarker" -> next = text.strip();
                case "Blob" -> {
                    if (!directory && isWanted(name)) {
                        add(new ObjectEntry(name, size, modified, timestamp, etag));
                    }
                }
                default -> {
                    // other properties
                }
            }
        }

        private static Instant date(String text) {
            try {
                return OffsetDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant();
            } catch (DateTimeException e) {
                return Instant.EPOCH;
            }
        }
    }
}
