package dev.runnel.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON as RFC 8259 has it, and nothing beside. Gives maps that keep their order, lists, strings, {@code Long} or else
 * {@code Double}, booleans and null.
 */
public final class JsonReader {

    private static final int MAX_DEPTH = 64;

    private final String text;
    private int at;

    private JsonReader(String text) {
        this.text = text;
    }

    /**
     * The value that {@code text} is.
     *
     * @throws IllegalArgumentException if it is not JSON; the message says where
     */
    public static @Nullable Object parse(String text) {
        JsonReader reader = new JsonReader(text);
        Object value = reader.value(0);
        reader.blank();
        if (reader.at < text.length()) {
            throw reader.failure("something follows the value");
        }
        return value;
    }

    /**
     * The object that {@code text} is.
     *
     * @throws IllegalArgumentException if it is not a JSON object
     */
    public static Map<String, @Nullable Object> object(String text) {
        Object value = parse(text);
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            map.forEach((key, item) -> object.put(String.valueOf(key), item));
            return object;
        }
        throw new IllegalArgumentException("not a JSON object");
    }

    private IllegalArgumentException failure(String what) {
        return new IllegalArgumentException("invalid JSON at character " + (at + 1) + ": " + what);
    }

    private void blank() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() {
        if (at >= text.length()) {
            throw failure("it ends too early");
        }
        return text.charAt(at);
    }

    private void expect(char c) {
        if (peek() != c) {
            throw failure("'" + c + "' expected");
        }
        at++;
    }

    private boolean skip(char c) {
        blank();
        if (peek() == c) {
            at++;
            return true;
        }
        return false;
    }

    private @Nullable Object value(int depth) {
        if (depth > MAX_DEPTH) {
            throw failure("too deep");
        }
        blank();
        return switch (peek()) {
            case '{' -> members(depth);
            case '[' -> items(depth);
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private @Nullable Object word(String word, @Nullable Object value) {
        if (!text.startsWith(word, at)) {
            throw failure("a value expected");
        }
        at += word.length();
        return value;
    }

    private Map<String, @Nullable Object> members(int depth) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        expect('{');
        if (skip('}')) {
            return members;
        }
        while (true) {
            blank();
            String name = string();
            blank();
            expect(':');
            members.put(name, value(depth + 1));
            if (skip('}')) {
                return members;
            }
            expect(',');
        }
    }

    private List<@Nullable Object> items(int depth) {
        List<@Nullable Object> items = new ArrayList<>();
        expect('[');
        if (skip(']')) {
            return items;
        }
        while (true) {
            items.add(value(depth + 1));
            if (skip(']')) {
                return items;
            }
            expect(',');
        }
    }

    private String string() {
        expect('"');
        StringBuilder out = new StringBuilder();
        while (true) {
            char c = peek();
            if (c < ' ') {
                throw failure("control character in a string");
            }
            at++;
            if (c == '"') {
                return out.toString();
            }
            out.append(c == '\\' ? escape() : c);
        }
    }

    private char escape() {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw failure("unknown escape");
        };
    }

    private char unicode() {
        if (at + 4 > text.length() || !text.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) {
            throw failure("four hexadecimal digits expected");
        }
        at += 4;
        return (char) Integer.parseInt(text.substring(at - 4, at), 16);
    }

    private Object number() {
        int start = at;
        while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String digits = text.substring(start, at);
        if (!digits.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
            at = start;
            throw failure("a value expected");
        }
        if (digits.matches("-?[0-9]{1,18}")) {
            return Long.parseLong(digits);
        }
        return Double.parseDouble(digits);
    }
}
