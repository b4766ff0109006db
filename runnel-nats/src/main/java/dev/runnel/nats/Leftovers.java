package dev.runnel.nats;

import dev.runnel.model.TimeSource;
import io.nats.client.Message;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes chunks that belong to no object: those of uploads that failed, and of objects that were replaced or deleted. Nobody
 * waits for that. What cannot be removed at once is tried again; what a crash left behind, of anybody, is found by looking
 * once a day for chunks that are a day old and have no entry. Thread-safe.
 */
final class Leftovers {

    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

    /** An upload of another client may have no entry yet. */
    private static final Duration AGE = Duration.ofDays(1);

    private static final Duration INTERVAL = Duration.ofDays(1);

    /** More than that are left to the daily look. */
    private static final int REMEMBERED = 1000;

    private final TimeSource time;

    /** By upload: the connection by which chunks of it may still come; none where all that will come are there. */
    private final Map<String, Optional<Bucket>> known = new ConcurrentHashMap<>();

    private @Nullable Long lookedAt;

    Leftovers(TimeSource time) {
        this.time = time;
    }

    /**
     * Removes the chunks of an upload that failed.
     *
     * @param sent those on their way, which must not come after their removal
     */
    void discard(Bucket bucket, String nuid, Collection<Pending> sent) {
        remember(nuid, Optional.of(bucket));
        CompletableFuture<?>[] all = sent.stream().map(Pending::future).toArray(CompletableFuture<?>[]::new);
        var unused = CompletableFuture.allOf(all).whenComplete((done, failure) -> discard(bucket, nuid));
    }

    /** Removes the chunks of an object that is no more. */
    void discard(Bucket bucket, String nuid) {
        remember(nuid, Optional.empty());
        purge(bucket, nuid);
    }

    /**
     * Tries again what could not be removed. Not yet what is on its way by this connection: that would come after its removal,
     * which was then taken for done. By a connection that was lost, nothing comes any more; what waited for an answer there
     * may never be told so.
     */
    void retry(Bucket bucket) {
        known.forEach((nuid, way) -> {
            if (way.isEmpty() || way.get() != bucket) {
                purge(bucket, nuid);
            }
        });
    }

    private void remember(String nuid, Optional<Bucket> way) {
        if (known.size() < REMEMBERED || known.containsKey(nuid)) {
            known.put(nuid, way);
        }
    }

    private void purge(Bucket bucket, String nuid) {
        var unused = bucket.purge(bucket.chunkSubject(nuid)).future().thenAccept(answer -> forget(nuid, answer));
    }

    private void forget(String nuid, Message answer) {
        try {
            Pending.json(answer);
            known.remove(nuid);
        } catch (IOException e) {
            LOG.debug("chunks {} stay: {}", nuid, e.getMessage());
        }
    }

    /** Looks for what others left behind, if nobody did for a day. Failing is no harm: another look comes. */
    void lookOnceADay(Bucket bucket) {
        if (!isDue()) {
            return;
        }
        try {
            look(bucket);
        } catch (IOException e) {
            LOG.debug("no look for leftovers: {}", e.getMessage());
        }
    }

    private synchronized boolean isDue() {
        long now = time.nanoTime();
        Long last = lookedAt;
        boolean due = last == null || now - last >= INTERVAL.toNanos();
        lookedAt = due ? Long.valueOf(now) : last;
        return due;
    }

    private void look(Bucket bucket) throws IOException {
        // Chunks first: what gets its entry meanwhile is then seen to have one.
        Set<String> ownerless = new HashSet<>(bucket.subjects(bucket.chunkPrefix()));
        List<String> infoSubjects = new ArrayList<>(bucket.subjects(bucket.infoPrefix()));
        for (int from = 0; from < infoSubjects.size(); from += ObjectInfos.AT_ONCE) {
            int to = Math.min(from + ObjectInfos.AT_ONCE, infoSubjects.size());
            for (ObjectInfo info : ObjectInfos.last(bucket, infoSubjects.subList(from, to))) {
                if (info != null && info.there()) {
                    ownerless.remove(bucket.chunkSubject(info.nuid()));
                }
            }
        }
        Instant young = time.now().minus(AGE);
        for (String subject : ownerless) {
            Bucket.Stored last = Bucket.stored(bucket.last(subject));
            if (last != null && last.time().isBefore(young)) {
                bucket.purge(subject).json();
                LOG.debug("removed chunks of {} that belong to no object", last.time());
            }
        }
    }
}
