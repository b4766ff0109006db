package dev.runnel.cli.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the request of a connection. */
final class RequestReader {

    private static final int MAX_BODY = 64 * 1024;
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private RequestReader() {}

    /** Reads one request; null if the client closed without sending one. */
    static @Nullable Request read(InputStream in, OutputStream out) throws IOException, HttpFailure {
        HttpHead head = HttpHead.read(in);
        if (head == null) {
            return null;
        }
        String[] words = head.start().split(" ", -1);
        if (words.length != 3 || words[0].isEmpty() || !words[2].matches("HTTP/1\\.[01]")) {
            throw new HttpFailure(400, "not an HTTP/1.1 request");
        }
        byte[] body = body(head, in, out);
        String target = words[1];
        if (target.startsWith("http://")) {
            int slash = target.indexOf('/', "http://".length());
            target = slash < 0 ? "/" : target.substring(slash);
        }
        if (!target.startsWith("/")) {
            throw new HttpFailure(400, "invalid request target");
        }
        int mark = target.indexOf('?');
        String path = decode(mark < 0 ? target : target.substring(0, mark), true);
        return new Request(words[0], path, query(mark < 0 ? "" : target.substring(mark + 1)), body);
    }

    private static byte[] body(HttpHead head, InputStream in, OutputStream out) throws IOException, HttpFailure {
        if (head.fields().containsKey("transfer-encoding")) {
            throw new HttpFailure(411, "send a content-length, not a transfer-encoding");
        }
        long length = head.contentLength(0);
        if (length > MAX_BODY) {
            throw new HttpFailure(413, "request body too large");
        }
        if (length > 0 && "100-continue".equalsIgnoreCase(head.fields().get("expect"))) {
            out.write(CONTINUE);
            out.flush();
        }
        byte[] body = in.readNBytes((int) length);
        if (body.length < length) {
            throw new EOFException("the request ends in its body");
        }
        return body;
    }

    private static Map<String, String> query(String text) throws HttpFailure {
        Map<String, String> query = new LinkedHashMap<>();
        for (String pair : text.split("&")) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String name = decode(equals < 0 ? pair : pair.substring(0, equals), false);
                query.putIfAbsent(name, equals < 0 ? "" : decode(pair.substring(equals + 1), false));
            }
        }
        return query;
    }

    private static String decode(String text, boolean path) throws HttpFailure {
        try {
            return URLDecoder.decode(path ? text.replace("+", "%2B") : text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new HttpFailure(400, "invalid escape in the request target");
        }
    }
}
