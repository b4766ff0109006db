package dev.runnel.web.webdav;

import dev.runnel.web.http.Percent;
import dev.runnel.web.http.XmlEvents;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The answer to a PROPFIND: {@code multistatus} of RFC 4918. */
final class MultiStatus implements XmlEvents.Visitor {

    /** What is asked for, and all that is looked at. */
    static final String QUESTION = "<?xml version=\"1.0\" encoding=\"utf-8\"?><propfind xmlns=\"DAV:\"><prop>"
            + "<resourcetype/><getcontentlength/><getlastmodified/></prop></propfind>";

    /**
     * A file or a folder.
     *
     * @param path decoded, without scheme, host and a slash at its end
     * @param size in bytes; of a folder 0
     */
    record Resource(String path, boolean folder, long size, Instant modified) {

        /** The last segment of the path. */
        String name() {
            return path.substring(path.lastIndexOf('/') + 1);
        }
    }

    private final List<Resource> resources = new ArrayList<>();
    private String href = "";
    private boolean folder;
    private long size;
    private Instant modified = Instant.EPOCH;
    private boolean inProperties;
    private boolean absent;

    private MultiStatus() {}

    /** All resources of an answer, in its order. */
    static List<Resource> read(InputStream in) throws IOException {
        MultiStatus reader = new MultiStatus();
        XmlEvents.read(in, reader);
        return reader.resources;
    }

    /**
     * The one that was asked about. Servers behind a proxy may tell another path than that of the request; a folder comes
     * with what is in it, and its own path is then the shortest.
     *
     * @param path decoded path of the request, without a slash at its end
     */
    static Optional<Resource> self(List<Resource> all, String path) {
        Resource shortest = null;
        for (Resource resource : all) {
            if (resource.path().equals(path)) {
                return Optional.of(resource);
            }
            if (shortest == null || resource.path().length() < shortest.path().length()) {
                shortest = resource;
            }
        }
        return Optional.ofNullable(shortest);
    }

    @Override
    public void start(String name, boolean encoded) {
        switch (name) {
            case "response" -> {
                href = "";
                folder = false;
                size = 0;
                modified = Instant.EPOCH;
                absent = false;
            }
            case "propstat" -> inProperties = true;
            case "collection" -> folder = true;
            default -> {
                // told when it ends
            }
        }
    }

    @Override
    public void end(String name, String text) {
        String value = text.strip();
        switch (name) {
            case "href" -> href = href.isEmpty() ? value : href;
            case "getcontentlength" -> size = value.isEmpty() ? size : length(value);
            case "getlastmodified" -> modified = value.isEmpty() ? modified : date(value);
            case "propstat" -> inProperties = false;
            case "status" -> absent |= !inProperties && value.contains(" 404");
            case "response" -> {
                if (!absent && !href.isEmpty()) {
                    resources.add(new Resource(path(href), folder, folder ? 0 : size, modified));
                }
            }
            default -> {
                // other properties
            }
        }
    }

    /** The path of a reference, which may be a whole address or begin at the root of the server. */
    static String path(String reference) {
        int scheme = reference.indexOf("://");
        int slash = scheme < 0 ? -1 : reference.indexOf('/', scheme + 3);
        String raw = scheme < 0 ? reference : slash < 0 ? "" : reference.substring(slash);
        String path = Percent.decode(raw);
        while (path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        return path;
    }

    private static long length(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return 0;
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
