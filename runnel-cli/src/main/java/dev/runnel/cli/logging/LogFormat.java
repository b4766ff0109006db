package dev.runnel.cli.logging;

import dev.runnel.json.JsonText;
import java.time.format.DateTimeFormatter;
import org.slf4j.event.KeyValuePair;

/** Writes a line as {@code log/slog} of Go does, in text or in JSON. */
final class LogFormat {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX");

    private LogFormat() {}

    /** {@code time=… level=INFO msg=… key=value}, with a final line feed. */
    static String text(LogLine line) {
        StringBuilder out = new StringBuilder(160);
        out.append("time=").append(TIME.format(line.time()));
        out.append(" level=").append(line.level());
        appendText(out.append(" msg="), line.message());
        for (KeyValuePair attribute : line.attributes()) {
            appendText(out.append(' '), attribute.key);
            appendText(out.append('='), String.valueOf(attribute.value));
        }
        return out.append('\n').toString();
    }

    /** The same as one JSON object; numbers and booleans stay what they are. */
    static String json(LogLine line) {
        StringBuilder out = new StringBuilder(200);
        JsonText.quote(out.append("{\"time\":"), TIME.format(line.time()));
        JsonText.quote(out.append(",\"level\":"), line.level().toString());
        JsonText.quote(out.append(",\"msg\":"), line.message());
        for (KeyValuePair attribute : line.attributes()) {
            JsonText.quote(out.append(','), attribute.key);
            out.append(':');
            Object value = attribute.value;
            if (value == null || value instanceof Boolean || value instanceof Integer || value instanceof Long) {
                out.append(value);
            } else {
                JsonText.quote(out, value.toString());
            }
        }
        return out.append("}\n").toString();
    }

    private static void appendText(StringBuilder out, String text) {
        if (needsQuotes(text)) {
            JsonText.quote(out, text);
        } else {
            out.append(text);
        }
    }

    private static boolean needsQuotes(String text) {
        return text.isEmpty()
                || text.codePoints()
                        .anyMatch(c -> c <= ' '
                                || c == '='
                                || c == '"'
                                || c == 0x7f
                                || Character.isWhitespace(c)
                                || Character.isSpaceChar(c)
                                || !Character.isDefined(c)
                                || Character.isISOControl(c));
    }
}
