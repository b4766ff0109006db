package dev.runnel.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.runnel.json.JsonReader;
import dev.runnel.json.JsonText;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.Timestamps;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one object, as all clients of NATS write it: JSON, in the message of its name.
 *
 * @param nuid part of the subject of its chunks
 * @param size length in bytes
 * @param chunks how many messages it has, of any sizes
 * @param there whether it is an object: false for one that was deleted, and for a link to another
 * @param digest {@code SHA-256=} and Base64; null for none
 * @param timestamp as Litestream writes it into its headers; null for none
 * @param stored where and when in the stream this was written
 */
record ObjectInfo(
        String nuid,
        long size,
        long chunks,
        boolean there,
        @Nullable String digest,
        @Nullable Instant timestamp,
        Bucket.Stored stored) {

    /** Header of Litestream. */
    private static final String TIMESTAMP = "Litestream-Timestamp";

    /** @throws IOException if the message is something else */
    static ObjectInfo parse(Bucket.Stored message) throws IOException {
        Map<String, @Nullable Object> info;
        try {
            info = JsonReader.object(new String(message.body(), UTF_8));
        } catch (IllegalArgumentException e) {
            throw new IOException("its entry is not that of an object: " + e.getMessage(), e);
        }
        boolean deleted = Boolean.TRUE.equals(info.get("deleted"));
        boolean link = info.get("options") instanceof Map<?, ?> options && options.get("link") != null;
        return new ObjectInfo(
                text(info.get("nuid")),
                number(info.get("size")),
                number(info.get("chunks")),
                !deleted && !link,
                info.get("digest") instanceof String digest && !digest.isEmpty() ? digest : null,
                timestamp(info.get("headers")),
                message);
    }

    private static @Nullable Instant timestamp(@Nullable Object headers) {
        return headers instanceof Map<?, ?> map
                        && map.get(TIMESTAMP) instanceof List<?> values
                        && !values.isEmpty()
                        && values.get(0) instanceof String text
                ? Timestamps.parse(text)
                : null;
    }

    private static String text(@Nullable Object value) {
        return value instanceof String text ? text : "";
    }

    private static long number(@Nullable Object value) {
        return value instanceof Number number ? number.longValue() : 0;
    }

    long sequence() {
        return stored.sequence();
    }

    /** Differs for everything that was ever written, also in a bucket that was made anew. */
    String etag() {
        return etag(nuid, sequence());
    }

    static String etag(String nuid, long sequence) {
        return nuid + "-" + sequence;
    }

    ObjectEntry entry(String key) {
        return new ObjectEntry(key, size, stored.time(), timestamp, etag());
    }

    /** What is written of a new object. */
    record Draft(String bucket, String key, @Nullable Instant timestamp, Instant modified) {

        byte[] of(ChunkUpload.Content content) {
            StringBuilder json = begin(content.nuid(), content.size(), content.chunks());
            json.append(",\"options\":{\"max_chunk_size\":").append(content.chunkBytes());
            json.append("},\"digest\":");
            JsonText.quote(json, content.digest());
            String formatted = Timestamps.format(timestamp);
            if (formatted != null) {
                json.append(",\"headers\":{\"" + TIMESTAMP + "\":[");
                JsonText.quote(json, formatted);
                json.append("]}");
            }
            return json.append('}').toString().getBytes(UTF_8);
        }

        /** What takes the place of one that is deleted, and tells which chunks were its own. */
        byte[] ofDeleted(String nuid) {
            return begin(nuid, 0, 0).append(",\"deleted\":true}").toString().getBytes(UTF_8);
        }

        private StringBuilder begin(String nuid, long size, long chunks) {
            StringBuilder json = new StringBuilder("{\"name\":");
            JsonText.quote(json, key);
            json.append(",\"bucket\":");
            JsonText.quote(json, bucket);
            json.append(",\"nuid\":");
            JsonText.quote(json, nuid);
            json.append(",\"size\":").append(size).append(",\"mtime\":");
            JsonText.quote(json, modified.toString());
            return json.append(",\"chunks\":").append(chunks);
        }
    }
}
