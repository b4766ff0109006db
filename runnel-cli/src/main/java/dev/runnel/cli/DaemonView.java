package dev.runnel.cli;

import dev.runnel.cli.daemon.DaemonClient;
import dev.runnel.json.JsonReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the running daemon says of each database, in a few words; nothing if none runs. */
final class DaemonView {

    /** No daemon answers. */
    static final DaemonView NONE = new DaemonView(null);

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final @Nullable Map<String, String> words;

    private DaemonView(@Nullable Map<String, String> words) {
        this.words = words;
    }

    /** Asks. That none answers is no failure here: {@code databases} is the command that complains. */
    static DaemonView ask(DaemonClient daemon) {
        try {
            DaemonClient.Answer answer = daemon.send("GET", "/health", "", PATIENCE);
            return answer.response().status() == 200
                    ? new DaemonView(read(JsonReader.object(answer.response().bodyText())))
                    : NONE;
        } catch (DaemonClient.UnreachableException | IllegalArgumentException e) {
            return NONE;
        }
    }

    boolean isThere() {
        return words != null;
    }

    /** State and reason of the capture, and of each replica that is not doing the same. */
    String of(Path database) {
        return words == null ? "-" : words.getOrDefault(database.toString(), "not replicated");
    }

    private static Map<String, String> read(Map<String, @Nullable Object> document) {
        Map<String, String> words = new LinkedHashMap<>();
        if (document.get("databases") instanceof List<?> databases) {
            for (Object item : databases) {
                if (item instanceof Map<?, ?> database) {
                    words.put(String.valueOf(database.get("path")), wordsOf(database));
                }
            }
        }
        return words;
    }

    private static String wordsOf(Map<?, ?> database) {
        List<String> parts = new ArrayList<>();
        String capture = stateOf(database);
        parts.add(capture);
        if (database.get("replicas") instanceof List<?> replicas) {
            for (Object item : replicas) {
                if (item instanceof Map<?, ?> replica && !stateOf(replica).equals(capture)) {
                    parts.add(replica.get("name") + " " + stateOf(replica));
                }
            }
        }
        return String.join("; ", parts);
    }

    private static String stateOf(Map<?, ?> known) {
        Object reason = known.get("reason");
        return String.valueOf(known.get("state")).toUpperCase(java.util.Locale.ROOT)
                + (reason == null ? "" : ": " + reason);
    }
}
