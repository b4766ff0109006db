package dev.runnel.cli.config;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern for file names, as Go's {@code filepath.Match} has it: {@code *} any characters, {@code ?} one,
 * {@code [a-z]} and {@code [^a-z]} one of a class, and a backslash before a character that stands for itself. Unlike a
 * shell's, {@code *} matches a leading dot, and braces mean nothing.
 */
final class FileNamePattern {

    private final String text;
    private final Pattern regex;

    private FileNamePattern(String text, Pattern regex) {
        this.text = text;
        this.regex = regex;
    }

    /** @throws IllegalArgumentException if {@code text} is no such pattern */
    static FileNamePattern parse(String text) {
        StringBuilder regex = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at++);
            switch (c) {
                case '*' -> regex.append("[^/]*");
                case '?' -> regex.append("[^/]");
                case '\\' -> {
                    if (at == text.length()) {
                        throw new IllegalArgumentException("a backslash at the end of \"" + text + "\"");
                    }
                    regex.append(Pattern.quote(text.substring(at, at + 1)));
                    at++;
                }
                case '[' -> at = characters(text, at, regex);
                default -> regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        try {
            return new FileNamePattern(text, Pattern.compile(regex.toString(), Pattern.DOTALL));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("no pattern for file names: \"" + text + "\"", e);
        }
    }

    /** Translates a class from behind its bracket. Returns where it ends. */
    private static int characters(String text, int start, StringBuilder regex) {
        int at = start;
        regex.append('[');
        if (at < text.length() && text.charAt(at) == '^') {
            regex.append('^');
            at++;
        }
        int first = at;
        while (at < text.length() && (text.charAt(at) != ']' || at == first)) {
            char c = text.charAt(at++);
            if (c == '\\' && at < text.length()) {
                regex.append('\\').append(text.charAt(at++));
            } else if (c == '-') {
                regex.append('-');
            } else {
                regex.append("&^[\\]".indexOf(c) >= 0 ? "\\" + c : String.valueOf(c));
            }
        }
        if (at == text.length()) {
            throw new IllegalArgumentException("a bracket without its end in \"" + text + "\"");
        }
        regex.append(']');
        return at + 1;
    }

    /** Whether the whole of {@code name} fits. */
    boolean matches(String name) {
        return regex.matcher(name).matches();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FileNamePattern pattern && pattern.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
