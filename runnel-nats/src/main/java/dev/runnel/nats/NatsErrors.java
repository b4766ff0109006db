package dev.runnel.nats;

import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Turns what went wrong into the vocabulary of the storage port, with a remedy. */
final class NatsErrors {

    private static final int UNAVAILABLE = 503;

    private NatsErrors() {}

    /** @param failed what did not work, e.g. "cannot read object x in nats://host/bucket" */
    static StorageException map(String failed, IOException cause) {
        if (cause instanceof StorageException e) {
            return e;
        }
        if (cause instanceof NoAnswerException) {
            return new TransientStorageException(failed + ": " + cause.getMessage(), cause);
        }
        if (cause instanceof RefusedException refused) {
            return refused(failed, refused);
        }
        return new StorageException(failed + ": " + cause.getMessage(), cause);
    }

    /** As {@link #map}, for the request that makes a write visible. */
    static StorageException mapWrite(String failed, IOException cause) {
        return cause instanceof NoAnswerException
                ? new IndeterminateWriteException(failed + ": " + cause.getMessage(), cause)
                : map(failed, cause);
    }

    /** The same with what did not work in front. */
    static StorageException prefixed(String failed, StorageException cause) {
        String message = failed + ": " + cause.getMessage();
        return cause instanceof TransientStorageException
                ? new TransientStorageException(message, cause)
                : new StorageException(message, cause);
    }

    /** As {@link #map}, for the first request of a connection: where nobody answers, JetStream is off. */
    static StorageException mapOpening(String failed, IOException cause) {
        return cause instanceof RefusedException refused && refused.errorCode() == RefusedException.NO_RESPONDERS
                ? new StorageException(told(failed, refused), cause)
                : map(failed, cause);
    }

    /** A bucket that was open and does not answer may be without a leader while its servers choose one. */
    private static StorageException refused(String failed, RefusedException e) {
        boolean passes = e.errorCode() == RefusedException.NO_RESPONDERS
                || (e.code() == UNAVAILABLE && remedy(e.errorCode()) == null);
        return passes ? new TransientStorageException(told(failed, e), e) : new StorageException(told(failed, e), e);
    }

    private static String told(String failed, RefusedException e) {
        String remedy = remedy(e.errorCode());
        return failed + ": " + e.getMessage() + (remedy == null ? "" : "; " + remedy);
    }

    /** By the codes of the server's {@code errors.json}; null where there is none. */
    private static @Nullable String remedy(int errorCode) {
        return switch (errorCode) {
            case RefusedException.NO_RESPONDERS ->
                "is JetStream on (`jetstream {}` in the server's configuration, or nats-server -js), and is the bucket"
                        + " still there?";
            case RefusedException.NOT_PERMITTED ->
                "the user must be allowed to publish to `$JS.API.>` and `$O.<bucket>.>`, and to subscribe to `_INBOX.>`";
            case RefusedException.TOO_LARGE, 10054 ->
                "raise `max_payload` of the server, or the largest message that the bucket's stream takes";
            case 10059 -> "make the bucket first (`nats object add`), in the account of this user";
            case 10039, 10076 -> "turn JetStream on for the server and for the account of this user";
            case 10002, 10023, 10028, 10047 ->
                "the account or the server has no more room: raise its limits for JetStream";
            case 10077 ->
                "the bucket is full or its disk is: raise `max_bytes` of the bucket, or make room; shorter `retention`"
                        + " helps, too";
            case 10109 -> "the bucket is sealed, which cannot be undone; use another one";
            case 10110 -> "the bucket must allow messages to be purged";
            default -> null;
        };
    }
}
