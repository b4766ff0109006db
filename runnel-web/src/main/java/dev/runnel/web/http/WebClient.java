package dev.runnel.web.http;

import dev.runnel.storage.BodySlice;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.time.Duration;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests, HTTP/1.1, over connections that are kept. Follows no redirection, and sends nothing twice; only the JDK
 * repeats a GET or HEAD whose kept connection turns out to be closed. Thread-safe.
 *
 * <p>There is nothing to close: its thread ends when it is no longer used.
 */
public final class WebClient {

    /**
     * How long to wait.
     *
     * @param connect for a connection
     * @param answer for the head of an answer, beside the time that the body of the request takes, and for each piece of
     *     its body
     */
    public record Patience(Duration connect, Duration answer) {

        /** 10 s to connect, 60 s for an answer. */
        public static final Patience DEFAULT = new Patience(Duration.ofSeconds(10), Duration.ofSeconds(60));
    }

    /** The slowest line on which a body still arrives in time. */
    private static final long SLOWEST_BYTES_PER_SECOND = 64 * 1024;

    private final HttpClient http;
    private final Patience patience;

    /** Takes the proxy that the JVM was told of ({@code https.proxyHost}). */
    public WebClient(Patience patience) {
        this.patience = patience;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(patience.connect())
                .build();
    }

    /**
     * Sends a request and waits for the head of the answer, whatever its status.
     *
     * @throws WebException if there is none
     */
    public WebResponse send(WebRequest request) throws WebException {
        BodySlice body = request.body();
        try {
            return new WebResponse(http.send(build(request), head -> new ResponseBody(patience.answer())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WebException(WebException.Kind.INTERRUPTED, "interrupted", e);
        } catch (IOException | UncheckedIOException e) {
            throw failure(request, e);
        } finally {
            if (body != null) {
                body.close();
            }
        }
    }

    private HttpRequest build(WebRequest request) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(request.uri())
                .timeout(untilAnswer(request))
                .method(request.method(), publisher(request.body()));
        request.headers().forEach(builder::setHeader);
        return builder.build();
    }

    private Duration untilAnswer(WebRequest request) {
        return patience.answer().plusSeconds(request.length() / SLOWEST_BYTES_PER_SECOND);
    }

    /** Connecting takes the time for the answer, too. */
    private Duration untilConnection(WebRequest request) {
        Duration answer = untilAnswer(request);
        return answer.compareTo(patience.connect()) < 0 ? answer : patience.connect();
    }

    private static HttpRequest.BodyPublisher publisher(@Nullable BodySlice body) {
        if (body == null) {
            return HttpRequest.BodyPublishers.noBody();
        }
        if (body.length() == 0) {
            open(body); // finds out whether it is empty indeed
            return HttpRequest.BodyPublishers.noBody();
        }
        return HttpRequest.BodyPublishers.fromPublisher(
                HttpRequest.BodyPublishers.ofInputStream(() -> open(body)), body.length());
    }

    private static InputStream open(BodySlice body) {
        try {
            return body.newStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private WebException failure(WebRequest request, Exception e) {
        BodySlice body = request.body();
        IOException cause = body == null ? null : body.failure();
        if (cause != null) {
            return new WebException(
                    WebException.Kind.BODY_FAILED, "its body cannot be read: " + cause.getMessage(), cause);
        }
        String host = request.uri().getHost();
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof UnresolvedAddressException || t instanceof UnknownHostException) {
                return new WebException(WebException.Kind.NOT_SENT, "no address found for host " + host, e);
            }
            if (t instanceof CertificateException) {
                return new WebException(WebException.Kind.NOT_TRUSTED, String.valueOf(t.getMessage()), e);
            }
        }
        if (e instanceof SSLHandshakeException) {
            return new WebException(WebException.Kind.NOT_SENT, "no secure connection: " + e.getMessage(), e);
        }
        if (e instanceof HttpConnectTimeoutException) {
            return new WebException(
                    WebException.Kind.NOT_SENT,
                    "no connection within " + untilConnection(request).toSeconds() + " s; is the address right?",
                    e);
        }
        if (e instanceof ConnectException) {
            return new WebException(WebException.Kind.NOT_SENT, "no connection; is it running?", e);
        }
        if (e instanceof HttpTimeoutException) {
            return new WebException(
                    WebException.Kind.MAYBE_SENT,
                    "no answer within " + untilAnswer(request).toSeconds() + " s",
                    e);
        }
        return new WebException(WebException.Kind.MAYBE_SENT, "the connection broke: " + e.getMessage(), e);
    }
}
