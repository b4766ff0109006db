package dev.runnel.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.runnel.json.JsonText;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A bucket by one connection: requests to the stream that it is. An object store is a convention of the clients of NATS
 * (their design record ADR-20): the stream {@code OBJ_<bucket>} has the chunks of an object as messages of the subject
 * {@code $O.<bucket>.C.<nuid>}, and what is known of it as the one message of {@code $O.<bucket>.M.<name in Base64>}.
 *
 * <p>What must be the newest is asked of the leader of the stream ({@code STREAM.MSG.GET}); chunks, which never change, may
 * come from any server ({@code DIRECT.GET}). Thread-safe.
 */
final class Bucket {

    /** What other clients have, and no reason to differ. */
    private static final int CHUNK_BYTES = 128 * 1024;

    /** What a message takes of a limited size beside its body. */
    private static final int MESSAGE_OVERHEAD = 512;

    /** The library forgets requests after this, should nobody wait for them. */
    private static final Duration FORGOTTEN = Duration.ofMinutes(10);

    /** Pages of a listing overlap by so much, since what is deleted meanwhile moves the rest forward. */
    private static final int OVERLAP = 1000;

    private static final int NOT_FOUND = 404;

    private final Connection connection;
    private final ServerTalk talk;
    private final String stream;
    private final String subjects;
    private final Duration timeout;
    private final StreamTraits traits;

    private Bucket(Connection connection, NatsSettings settings, ServerTalk talk, StreamTraits traits) {
        this.connection = connection;
        this.talk = talk;
        this.stream = "OBJ_" + settings.bucket();
        this.subjects = "$O." + settings.bucket() + ".";
        this.timeout = settings.timeout();
        this.traits = traits;
    }

    /**
     * Looks for the bucket.
     *
     * @throws RefusedException if there is none, or no JetStream
     */
    static Bucket find(Connection connection, NatsSettings settings, ServerTalk talk) throws IOException {
        Bucket unknown = new Bucket(connection, settings, talk, StreamTraits.UNKNOWN);
        Map<String, @Nullable Object> info =
                unknown.api("STREAM.INFO." + unknown.stream, "").json();
        return new Bucket(connection, settings, talk, StreamTraits.of(info.get("config"), connection.getServerInfo()));
    }

    boolean isConnected() {
        return connection.getStatus() == Connection.Status.CONNECTED;
    }

    Connection connection() {
        return connection;
    }

    /** How long to wait for an answer. */
    Duration timeout() {
        return timeout;
    }

    /**
     * Whether {@link #replace} keeps all but one of several writers out. Where it does not, it still does so when no message is
     * expected.
     */
    boolean comparesAtomically() {
        return traits.comparesAtomically();
    }

    /** What in the settings of the stream endangers a replica, in words. */
    List<String> perils() {
        return traits.perils();
    }

    /** Length of the chunks to write, in bytes. */
    int chunkBytes() {
        long limit = Math.min(CHUNK_BYTES, connection.getMaxPayload());
        if (traits.maxMessageBytes() > 0) {
            limit = Math.min(limit, traits.maxMessageBytes() - MESSAGE_OVERHEAD);
        }
        return (int) Math.max(1, limit);
    }

    String stream() {
        return stream;
    }

    /** Prefix of the subjects of what is known of objects. */
    String infoPrefix() {
        return subjects + "M.";
    }

    String infoSubject(String key) {
        return infoPrefix() + Base64.getUrlEncoder().encodeToString(key.getBytes(UTF_8));
    }

    /** The key of such a subject; null if it is none. */
    @Nullable
    String key(String infoSubject) {
        try {
            return new String(
                    Base64.getUrlDecoder()
                            .decode(infoSubject.substring(infoPrefix().length())),
                    UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Prefix of the subjects of chunks. */
    String chunkPrefix() {
        return subjects + "C.";
    }

    String chunkSubject(String nuid) {
        return chunkPrefix() + nuid;
    }

    /** Stores a message; the answer tells its sequence. */
    Pending publish(String subject, byte[] body) {
        return send(subject, null, body);
    }

    /**
     * Stores a message in place of all others of its subject, provided that the last of these is the expected one.
     *
     * @param expected its sequence; 0 for no message
     */
    Pending replace(String subject, byte[] body, long expected) {
        return send(
                subject,
                new Headers()
                        .put("Nats-Rollup", "sub")
                        .put("Nats-Expected-Stream", stream)
                        .put("Nats-Expected-Last-Subject-Sequence", Long.toString(expected)),
                body);
    }

    /** The sequence of a message that was stored. */
    static long sequence(Pending answer) throws IOException {
        if (answer.json().get("seq") instanceof Long sequence) {
            return sequence;
        }
        throw new NoAnswerException("the answer tells no sequence", null);
    }

    /** Removes all messages of a subject. */
    Pending purge(String subject) {
        return api("STREAM.PURGE." + stream, "{\"filter\":" + quoted(subject) + "}");
    }

    /** Removes one message. */
    Pending remove(long sequence) {
        return api("STREAM.MSG.DELETE." + stream, "{\"seq\":" + sequence + ",\"no_erase\":true}");
    }

    /** A message, as {@link #stored} reads it. */
    record Stored(long sequence, Instant time, byte[] body) {}

    /** Asks the leader for the last message of a subject. */
    Pending last(String subject) {
        return api("STREAM.MSG.GET." + stream, "{\"last_by_subj\":" + quoted(subject) + "}");
    }

    /** The message of an answer of the leader; null if there is none. */
    static @Nullable Stored stored(Pending answer) throws IOException {
        try {
            if (answer.json().get("message") instanceof Map<?, ?> message
                    && message.get("seq") instanceof Long sequence) {
                Object body = message.get("data");
                return new Stored(
                        sequence,
                        OffsetDateTime.parse(String.valueOf(message.get("time")))
                                .toInstant(),
                        body == null ? new byte[0] : Base64.getDecoder().decode(body.toString()));
            }
            throw new IOException("the answer has no message");
        } catch (RefusedException e) {
            if (e.isNotFound() && !e.isStreamMissing()) {
                return null;
            }
            throw e;
        } catch (DateTimeException | IllegalArgumentException e) {
            throw new IOException("the answer has no message that can be read: " + e.getMessage(), e);
        }
    }

    /** Which message to get. */
    record Which(String json) {

        static Which of(long sequence) {
            return new Which("{\"seq\":" + sequence + "}");
        }

        static Which lastOf(String subject) {
            return new Which("{\"last_by_subj\":" + quoted(subject) + "}");
        }
    }

    /** Asks any server for a message that does not change. */
    Pending get(Which which) {
        return traits.allowsDirect()
                ? api("DIRECT.GET." + stream, which.json())
                : api("STREAM.MSG.GET." + stream, which.json());
    }

    /** The body of that message; null if there is none. A server that does not have it yet is not believed. */
    byte @Nullable [] body(Pending answer, Which which) throws IOException {
        if (!traits.allowsDirect()) {
            Stored stored = stored(answer);
            return stored == null ? null : stored.body();
        }
        try {
            Message message = answer.message();
            if (!message.isStatusMessage()) {
                return message.getData();
            }
            if (message.getStatus().getCode() != NOT_FOUND) {
                throw new IOException("the answer was " + message.getStatus().getMessageWithCode());
            }
        } catch (RefusedException e) {
            if (e.errorCode() != RefusedException.NO_RESPONDERS) {
                throw e;
            }
        }
        Stored stored = stored(api("STREAM.MSG.GET." + stream, which.json()));
        return stored == null ? null : stored.body();
    }

    /** Has the server push the headers of all messages of a subject; the answer tells how many there are. */
    Pending consume(String subject, String inbox) {
        return api(
                "CONSUMER.CREATE." + stream,
                "{\"stream_name\":" + quoted(stream) + ",\"config\":{\"deliver_policy\":\"all\",\"ack_policy\":\"none\""
                        + ",\"replay_policy\":\"instant\",\"max_deliver\":1,\"headers_only\":true,\"mem_storage\":true"
                        + ",\"num_replicas\":1,\"deliver_subject\":" + quoted(inbox) + ",\"filter_subject\":"
                        + quoted(subject) + "}}");
    }

    /** Asks how many messages {@link #consume} gave, and how many it will give. */
    Pending consumer(String name) {
        return api("CONSUMER.INFO." + stream + "." + name, "");
    }

    /** Ends what {@link #consume} began; should this not arrive, the server does so by itself. */
    void endConsumer(String name) {
        api("CONSUMER.DELETE." + stream + "." + name, "");
    }

    /** All subjects that begin so and have messages. */
    Set<String> subjects(String prefix) throws IOException {
        Set<String> found = new LinkedHashSet<>();
        long offset = 0;
        while (true) {
            Map<String, @Nullable Object> page = api(
                            "STREAM.INFO." + stream,
                            "{\"subjects_filter\":" + quoted(prefix + ">") + ",\"offset\":" + offset + "}")
                    .json();
            List<String> subjectsOfPage = new ArrayList<>();
            if (page.get("state") instanceof Map<?, ?> state && state.get("subjects") instanceof Map<?, ?> map) {
                map.keySet().forEach(subject -> subjectsOfPage.add(String.valueOf(subject)));
            }
            found.addAll(subjectsOfPage);
            long end = offset + subjectsOfPage.size();
            long total = page.get("total") instanceof Long number ? number : end;
            if (subjectsOfPage.size() <= OVERLAP || end >= total) {
                return found;
            }
            offset = end - OVERLAP;
        }
    }

    private Pending api(String operation, String body) {
        return send("$JS.API." + operation, null, body.getBytes(UTF_8));
    }

    private Pending send(String subject, @Nullable Headers headers, byte[] body) {
        CompletableFuture<Message> future;
        try {
            future = connection.requestWithTimeout(subject, headers, body, FORGOTTEN);
            talk.watch(subject, future);
        } catch (IllegalStateException e) { // closed
            future = CompletableFuture.failedFuture(e);
        } catch (IllegalArgumentException e) { // larger than a message may be
            future = CompletableFuture.failedFuture(
                    new RefusedException(0, RefusedException.TOO_LARGE, String.valueOf(e.getMessage())));
        }
        return new Pending(future, timeout);
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder();
        JsonText.quote(json, text);
        return json.toString();
    }
}
