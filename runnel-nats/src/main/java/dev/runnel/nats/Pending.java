package dev.runnel.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.runnel.json.JsonReader;
import io.nats.client.JetStreamStatusException;
import io.nats.client.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** An answer that is awaited. */
final class Pending {

    private static final int NO_RESPONDERS_STATUS = 503;

    private final CompletableFuture<Message> future;
    private final Duration timeout;

    Pending(CompletableFuture<Message> future, Duration timeout) {
        this.future = future;
        this.timeout = timeout;
    }

    /** Completes when the answer is there, or it is known that none will come. */
    CompletableFuture<Message> future() {
        return future;
    }

    /**
     * Waits for the answer, up to the timeout from now on.
     *
     * @throws NoAnswerException if none comes, or the thread is interrupted, whose flag is then set
     * @throws RefusedException if nobody was there to answer
     */
    Message message() throws IOException {
        try {
            return future.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NoAnswerException("interrupted", e);
        } catch (TimeoutException e) {
            future.cancel(true);
            throw new NoAnswerException("no answer within " + timeout.toMillis() + " ms", e);
        } catch (CancellationException e) {
            throw new NoAnswerException("the connection was lost", e);
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        }
    }

    /**
     * The answer of JetStream.
     *
     * @throws RefusedException if it is an error
     */
    Map<String, @Nullable Object> json() throws IOException {
        return json(message());
    }

    static Map<String, @Nullable Object> json(Message message) throws IOException {
        Map<String, @Nullable Object> answer;
        try {
            answer = JsonReader.object(new String(message.getData(), UTF_8));
        } catch (IllegalArgumentException e) {
            throw new NoAnswerException("the answer is not one of JetStream: " + e.getMessage(), e);
        }
        if (answer.get("error") instanceof Map<?, ?> error) {
            throw new RefusedException(
                    number(error.get("code")), number(error.get("err_code")), String.valueOf(error.get("description")));
        }
        return answer;
    }

    private static int number(@Nullable Object value) {
        return value instanceof Number number ? number.intValue() : 0;
    }

    private static IOException failure(@Nullable Throwable cause) {
        if (cause instanceof JetStreamStatusException status
                && status.getStatus().getCode() == NO_RESPONDERS_STATUS) {
            return new RefusedException(NO_RESPONDERS_STATUS, RefusedException.NO_RESPONDERS, "nobody answers");
        }
        if (cause instanceof RefusedException refused) {
            return new RefusedException(refused.code(), refused.errorCode(), String.valueOf(refused.getMessage()));
        }
        return new NoAnswerException("the connection was lost", cause);
    }
}
