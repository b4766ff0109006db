package dev.runnel.web.http;

import dev.runnel.storage.BodySlice;
import java.net.URI;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One request, until it is sent. Confined to one thread. */
public final class WebRequest {

    private final String method;
    private final URI uri;
    private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private @Nullable BodySlice body;

    /** @param uri is sent as it is: whatever needs it must be percent-encoded */
    public WebRequest(String method, URI uri) {
        this.method = method;
        this.uri = uri;
    }

    /** Sets a header; null leaves it out. {@code Content-Length}, {@code Date} and {@code Host} cannot be set. */
    public WebRequest header(String name, @Nullable String value) {
        if (value == null) {
            headers.remove(name);
        } else {
            headers.put(name, value);
        }
        return this;
    }

    /** Sets the body. */
    public WebRequest body(BodySlice part) {
        body = part;
        return this;
    }

    /** E.g. {@code PUT}. */
    public String method() {
        return method;
    }

    /** Where it goes. */
    public URI uri() {
        return uri;
    }

    /** Headers by name, in the order of their names whatever their case. */
    public Map<String, String> headers() {
        return Collections.unmodifiableMap(headers);
    }

    /** Null for none. */
    public @Nullable BodySlice body() {
        return body;
    }

    /** Length of the body in bytes; 0 for none. */
    public long length() {
        return body == null ? 0 : body.length();
    }
}
