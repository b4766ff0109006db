package dev.runnel.age;

import java.util.ArrayList;
import java.util.List;

/** Reads what key files of age hold: a key a line, blank lines and {@code #} comments between. */
final class KeyLines {

    /** Makes a key of a line. */
    @FunctionalInterface
    interface Parser<T> {

        /**
         * Makes the key.
         *
         * @param where names the line in messages, which must not quote it
         */
        T parse(String line, String where);
    }

    private KeyLines() {}

    static <T> List<T> parse(List<String> texts, Parser<T> parser) {
        List<T> keys = new ArrayList<>();
        for (String text : texts) {
            int number = 0;
            for (String line : text.lines().map(String::strip).toList()) {
                number++;
                if (!line.isEmpty() && !line.startsWith("#")) {
                    keys.add(parser.parse(line, "line " + number));
                }
            }
        }
        return List.copyOf(keys);
    }
}
