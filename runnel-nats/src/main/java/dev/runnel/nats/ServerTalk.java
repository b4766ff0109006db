package dev.runnel.nats;

import io.nats.client.Connection;
import io.nats.client.Consumer;
import io.nats.client.ErrorListener;
import io.nats.client.Message;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the server and the library tell beside answers. A request that the user may not make has no answer, but is told here
 * by its subject: it is ended. Thread-safe.
 */
final class ServerTalk implements ErrorListener {

    private static final int KEPT = 100;

    private static final Logger LOG = LoggerFactory.getLogger(ServerTalk.class);

    private final Queue<Request> waiting = new ConcurrentLinkedQueue<>();

    /** Refusals that came before their request was watched, or were of something else. */
    private final Queue<String> early = new ConcurrentLinkedQueue<>();

    private volatile @Nullable Exception lastException;

    private record Request(String subject, CompletableFuture<Message> future) {}

    /** Has a request ended when the server refuses its subject, or has done so already. */
    void watch(String subject, CompletableFuture<Message> future) {
        Request request = new Request(subject, future);
        waiting.add(request);
        var unused = future.whenComplete((message, failure) -> waiting.remove(request));
        for (String error : List.copyOf(early)) {
            if (error.contains(subject) && early.remove(error)) {
                refuse(future, error);
            }
        }
    }

    private static void refuse(CompletableFuture<Message> future, String error) {
        future.completeExceptionally(new RefusedException(0, RefusedException.NOT_PERMITTED, error));
    }

    /** What went wrong last, while a connection was made or used; null for nothing. */
    @Nullable
    Exception lastException() {
        return lastException;
    }

    @Override
    public void errorOccurred(Connection connection, String error) {
        LOG.debug("NATS server: {}", error);
        if (error.toLowerCase(Locale.ROOT).startsWith("permissions violation")) {
            early.add(error);
            for (Request request : List.copyOf(waiting)) {
                if (error.contains(request.subject) && early.remove(error)) {
                    refuse(request.future, error);
                }
            }
            while (early.size() > KEPT) {
                early.poll();
            }
        }
    }

    @Override
    public void exceptionOccurred(Connection connection, Exception exception) {
        LOG.debug("NATS connection: {}", exception.toString());
        lastException = exception;
    }

    @Override
    public void slowConsumerDetected(Connection connection, Consumer consumer) {
        LOG.debug("NATS connection: messages were dropped, since they came faster than they were read");
    }
}
