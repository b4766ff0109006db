package dev.runnel.web.http;

import dev.runnel.json.JsonReader;
import dev.runnel.model.TimeSource;
import dev.runnel.storage.StorageException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Access tokens of OAuth 2.0, as RFC 6750 has them sent. A token is kept until five minutes before it expires.
 * Thread-safe; one thread at a time asks for a new one.
 */
public final class BearerTokens {

    /** Where tokens come from. */
    public interface Source {

        /**
         * The request whose answer is a token.
         *
         * @throws StorageException if it cannot be made
         */
        WebRequest request() throws StorageException;

        /** What to do when the identity service refuses, beginning with "; ". */
        String refusalRemedy();

        /** What to do when there is no identity service, beginning with "; ". */
        String absenceRemedy();
    }

    private static final Duration MARGIN = Duration.ofMinutes(5);

    private final Source source;
    private final WebClient client;
    private final TimeSource time;
    private @Nullable String token; // guarded by this
    private Instant usableUntil = Instant.MIN; // guarded by this

    public BearerTokens(Source source, WebClient client, TimeSource time) {
        this.source = source;
        this.client = client;
        this.time = time;
    }

    /**
     * The value of an {@code Authorization} header.
     *
     * @param failed what to say first when there is none
     */
    public synchronized String authorization(String failed) throws StorageException {
        String known = token;
        if (known == null || !time.now().isBefore(usableUntil)) {
            Instant asked = time.now();
            Map<String, ?> answer = ask(failed);
            if (!(answer.get("access_token") instanceof String fresh)) {
                throw new StorageException(failed + ": the identity service gave no access_token");
            }
            known = fresh;
            token = fresh;
            usableUntil = asked.plusSeconds(lifetime(answer, asked)).minus(MARGIN);
        }
        return "Bearer " + known;
    }

    /** Parameters of a query or a form, percent-encoded, in the order of the map. */
    public static String parameters(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(e -> e.getKey() + "=" + Percent.component(e.getValue()))
                .collect(Collectors.joining("&"));
    }

    /** Seconds; told as a number or as a text with one, from now or, by some services of Azure, since 1970. */
    private static long lifetime(Map<String, ?> answer, Instant now) {
        try {
            Object in = answer.get("expires_in");
            if (in != null) {
                return Long.parseLong(String.valueOf(in));
            }
            return Long.parseLong(String.valueOf(answer.get("expires_on"))) - now.getEpochSecond();
        } catch (NumberFormatException e) {
            return 0; // used once
        }
    }

    private Map<String, ?> ask(String failed) throws StorageException {
        WebRequest request;
        try {
            request = source.request();
        } catch (StorageException e) {
            throw new StorageException(failed + ": " + e.getMessage(), e);
        }
        URI uri = request.uri();
        String place = "the identity service at " + uri.getScheme() + "://" + uri.getAuthority();
        Errors errors = new Errors(place);
        try (WebResponse response = client.send(request)) {
            if (!response.isSuccess()) {
                throw errors.refused(failed + ": no token from " + place, response, WebErrors.Effect.NONE);
            }
            return JsonReader.object(response.text());
        } catch (WebException e) {
            StorageException mapped = errors.unanswered(failed, e, WebErrors.Effect.NONE);
            throw e.kind() == WebException.Kind.NOT_SENT
                    ? new StorageException(mapped.getMessage() + source.absenceRemedy(), e)
                    : mapped;
        } catch (IllegalArgumentException e) {
            throw new StorageException(failed + ": " + place + " answered with something else than JSON", e);
        }
    }

    /** Of an identity service: {@code error} and {@code error_description}, as RFC 6749 has it. */
    private final class Errors extends WebErrors {

        Errors(String place) {
            super(place, time);
        }

        @Override
        protected Reason reason(WebResponse response) {
            try {
                Map<String, ?> answer = JsonReader.object(response.text());
                Object code = answer.get("error");
                Object message = answer.get("error_description");
                return new Reason(
                        code instanceof String text ? brief(text) : "",
                        message instanceof String text ? brief(text) : "");
            } catch (IllegalArgumentException e) {
                return new Reason("", "");
            }
        }

        @Override
        protected String remedy(int status, Reason reason) {
            return source.refusalRemedy();
        }

        @Override
        protected boolean isAbsence(int status, Reason reason) {
            return false;
        }
    }
}
