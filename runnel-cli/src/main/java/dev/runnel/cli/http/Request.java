package dev.runnel.cli.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request.
 *
 * @param method such as {@code GET}
 * @param path decoded, without the query
 * @param query decoded parameters; of one that is repeated, the first
 * @param body empty for none
 */
public record Request(String method, String path, Map<String, String> query, byte[] body) {

    public Request {
        query = Map.copyOf(query);
    }

    /** A parameter; null if it is not there. */
    public @Nullable String parameter(String name) {
        return query.get(name);
    }

    /** The body as text. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
