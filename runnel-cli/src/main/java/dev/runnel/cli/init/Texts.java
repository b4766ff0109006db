package dev.runnel.cli.init;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Adds lines to texts whose other lines stay as they are. */
final class Texts {

    private Texts() {}

    /** The end of lines in a text. */
    static String eol(String text) {
        return text.contains("\r\n") ? "\r\n" : "\n";
    }

    /** A text with lines behind its last one. */
    static String append(@Nullable String text, List<String> lines) {
        if (lines.isEmpty()) {
            return text == null ? "" : text;
        }
        String before = text == null ? "" : text;
        String eol = eol(before);
        String added = String.join(eol, lines) + eol;
        return before.isEmpty() || before.endsWith("\n") ? before + added : before + eol + added;
    }

    /** A scalar of YAML in one line. */
    static String scalar(String text) {
        boolean plain = text.matches("[A-Za-z0-9_./][A-Za-z0-9_./:@,-]*")
                && !text.endsWith(":")
                && !text.matches(
                        "(?i)[0-9_]+(\\.[0-9_]*)?|[0-9:.]*:[0-9:.]*|0[xob].*|[0-9.]+e.*|y|n|yes|no|on|off|true|false|null");
        return plain ? text : "'" + text.replace("'", "''") + "'";
    }

    /** A scalar of a configuration in which {@code $} begins a variable. */
    static String literal(String text) {
        return scalar(text.replace("$", "$$"));
    }
}
