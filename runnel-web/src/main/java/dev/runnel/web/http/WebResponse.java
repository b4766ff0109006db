package dev.runnel.web.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An answer: its head is here, its body may still be coming. Confined to one thread; close it. */
public final class WebResponse implements Closeable {

    /** What is read of a body that explains a failure. */
    private static final int TEXT_BYTES = 64 * 1024;

    private final int status;
    private final HttpHeaders headers;
    private final ResponseBody body;

    WebResponse(HttpResponse<ResponseBody> response) {
        this.status = response.statusCode();
        this.headers = response.headers();
        this.body = response.body();
    }

    /** Of HTTP. */
    public int status() {
        return status;
    }

    /** Whether the status is one of success, 200 to 299. */
    public boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /** The first header of that name, in any case; null if there is none. */
    public @Nullable String header(String name) {
        return headers.firstValue(name).orElse(null);
    }

    /** {@code Content-Length}; -1 if it is not told. */
    public long length() {
        return headers.firstValueAsLong("Content-Length").orElse(-1);
    }

    /**
     * Base64 of the MD5 of the body, if the service told it: for this body, or (Google) for the whole object, where the
     * body is that.
     */
    @Nullable
    String md5() {
        String own = header("Content-MD5");
        String range = header("Content-Range");
        if (own != null || (range != null && !range.equals("bytes 0-" + (length() - 1) + "/" + length()))) {
            return own;
        }
        return headers.allValues("x-goog-hash").stream()
                .flatMap(value -> Stream.of(value.split(",")))
                .map(String::strip)
                .filter(value -> value.startsWith("md5="))
                .map(value -> value.substring("md5=".length()))
                .findFirst()
                .orElse(null);
    }

    /** A header with a date as HTTP writes it; null if there is none that can be read. */
    public @Nullable Instant date(String name) {
        String text = header(name);
        try {
            return text == null
                    ? null
                    : OffsetDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** The body; closing it closes the answer. Its failures are plain {@link IOException}s. */
    public InputStream body() {
        return body;
    }

    /** The start of the body as text; empty if it cannot be read. */
    public String text() {
        try {
            return new String(body.readNBytes(TEXT_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /** Drops a long rest of the body, and the connection with it. */
    public void abort() {
        body.abort();
    }

    /** Reads a short rest of the body, so that the connection can be used again; drops a long one. */
    @Override
    public void close() {
        body.close();
    }
}
