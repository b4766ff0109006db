package dev.runnel.cli.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * First line and header fields of a message, read strictly: what two readers could understand in two ways is refused.
 *
 * @param start the first line
 * @param fields values by lower-case name
 */
record HttpHead(String start, Map<String, String> fields) {

    private static final int MAX_BYTES = 16 * 1024;
    private static final String TOKEN = "!#$%&'*+-.^_`|~";

    HttpHead {
        fields = Map.copyOf(fields);
    }

    /** Reads up to and with the empty line; null if the stream ends before its first byte. */
    static @Nullable HttpHead read(InputStream in) throws IOException, HttpFailure {
        String start = line(in, MAX_BYTES);
        if (start == null) {
            return null;
        }
        int left = MAX_BYTES - start.length();
        Map<String, String> fields = new LinkedHashMap<>();
        while (true) {
            String line = line(in, left);
            if (line == null) {
                throw new EOFException("the message ends in its head");
            }
            if (line.isEmpty()) {
                return new HttpHead(start, fields);
            }
            left -= line.length();
            int colon = line.indexOf(':');
            if (colon <= 0 || !isToken(line.substring(0, colon))) {
                throw new HttpFailure(400, "invalid header field");
            }
            String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
            String value = line.substring(colon + 1).strip();
            String before = fields.putIfAbsent(name, value);
            if (before != null && (name.equals("content-length") || name.equals("transfer-encoding"))) {
                throw new HttpFailure(400, "header field given twice: " + name);
            }
        }
    }

    private static @Nullable String line(InputStream in, int limit) throws IOException, HttpFailure {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int c;
        while ((c = in.read()) != '\n') {
            if (c < 0) {
                if (line.size() == 0) {
                    return null;
                }
                throw new EOFException("the message ends in its head");
            }
            if (line.size() >= limit) {
                throw new HttpFailure(431, "request header fields too large");
            }
            if (c < ' ' && c != '\r' && c != '\t') {
                throw new HttpFailure(400, "control character in the head of the request");
            }
            line.write(c);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        String end = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
        if (end.indexOf('\r') >= 0) {
            throw new HttpFailure(400, "carriage return in the head of the request");
        }
        return end;
    }

    private static boolean isToken(String text) {
        return text.chars()
                .allMatch(c -> (c >= '0' && c <= '9')
                        || (c >= 'a' && c <= 'z')
                        || (c >= 'A' && c <= 'Z')
                        || TOKEN.indexOf(c) >= 0);
    }

    /** Length of the body as the head tells it; {@code absent} if it does not. */
    long contentLength(long absent) throws HttpFailure {
        String text = fields.get("content-length");
        if (text == null) {
            return absent;
        }
        if (!text.matches("[0-9]{1,18}")) {
            throw new HttpFailure(400, "invalid content-length");
        }
        return Long.parseLong(text);
    }
}
