package dev.runnel.nats;

import io.nats.client.Message;
import io.nats.client.Subscription;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds chunks, and remembers where those of some objects are. Thread-safe. */
final class ChunkMaps {

    private static final int REMEMBERED = 16;

    /** Whether a message that does not come by then is there at all is asked. */
    private static final Duration SOON = Duration.ofMillis(200);

    private final Map<String, ChunkMap> known = new LinkedHashMap<>(16, 0.75f, true) { // guarded by this
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, ChunkMap> eldest) {
                    return size() > REMEMBERED;
                }
            };

    /**
     * The pieces that make up a range of an object, which lies within it.
     *
     * @throws ChunksGoneException if there are other chunks than the object should have
     */
    List<ChunkMap.Piece> pieces(Bucket bucket, ObjectInfo info, long offset, long length) throws IOException {
        if (length == 0) {
            return List.of();
        }
        if (info.chunks() == 1 && info.size() <= Integer.MAX_VALUE) {
            return List.of(new ChunkMap.Piece(
                    Bucket.Which.lastOf(bucket.chunkSubject(info.nuid())), (int) info.size(), (int) offset, (int)
                            length));
        }
        ChunkMap map = recall(info.nuid());
        if (map == null) {
            map = look(bucket, info);
            remember(info.nuid(), map);
        }
        return map.pieces(offset, length);
    }

    synchronized void forget(ObjectInfo info) {
        known.remove(info.nuid());
    }

    private synchronized @Nullable ChunkMap recall(String nuid) {
        return known.get(nuid);
    }

    private synchronized void remember(String nuid, ChunkMap map) {
        known.put(nuid, map);
    }

    private static ChunkMap look(Bucket bucket, ObjectInfo info) throws IOException {
        int count = (int) Math.min(info.chunks(), Integer.MAX_VALUE - 8);
        long[] sequences = new long[count];
        long[] ends = new long[count];
        long found;
        try (Scan scan = new Scan(bucket, bucket.chunkSubject(info.nuid()))) {
            found = scan.length();
            for (int i = 0; i < count && found == count; i++) {
                Message chunk = scan.next();
                sequences[i] = chunk.metaData().streamSequence();
                ends[i] = (i == 0 ? 0 : ends[i - 1]) + size(chunk);
            }
        }
        ChunkMap map = new ChunkMap(sequences, ends);
        if (found != count || map.size() != info.size()) {
            throw new ChunksGoneException(
                    "there are " + found + " of its " + info.chunks() + " chunks, or of other sizes");
        }
        return map;
    }

    private static long size(Message chunk) throws IOException {
        String size = chunk.getHeaders() == null ? null : chunk.getHeaders().getFirst("Nats-Msg-Size");
        if (size == null) {
            throw new IOException("the server does not tell the sizes of messages; update it");
        }
        return Long.parseLong(size);
    }

    /** A consumer of the headers of the messages of one subject, which the server pushes one after the other. */
    private static final class Scan implements AutoCloseable {

        private final Bucket bucket;
        private final Subscription subscription;
        private final String consumer;
        private final long length;
        private long given;

        Scan(Bucket bucket, String subject) throws IOException {
            this.bucket = bucket;
            String inbox = bucket.connection().createInbox();
            this.subscription = bucket.connection().subscribe(inbox);
            boolean made = false;
            try {
                Map<String, @Nullable Object> info =
                        bucket.consume(subject, inbox).json();
                this.length = length(info);
                this.consumer = String.valueOf(info.get("name"));
                made = true;
            } finally {
                if (!made) {
                    subscription.unsubscribe();
                }
            }
        }

        /** How many messages there were, those to come included. */
        private static long length(Map<String, @Nullable Object> info) {
            long delivered =
                    info.get("delivered") instanceof Map<?, ?> map && map.get("consumer_seq") instanceof Long sequence
                            ? sequence
                            : 0;
            return delivered + (info.get("num_pending") instanceof Long pending ? pending : 0);
        }

        /** How many messages there are. */
        long length() {
            return length;
        }

        /**
         * The next.
         *
         * @throws ChunksGoneException if it was removed since the scan began
         */
        Message next() throws IOException {
            given++;
            try {
                Message message = subscription.nextMessage(SOON);
                for (long waited = 0; message == null; waited += SOON.toMillis()) {
                    if (length(bucket.consumer(consumer).json()) < length) {
                        throw new ChunksGoneException("chunks were removed meanwhile");
                    }
                    if (waited > bucket.timeout().toMillis()) {
                        throw new NoAnswerException("messages do not come", null);
                    }
                    message = subscription.nextMessage(SOON);
                }
                if (message.isStatusMessage() || message.metaData().consumerSequence() != given) {
                    throw new NoAnswerException("messages were lost on the way", null);
                }
                return message;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new NoAnswerException("interrupted", e);
            } catch (IllegalStateException e) {
                throw new NoAnswerException("the connection was lost", e);
            }
        }

        @Override
        public void close() {
            if (bucket.isConnected()) {
                subscription.unsubscribe();
                bucket.endConsumer(consumer);
            }
        }
    }
}
