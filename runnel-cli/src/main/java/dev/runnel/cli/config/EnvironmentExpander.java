package dev.runnel.cli.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Replaces {@code $NAME} and {@code ${NAME}} in the text of a configuration file before it is parsed.
 *
 * <p>Differences from Litestream, all so that nothing vanishes silently: a variable that is not set is an error, comments
 * are left alone, {@code $$} stands for one dollar sign, and forms a shell would expand but we do not
 * ({@code ${X:-y}}, {@code $1}) are errors. A dollar sign before anything else stays as it is.
 */
final class EnvironmentExpander {

    /** Stands for the value of an unset variable, so that the reader does not report the gap a second time. */
    static final char UNSET = '\ue000';

    private static final String OPENS_SCALAR = ":-[,{?";
    private static final String SHELL_SPECIAL = "*#@!?-0123456789";

    /**
     * Expanded text.
     *
     * @param text the text, in which {@link #UNSET} stands for each unset variable
     * @param originalLines for each line of {@code text}, from 0, the line of the file it comes from, from 1
     */
    record Expanded(String text, int[] originalLines) {

        /** Line of the file that line {@code index} (from 0) of the text comes from. */
        int originalLine(int index) {
            return originalLines.length == 0 ? 1 : originalLines[Math.min(index, originalLines.length - 1)];
        }
    }

    private final String source;
    private final Map<String, String> environment;
    private final Diagnostics diagnostics;
    private final StringBuilder out;
    private final java.util.stream.IntStream.Builder lines = java.util.stream.IntStream.builder();
    private int at;
    private int line = 1;

    private EnvironmentExpander(String source, Map<String, String> environment, Diagnostics diagnostics) {
        this.source = source;
        this.environment = environment;
        this.diagnostics = diagnostics;
        this.out = new StringBuilder(source.length() + 64);
    }

    /** Expands every variable of {@code source} from {@code environment}; {@code PID} must be in it. */
    static Expanded expand(String source, Map<String, String> environment, Diagnostics diagnostics) {
        return new EnvironmentExpander(source, environment, diagnostics).run(true);
    }

    /** Leaves {@code source} as it is. */
    static Expanded asIs(String source) {
        return new EnvironmentExpander(source, Map.of(), new Diagnostics()).run(false);
    }

    private Expanded run(boolean expand) {
        lines.add(line);
        while (at < source.length()) {
            int end = source.indexOf('\n', at);
            expandLine(end < 0 ? source.length() : end, expand);
            if (end >= 0) {
                out.append('\n');
                at = end + 1;
                lines.add(++line);
            }
        }
        return new Expanded(out.toString(), lines.build().toArray());
    }

    private void expandLine(int end, boolean expand) {
        int comment = expand ? startOfComment(at, end) : at;
        while (at < comment) {
            char c = source.charAt(at);
            if (c == '$') {
                dollar(comment);
            } else {
                out.append(c);
                at++;
            }
        }
        out.append(source, at, end);
        at = end;
    }

    /** Where the comment of a line starts, or {@code end}. Quoted scalars that span lines are not followed. */
    private int startOfComment(int start, int end) {
        char quote = 0;
        char lastInk = ':';
        for (int i = start; i < end; i++) {
            char c = source.charAt(i);
            if (quote != 0) {
                if ((c == '\\' && quote == '"') || (c == quote && quote == '\'' && i + 1 < end && isAt(i + 1, '\''))) {
                    i++;
                } else if (c == quote) {
                    quote = 0;
                }
            } else if (c == '#' && (i == start || Character.isWhitespace(source.charAt(i - 1)))) {
                return i;
            } else if ((c == '"' || c == '\'') && OPENS_SCALAR.indexOf(lastInk) >= 0) {
                quote = c;
            }
            if (!Character.isWhitespace(c)) {
                lastInk = c;
            }
        }
        return end;
    }

    private boolean isAt(int index, char c) {
        return source.charAt(index) == c;
    }

    private void dollar(int end) {
        char next = at + 1 < end ? source.charAt(at + 1) : ' ';
        if (next == '$') {
            out.append('$');
            at += 2;
        } else if (next == '{') {
            braces(end);
        } else if (isNameStart(next)) {
            int stop = at + 2;
            while (stop < end && isNamePart(source.charAt(stop))) {
                stop++;
            }
            variable(source.substring(at + 1, stop));
            at = stop;
        } else if (SHELL_SPECIAL.indexOf(next) >= 0) {
            diagnostics.error(
                    line, "`$" + next + "` is not a variable; write `$$" + next + "` for a literal dollar sign");
            out.append(UNSET);
            at += 2;
        } else {
            out.append('$');
            at++;
        }
    }

    private void braces(int end) {
        int close = source.indexOf('}', at);
        if (close < 0 || close >= end) {
            diagnostics.error(line, "`${` without `}`; write `$${` for a literal one");
            out.append(UNSET);
            at += 2;
            return;
        }
        String name = source.substring(at + 2, close);
        if (!name.isEmpty() && isNameStart(name.charAt(0)) && name.chars().allMatch(c -> isNamePart((char) c))) {
            variable(name);
        } else {
            diagnostics.error(
                    line, "`${" + name + "}` is not a variable name; defaults and other shell forms are not supported");
            out.append(UNSET);
        }
        at = close + 1;
    }

    private void variable(String name) {
        String value = environment.get(name);
        if (value == null) {
            diagnostics.error(line, "variable `" + name + "` is not set" + hint(name));
            out.append(UNSET);
            return;
        }
        out.append(value);
        value.chars().filter(c -> c == '\n').forEach(c -> lines.add(line));
    }

    private String hint(String name) {
        @Nullable String near = Suggestions.nearest(name, environment.keySet());
        return (near == null ? "" : " (did you mean `" + near + "`?)")
                + "; set it, write `$$` for a literal dollar sign, or use -no-expand-env";
    }

    private static boolean isNameStart(char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static boolean isNamePart(char c) {
        return isNameStart(c) || (c >= '0' && c <= '9');
    }
}
