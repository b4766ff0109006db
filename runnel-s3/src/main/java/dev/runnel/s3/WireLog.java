package dev.runnel.s3;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;

/**
 * Tells of every request and every answer, for those who look for what a service understands differently. Secrets are
 * masked: signatures, session tokens, keys of server-side encryption. Thread-safe; parts of one exchange have the same
 * number.
 */
public final class WireLog {

    /** Tells nothing. */
    public static final WireLog NONE = new WireLog(Set.of(), entry -> {});

    private static final String MASK = "***";
    /** Its credential scope and signed headers are told, see {@link #masked}. */
    private static final String AUTHORIZATION = "authorization";

    private static final Set<String> SECRETS =
            Set.of("x-amz-security-token", "x-amz-server-side-encryption-customer-key");

    private final Set<Part> parts;
    private final Consumer<String> out;
    private final AtomicLong exchanges = new AtomicLong();

    private WireLog(Set<Part> parts, Consumer<String> out) {
        this.parts = parts;
        this.out = out;
    }

    /** What can be told, as {@code LITESTREAM_S3_DEBUG} names it. */
    enum Part {
        /** What is signed: canonical request and string to sign. */
        SIGNING("signing"),
        /** Method, URL and headers. */
        REQUEST("request"),
        /** The same, and what is sent. */
        REQUEST_WITH_BODY("request-with-body"),
        /** Status and headers. */
        RESPONSE("response"),
        /** The same, and what is received. */
        RESPONSE_WITH_BODY("response-with-body"),
        /** Attempts after the first. */
        RETRIES("retries");

        private final String word;

        Part(String word) {
            this.word = word;
        }
    }

    /**
     * A log of what {@code LITESTREAM_S3_DEBUG} asks for: {@code signing}, {@code request}, {@code request-with-body},
     * {@code response}, {@code response-with-body}, {@code retries}, or {@code all}, in any case, separated by commas. Words
     * that mean nothing are told to {@code out}.
     *
     * @param words the value of the variable; empty for {@link #NONE}
     * @param out takes each entry, of one or more lines, the last ended
     */
    public static WireLog of(String words, Consumer<String> out) {
        Set<Part> parts = EnumSet.noneOf(Part.class);
        List<String> unknown = new ArrayList<>();
        for (String raw : words.split(",", -1)) {
            String word = raw.strip().toLowerCase(Locale.ROOT);
            if (word.equals("all")) {
                parts.addAll(EnumSet.allOf(Part.class));
            } else if (!word.isEmpty() && !addNamed(word, parts)) {
                unknown.add(raw.strip());
            }
        }
        if (!unknown.isEmpty()) {
            out.accept("LITESTREAM_S3_DEBUG: unknown: " + String.join(", ", unknown) + "; there are "
                    + EnumSet.allOf(Part.class).stream().map(part -> part.word).collect(Collectors.joining(", "))
                    + ", all\n");
        }
        return parts.isEmpty() ? NONE : new WireLog(parts, out);
    }

    private static boolean addNamed(String word, Set<Part> parts) {
        for (Part part : Part.values()) {
            if (part.word.equals(word)) {
                return parts.add(part) || parts.contains(part);
            }
        }
        return false;
    }

    /** A client whose exchanges are told; the same one if nothing is. */
    SdkHttpClient around(SdkHttpClient client) {
        return parts.isEmpty() ? client : new WireLoggingClient(client, this);
    }

    boolean tells(Part part) {
        return parts.contains(part);
    }

    /** The number of a new exchange. */
    long next() {
        return exchanges.incrementAndGet();
    }

    void tell(long exchange, String what, String text) {
        out.accept("S3 " + what + " " + exchange + "\n" + text + (text.endsWith("\n") ? "" : "\n"));
    }

    /** The first line and the headers of a request. */
    static String head(SdkHttpRequest request) {
        String query = request.encodedQueryParameters().map(text -> "?" + text).orElse("");
        StringBuilder text = new StringBuilder()
                .append(request.method())
                .append(' ')
                .append(request.getUri().getScheme())
                .append("://")
                .append(request.getUri().getAuthority())
                .append(request.encodedPath())
                .append(query)
                .append('\n');
        append(text, request.headers());
        return text.toString();
    }

    /** The status and the headers of an answer. */
    static String head(SdkHttpResponse response) {
        StringBuilder text = new StringBuilder().append("status ").append(response.statusCode());
        response.statusText().ifPresent(words -> text.append(' ').append(words));
        append(text.append('\n'), response.headers());
        return text.toString();
    }

    private static void append(StringBuilder text, Map<String, List<String>> headers) {
        headers.forEach((name, values) -> values.forEach(value ->
                text.append(name).append(": ").append(masked(name, value)).append('\n')));
    }

    /** The value of a header without what is secret in it. */
    static String masked(String name, String value) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals(AUTHORIZATION)) {
            return value.replaceFirst("Signature=.*", "Signature=" + MASK);
        }
        return SECRETS.contains(lower) ? MASK : value;
    }
}
