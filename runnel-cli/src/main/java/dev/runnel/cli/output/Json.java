package dev.runnel.cli.output;

import dev.runnel.json.JsonText;
import java.io.PrintStream;
import java.time.Instant;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON. Values are maps with string keys (a {@link java.util.LinkedHashMap} keeps their order), collections,
 * strings, whole numbers, booleans, instants (as {@link Rfc3339}) and null; anything else is written as its text.
 */
public final class Json {

    private Json() {}

    /** {@code value} over several lines, indented by two spaces, without a final line feed. */
    public static String pretty(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        write(out, value, 0);
        return out.toString();
    }

    /** Prints {@code value} in one write, as {@link #pretty} does, and a line feed. */
    public static void print(PrintStream out, @Nullable Object value) {
        out.print(pretty(value) + "\n");
    }

    private static void write(StringBuilder out, @Nullable Object value, int depth) {
        if (value == null || value instanceof Boolean || value instanceof Long || value instanceof Integer) {
            out.append(value);
        } else if (value instanceof Map<?, ?> map) {
            writeMap(out, map, depth);
        } else if (value instanceof Collection<?> items) {
            writeItems(out, items, depth);
        } else if (value instanceof Instant instant) {
            JsonText.quote(out, Rfc3339.format(instant));
        } else {
            JsonText.quote(out, value.toString());
        }
    }

    private static void writeMap(StringBuilder out, Map<?, ?> map, int depth) {
        if (map.isEmpty()) {
            out.append("{}");
            return;
        }
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            newLine(out.append(separator), depth + 1);
            JsonText.quote(out, String.valueOf(entry.getKey()));
            write(out.append(": "), entry.getValue(), depth + 1);
            separator = ",";
        }
        newLine(out, depth);
        out.append('}');
    }

    private static void writeItems(StringBuilder out, Collection<?> items, int depth) {
        if (items.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append('[');
        for (Iterator<?> i = items.iterator(); i.hasNext(); ) {
            newLine(out, depth + 1);
            write(out, i.next(), depth + 1);
            out.append(i.hasNext() ? "," : "");
        }
        newLine(out, depth);
        out.append(']');
    }

    private static void newLine(StringBuilder out, int depth) {
        out.append('\n').append("  ".repeat(depth));
    }
}
