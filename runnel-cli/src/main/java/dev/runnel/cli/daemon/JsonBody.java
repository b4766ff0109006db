package dev.runnel.cli.daemon;

import dev.runnel.cli.config.PathRules;
import dev.runnel.cli.http.HttpFailure;
import dev.runnel.cli.http.Request;
import dev.runnel.json.JsonReader;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON object of a request, with what is expected of its members. */
final class JsonBody {

    private static final int MAX_TIMEOUT_SECONDS = 24 * 3600;

    private final Map<String, @Nullable Object> members;

    private JsonBody(Map<String, @Nullable Object> members) {
        this.members = members;
    }

    static JsonBody of(Request request) throws HttpFailure {
        try {
            return new JsonBody(JsonReader.object(request.text()));
        } catch (IllegalArgumentException e) {
            throw new HttpFailure(400, "invalid request body", e.getMessage());
        }
    }

    /** A string that must be there. */
    String text(String name) throws HttpFailure {
        Object value = members.get(name);
        if (value instanceof String text && !text.isEmpty()) {
            return text;
        }
        if (value == null || "".equals(value)) {
            throw new HttpFailure(400, name + " required");
        }
        throw wrong(name, "a string");
    }

    /** The database that the request is about. */
    Path path(PathRules rules) throws HttpFailure {
        return path(text("path"), rules);
    }

    static Path path(String text, PathRules rules) throws HttpFailure {
        try {
            return rules.expand(text);
        } catch (InvalidPathException e) {
            throw new HttpFailure(400, "invalid path: " + e.getMessage());
        }
    }

    boolean flag(String name) throws HttpFailure {
        Object value = members.get(name);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw wrong(name, "true or false");
    }

    /** {@code timeout} in seconds; 30 if it is 0 or not there. */
    Duration timeout() throws HttpFailure {
        Object value = members.get("timeout");
        if (value == null || Long.valueOf(0).equals(value)) {
            return Duration.ofSeconds(30);
        }
        if (value instanceof Long seconds && seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS) {
            return Duration.ofSeconds(seconds);
        }
        throw wrong("timeout", "a number of seconds from 0 to " + MAX_TIMEOUT_SECONDS);
    }

    private static HttpFailure wrong(String name, String expected) {
        return new HttpFailure(400, "invalid request body", name + " must be " + expected);
    }
}
