package dev.runnel.cli.config;

import java.util.ArrayList;
import java.util.List;

/** Splits a command line into words as a shell would, without expanding anything and without operators. */
public final class ShellWords {

    private ShellWords() {}

    /**
     * The words of {@code line}.
     *
     * @throws IllegalArgumentException if a quote is not closed, a backslash stands last, or there is no word
     */
    public static List<String> split(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quote == '\'' && c != '\'') {
                word.append(c);
            } else if (c == '\\') {
                if (++i == line.length()) {
                    throw new IllegalArgumentException("command ends with a backslash: " + line);
                }
                if (quote == '"' && "\\\"$`".indexOf(line.charAt(i)) < 0) {
                    word.append('\\');
                }
                word.append(line.charAt(i));
                inWord = true;
            } else if (quote != 0) {
                quote = appendUnlessQuote(word, c, quote);
            } else if (c == '\'' || c == '"') {
                quote = c;
                inWord = true;
            } else if (!Character.isWhitespace(c)) {
                word.append(c);
                inWord = true;
            } else if (inWord) {
                words.add(word.toString());
                word.setLength(0);
                inWord = false;
            }
        }
        if (quote != 0) {
            throw new IllegalArgumentException("command with an open " + quote + ": " + line);
        }
        if (inWord) {
            words.add(word.toString());
        }
        if (words.isEmpty()) {
            throw new IllegalArgumentException("empty command");
        }
        return words;
    }

    private static char appendUnlessQuote(StringBuilder word, char c, char quote) {
        if (c == quote) {
            return 0;
        }
        word.append(c);
        return quote;
    }
}
