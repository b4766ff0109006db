package dev.runnel.cli.http;

import dev.runnel.cli.output.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A response.
 *
 * @param status such as 200
 * @param contentType media type of the body
 * @param body the body
 * @param allow methods that are allowed, with 405; null otherwise
 */
public record Response(
        int status,
        String contentType,
        byte[] body,
        @Nullable String allow) {

    /** A JSON document. */
    public static Response json(int status, Object value) {
        return of(status, "application/json", Json.pretty(value) + "\n");
    }

    /** Plain text. */
    public static Response text(int status, String text) {
        return of(status, "text/plain; charset=utf-8", text);
    }

    /** A document of another type. */
    public static Response of(int status, String contentType, String body) {
        return new Response(status, contentType, body.getBytes(StandardCharsets.UTF_8), null);
    }

    /** A failure, as Litestream words it. */
    public static Response error(int status, String message) {
        return error(status, message, null);
    }

    /**
     * A failure.
     *
     * @param details more about it; null for none
     */
    public static Response error(int status, String message, @Nullable String details) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("error", message);
        if (details != null) {
            json.put("details", details);
        }
        return json(status, json);
    }

    /** A method that a path does not know. */
    static Response methodNotAllowed(String allowed) {
        Response error = error(405, "method not allowed: use " + allowed);
        return new Response(405, error.contentType, error.body, allowed);
    }

    /** The body as text. */
    public String bodyText() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
