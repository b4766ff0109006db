package dev.runnel.lease;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.runnel.json.JsonReader;
import dev.runnel.json.JsonText;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What {@code lock.json} says: Litestream's three keys and some of ours, which it ignores. Immutable.
 *
 * @param generation the epoch: one more each time another writer takes over
 * @param expiresAt for people and Litestream, by the clock of the writer; no decision of Runnel's rests on it
 * @param owner host and process, for people
 * @param session names the writer among all; null in a lease of Litestream
 * @param sequence one more with each write of a session, so that no two are alike
 * @param ttl time without a renewal after which another may take over
 * @param database which file is replicated; null in a lease of Litestream
 * @param released whether the writer gave it back
 */
record LeaseRecord(
        long generation,
        Instant expiresAt,
        String owner,
        @Nullable String session,
        long sequence,
        Duration ttl,
        @Nullable String database,
        boolean released) {

    /** Whether this is the very write that {@code other} is. */
    boolean isSameWrite(LeaseRecord other) {
        return session != null && session.equals(other.session) && sequence == other.sequence;
    }

    byte[] encode() {
        StringBuilder text = new StringBuilder(256);
        text.append("{\"generation\":").append(generation);
        text.append(",\"expires_at\":\"").append(expiresAt).append('"');
        JsonText.quote(text.append(",\"owner\":"), owner);
        if (session != null) {
            JsonText.quote(text.append(",\"session\":"), session);
        }
        text.append(",\"sequence\":").append(sequence);
        text.append(",\"ttl_ms\":").append(ttl.toMillis());
        if (database != null) {
            JsonText.quote(text.append(",\"database\":"), database);
        }
        return text.append(",\"released\":")
                .append(released)
                .append("}\n")
                .toString()
                .getBytes(UTF_8);
    }

    /** Reads a lease; null if it is none, so that nothing can be said of it but whether it changes. */
    static @Nullable LeaseRecord decode(byte[] bytes) {
        try {
            Map<String, ?> members = JsonReader.object(new String(bytes, UTF_8));
            if (!(members.get("generation") instanceof Long generation)
                    || !(members.get("expires_at") instanceof String expires)) {
                return null;
            }
            return new LeaseRecord(
                    generation,
                    Instant.parse(expires),
                    Objects.requireNonNullElse(text(members, "owner"), "unknown"),
                    text(members, "session"),
                    number(members, "sequence", 0),
                    Duration.ofMillis(Math.max(0, number(members, "ttl_ms", LeaseTerms.DEFAULT_TTL.toMillis()))),
                    text(members, "database"),
                    Boolean.TRUE.equals(members.get("released")));
        } catch (IllegalArgumentException | DateTimeException e) { // damaged, or of a writer that we do not know
            return null;
        }
    }

    private static @Nullable String text(Map<String, ?> members, String name) {
        return members.get(name) instanceof String text ? text : null;
    }

    private static long number(Map<String, ?> members, String name, long otherwise) {
        return members.get(name) instanceof Long number ? number : otherwise;
    }
}
