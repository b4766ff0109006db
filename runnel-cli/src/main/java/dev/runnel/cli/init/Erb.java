package dev.runnel.cli.init;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * YAML with embedded Ruby, made readable without Ruby: tags that have a plain value become that, others a word of their
 * own, so that {@link #restore} finds them again. Lines stay where they are.
 */
final class Erb {

    private static final Pattern TAG = Pattern.compile("<%([=#%]|-|)(.*?)-?%>", Pattern.DOTALL);
    private static final Pattern CONTROL =
            Pattern.compile("\\b(if|unless|else|elsif|end|do|case|when|while|until|each|for|begin)\\b|[{}]");
    private static final Pattern STRING = Pattern.compile("\"([^\"#\\\\]*)\"|'([^'\\\\]*)'|(-?[0-9]+)");
    private static final String KEY = "\\(?\\s*[\"'](\\w+)[\"']\\s*";
    private static final Pattern FETCH_BLOCK = Pattern.compile("ENV\\.fetch" + KEY + "\\)?\\s*\\{(.*)\\}");
    private static final Pattern FETCH_DEFAULT = Pattern.compile("ENV\\.fetch" + KEY + ",(.*?)\\)?");
    private static final Pattern OR = Pattern.compile("ENV\\[\\s*[\"'](\\w+)[\"']\\s*\\]\\s*\\|\\|(.*)");
    private static final Pattern ROOT = Pattern.compile("Rails\\.root\\.join\\((.*)\\)(\\.to_s)?");
    private static final Pattern ROOT_SLASH = Pattern.compile("Rails\\.root\\s*/\\s*(.*)");
    private static final Pattern WORD = Pattern.compile("__erb_([0-9]+)__");

    private final List<String> tags = new ArrayList<>();
    private final Map<String, String> defaults = new TreeMap<>();
    private final String text;

    /**
     * Reads a text.
     *
     * @param evaluate whether to take the plain value of tags that have one
     * @throws InitException if Ruby decides which lines count
     */
    Erb(String file, String source, boolean evaluate) throws InitException {
        StringBuilder result = new StringBuilder();
        Matcher matcher = TAG.matcher(source);
        int at = 0;
        while (matcher.find()) {
            result.append(source, at, matcher.start());
            at = matcher.end();
            String kind = matcher.group(1);
            String code = matcher.group(2).strip();
            if (kind.equals("=")) {
                String value = evaluate ? valueOf(code) : null;
                if (value == null) {
                    if (matcher.group().contains("\n")) {
                        throw notUnderstood(file, code);
                    }
                    value = "__erb_" + tags.size() + "__";
                    tags.add(matcher.group());
                }
                result.append(value).append("\n".repeat((int)
                                matcher.group().chars().filter(c -> c == '\n').count()));
            } else if (kind.equals("%")
                    || (!kind.equals("#") && CONTROL.matcher(code).find())) {
                throw notUnderstood(file, code);
            } else {
                result.append("\n".repeat((int)
                        matcher.group().chars().filter(c -> c == '\n').count()));
            }
        }
        this.text = result.append(source.substring(at)).toString();
    }

    private static InitException notUnderstood(String file, String code) {
        return new InitException(file + ": cannot tell what its Ruby code does: "
                + code.lines().findFirst().orElse("")
                + ". Nothing was changed; write the configuration by hand, as docs/RAILS.md shows it");
    }

    /** The text without Ruby, line by line as the source. */
    String text() {
        return text;
    }

    /** Names of variables whose default was taken and stands in one of some texts, in order. */
    List<String> variablesOf(List<String> texts) {
        return defaults.entrySet().stream()
                .filter(entry -> !entry.getValue().matches("[0-9]*"))
                .filter(entry -> texts.stream().anyMatch(text -> text.contains(entry.getValue())))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether a part of the text stands for Ruby code of unknown value. */
    static boolean isUnknown(String part) {
        return WORD.matcher(part).find();
    }

    /** A part of the text with its tags as they are in the source. */
    String restore(String part) {
        return WORD.matcher(part)
                .replaceAll(match -> Matcher.quoteReplacement(tags.get(Integer.parseInt(match.group(1)))));
    }

    private @Nullable String valueOf(String code) {
        for (Pattern pattern : List.of(FETCH_BLOCK, FETCH_DEFAULT, OR)) {
            Matcher matcher = pattern.matcher(code);
            if (matcher.matches()) {
                String value = valueOf(matcher.group(2).strip());
                if (value != null) {
                    defaults.put(matcher.group(1), value);
                }
                return value;
            }
        }
        if (code.equals("Rails.env")) {
            return "production";
        }
        Matcher slash = ROOT_SLASH.matcher(code);
        if (slash.matches()) {
            return literal(slash.group(1).strip());
        }
        Matcher root = ROOT.matcher(code);
        if (root.matches()) {
            List<String> parts = new ArrayList<>();
            for (String part : root.group(1).split(",")) {
                String value = literal(part.strip());
                if (value == null) {
                    return null;
                }
                parts.add(value);
            }
            return String.join("/", parts);
        }
        return literal(code);
    }

    private static @Nullable String literal(String code) {
        Matcher matcher = STRING.matcher(code);
        if (!matcher.matches()) {
            return null;
        }
        for (int group = 1; group <= 3; group++) {
            if (matcher.group(group) != null) {
                return matcher.group(group);
            }
        }
        return null;
    }
}
