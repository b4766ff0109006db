package dev.runnel.s3;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * An HTTP client that writes each exchange into the log of the calling thread: the synchronous client of the SDK sends
 * on the thread that called it. Also closes the connection of an exchange that broke, which the client for
 * HttpURLConnection leaves to the garbage collector.
 */
final class ObservedHttpClient implements SdkHttpClient {

    private final SdkHttpClient delegate;
    /** Set and removed within one call, so nothing of a closed client stays with a thread. */
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable AttemptLog> current = new ThreadLocal<>();

    ObservedHttpClient(SdkHttpClient delegate) {
        this.delegate = delegate;
    }

    /**
     * Logs exchanges of this thread until {@link #end}.
     *
     * @param body what they send; null if nothing
     */
    AttemptLog begin(@Nullable BodySource body) {
        AttemptLog log = new AttemptLog(body);
        current.set(log);
        return log;
    }

    void end() {
        current.remove();
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        return new ObservedCall(delegate.prepareRequest(request), this::observe);
    }

    @Override
    public String clientName() {
        return delegate.clientName();
    }

    @Override
    public void close() {
        delegate.close();
    }

    private HttpExecuteResponse observe(ExecutableHttpRequest prepared) throws IOException {
        AttemptLog log = current.get();
        boolean answered = false;
        try {
            HttpExecuteResponse response = prepared.call();
            answered = true;
            if (log != null) {
                log.answered(response.httpResponse().statusCode());
            }
            return response;
        } catch (IOException | RuntimeException e) {
            if (log != null) {
                log.broke(e);
            }
            throw e;
        } finally {
            if (!answered) {
                prepared.abort();
            }
        }
    }
}
