package dev.runnel.s3;

import dev.runnel.s3.WireLog.Part;
import dev.runnel.storage.SingleByte;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpRequest;

/** An HTTP client that tells a {@link WireLog} of each exchange. */
final class WireLoggingClient implements SdkHttpClient {

    /** Of a longer body, the rest is counted only. */
    private static final int SHOWN_BYTES = 8 * 1024;

    private final SdkHttpClient delegate;
    private final WireLog log;

    WireLoggingClient(SdkHttpClient delegate, WireLog log) {
        this.delegate = delegate;
        this.log = log;
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        long exchange = log.next();
        return new ObservedCall(delegate.prepareRequest(withBodyTold(request, exchange)), prepared -> {
            request(exchange, request.httpRequest());
            try {
                return answer(exchange, prepared.call());
            } catch (IOException | RuntimeException e) {
                if (log.tells(Part.RESPONSE) || log.tells(Part.RESPONSE_WITH_BODY)) {
                    log.tell(exchange, "no response", e.toString());
                }
                throw e;
            }
        });
    }

    @Override
    public String clientName() {
        return delegate.clientName();
    }

    @Override
    public void close() {
        delegate.close();
    }

    private void request(long exchange, SdkHttpRequest request) {
        // The SDK counts attempts in this header, such as "attempt=2; max=3".
        String attempt = request.firstMatchingHeader("amz-sdk-request").orElse("attempt=1");
        if (log.tells(Part.RETRIES) && !attempt.startsWith("attempt=1")) {
            log.tell(exchange, "retry", request.method() + " " + request.encodedPath() + ": " + attempt);
        }
        SignedRequest signed = log.tells(Part.SIGNING) ? SignedRequest.of(request) : null;
        if (signed != null) {
            log.tell(
                    exchange,
                    "signature of request",
                    "---[ CANONICAL STRING ]---\n" + signed.canonical() + "\n---[ STRING TO SIGN ]---\n"
                            + signed.toSign());
        }
        if (log.tells(Part.REQUEST) || log.tells(Part.REQUEST_WITH_BODY)) {
            log.tell(exchange, "request", WireLog.head(request));
        }
    }

    private HttpExecuteRequest withBodyTold(HttpExecuteRequest request, long exchange) {
        ContentStreamProvider body = request.contentStreamProvider().orElse(null);
        if (body == null || !log.tells(Part.REQUEST_WITH_BODY)) {
            return request;
        }
        ContentStreamProvider told =
                () -> new Told(body.newStream(), text -> log.tell(exchange, "body of request", text));
        return HttpExecuteRequest.builder()
                .request(request.httpRequest())
                .contentStreamProvider(told)
                .metricCollector(request.metricCollector().orElse(null))
                .build();
    }

    private HttpExecuteResponse answer(long exchange, HttpExecuteResponse response) {
        boolean withBody = log.tells(Part.RESPONSE_WITH_BODY);
        if (withBody || log.tells(Part.RESPONSE)) {
            log.tell(exchange, "response", WireLog.head(response.httpResponse()));
        }
        AbortableInputStream body = response.responseBody().orElse(null);
        if (body == null || !withBody) {
            return response;
        }
        InputStream told = new Told(body, text -> log.tell(exchange, "body of response", text));
        return HttpExecuteResponse.builder()
                .response(response.httpResponse())
                .responseBody(AbortableInputStream.create(told, body))
                .build();
    }

    /** A stream that tells what was read from it, once, when it ends or is closed. */
    private static final class Told extends FilterInputStream {

        private final Consumer<String> listener;
        private final ByteArrayOutputStream first = new ByteArrayOutputStream();
        private long length;
        private boolean told;

        Told(InputStream in, Consumer<String> listener) {
            super(in);
            this.listener = listener;
        }

        @Override
        public int read() throws IOException {
            return SingleByte.of(this);
        }

        @Override
        public int read(byte[] target, int offset, int count) throws IOException {
            int read = in.read(target, offset, count);
            if (read > 0) {
                first.write(target, offset, Math.min(read, SHOWN_BYTES - first.size()));
                length += read;
            } else if (read < 0) {
                tell();
            }
            return read;
        }

        @Override
        public long skip(long count) {
            return 0; // callers then read
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        @Override
        public void close() throws IOException {
            tell();
            in.close();
        }

        private void tell() {
            if (told || length == 0) {
                return;
            }
            told = true;
            String rest =
                    length > first.size() ? "\n(" + length + " bytes, the first " + first.size() + " are shown)" : "";
            try {
                String text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(first.toByteArray()))
                        .toString();
                boolean legible = text.chars().noneMatch(c -> c < ' ' && c != '\n' && c != '\r' && c != '\t');
                listener.accept(legible ? text + rest : "(" + length + " bytes, not text)");
            } catch (CharacterCodingException e) {
                listener.accept("(" + length + " bytes, not text)");
            }
        }
    }
}
