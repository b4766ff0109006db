package dev.runnel.web.http;

import dev.runnel.model.TimeSource;
import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Turns answers, and what comes instead of them, into the vocabulary of the storage port, with a remedy. A service adds
 * its own codes. Thread-safe.
 */
public abstract class WebErrors {

    /** What a request does if the service carries it out although its answer is lost. */
    public enum Effect {
        /** Nothing, or nothing that a repetition would not do as well. */
        NONE,
        /** An object appears or is replaced. */
        WRITE
    }

    /**
     * Why a service refused, in its own words.
     *
     * @param code short and fixed; empty where there is none
     * @param message for people; empty where there is none
     */
    public record Reason(String code, String message) {}

    /** Services refuse signatures from 5 minutes of difference (Google) or 15 (Azure) on. */
    private static final Duration TOLERABLE_SKEW = Duration.ofMinutes(4);

    private static final String LOOK = "; whether it was written is not known: look at what is stored";

    private final String place;
    private final TimeSource time;

    /** @param place the service in messages, without secrets */
    protected WebErrors(String place, TimeSource time) {
        this.place = place;
        this.time = time;
    }

    /** The reason in an answer of failure. Reads its body. */
    protected abstract Reason reason(WebResponse response);

    /** What to do about it, beginning with "; ", or nothing. */
    protected abstract String remedy(int status, Reason reason);

    /** Whether the answer says that the object is not there, rather than the place it would be in. */
    protected abstract boolean isAbsence(int status, Reason reason);

    /** Whether the answer says that the condition did not hold. */
    protected boolean isPreconditionFailure(int status, Reason reason) {
        return status == 412;
    }

    /** Whether the same request may succeed later, and has done nothing now. */
    protected boolean isPassing(int status, Reason reason) {
        return status == 408 || status == 429 || status == 503;
    }

    /** Whether requests carry the time, so that a wrong clock of this machine is a reason to refuse them. */
    protected boolean judgesByClock() {
        return true;
    }

    /** The service in messages. */
    public final String place() {
        return place;
    }

    /** The exception for an answer of failure. Closes it. */
    public final StorageException refused(String failed, WebResponse response, Effect effect) {
        try (response) {
            int status = response.status();
            Reason reason = reason(response);
            String text = failed + ": " + told(status, reason);
            if (isPreconditionFailure(status, reason)) {
                return new PreconditionFailedException(text);
            }
            if (isAbsence(status, reason)) {
                return new ObjectNotFoundException(text);
            }
            if (isPassing(status, reason)) {
                return new TransientStorageException(text + remedy(status, reason));
            }
            if (status >= 500 && status != 501 && status != 505 && status != 507) {
                return effect == Effect.WRITE
                        ? new IndeterminateWriteException(text + remedy(status, reason) + LOOK)
                        : new TransientStorageException(text + remedy(status, reason));
            }
            String skew = judgesByClock() && (status == 401 || status == 403) ? skew(response) : "";
            return new StorageException(text + (skew.isEmpty() ? remedy(status, reason) : skew));
        }
    }

    /** The exception for a request without an answer. */
    public final StorageException unanswered(String failed, WebException e, Effect effect) {
        String text = failed + ": " + place + ": " + e.getMessage();
        return switch (e.kind()) {
            case NOT_SENT -> new TransientStorageException(text, e);
            case NOT_TRUSTED ->
                new StorageException(
                        failed + ": the certificate of " + place + " is not trusted (" + e.getMessage()
                                + "); add its issuer to the trust store of Java (javax.net.ssl.trustStore)",
                        e);
            case BODY_FAILED -> new StorageException(failed + ": " + e.getMessage(), e);
            case MAYBE_SENT, INTERRUPTED ->
                effect == Effect.WRITE
                        ? new IndeterminateWriteException(text + LOOK, e)
                        : new TransientStorageException(text, e);
        };
    }

    private static String told(int status, Reason reason) {
        StringBuilder text = new StringBuilder("status ").append(status);
        if (!reason.code().isEmpty()) {
            text.append(' ').append(reason.code());
        }
        if (!reason.message().isEmpty()) {
            text.append(" (").append(reason.message()).append(')');
        }
        return text.toString();
    }

    private String skew(WebResponse response) {
        Instant theirs = response.date("Date");
        Duration skew = theirs == null ? Duration.ZERO : Duration.between(theirs, time.now());
        return skew.abs().compareTo(TOLERABLE_SKEW) < 0
                ? ""
                : "; the clock of this machine is " + skew.abs().toMinutes() + " minutes "
                        + (skew.isNegative() ? "behind" : "before") + " that of the service: set the clock (NTP)";
    }

    /** The first line of a text, cut to what fits into a message; for {@link Reason#message}. */
    protected static String brief(@Nullable String text) {
        String line = text == null ? "" : text.strip().lines().findFirst().orElse("");
        return line.length() > 200 ? line.substring(0, 200) + "..." : line;
    }
}
