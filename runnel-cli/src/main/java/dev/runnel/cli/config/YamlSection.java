package dev.runnel.cli.config;

import dev.runnel.s3.ByteSize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * One map of the configuration file, read key by key with the type each key wants.
 *
 * <p>Asking for a key makes it known; {@link #finish} reports every key nobody asked for. A value that does not fit is
 * reported once and reads as absent, and so do {@code key:}, {@code key: ~} and {@code key: ""}. A section may have
 * another one behind it that gives the values it has not.
 */
final class YamlSection {

    private static final Set<String> TRUE = Set.of("true", "yes", "on", "y");
    private static final Set<String> FALSE = Set.of("false", "no", "off", "n");
    private static final int MAX_MERGE_DEPTH = 10;

    /**
     * A key with its value.
     *
     * @param line line of the key, from 1
     */
    private record Entry(int line, Node value) {}

    private final YamlDocument document;
    private final Diagnostics diagnostics;
    private final String name;
    private final int line;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Set<String> known;
    private final @Nullable YamlSection defaults;

    /** A section of the file; {@code name} says in messages where a key stands. */
    YamlSection(YamlDocument document, Diagnostics diagnostics, String name, MappingNode node) {
        this.document = document;
        this.diagnostics = diagnostics;
        this.name = name;
        this.line = document.lineOf(node);
        this.known = new LinkedHashSet<>();
        this.defaults = null;
        addAll(node, 0);
        Map<String, Integer> lines = new LinkedHashMap<>();
        ownKeys().forEach(key -> lines.put(key, line(key)));
        diagnostics.section(new ConfigOrigins.Section(name, line, lines));
    }

    private YamlSection(YamlSection own, YamlSection defaults) {
        this.document = own.document;
        this.diagnostics = own.diagnostics;
        this.name = own.name;
        this.line = own.line;
        this.entries.putAll(own.entries);
        this.known = own.known;
        this.defaults = defaults;
    }

    /** This section, with the values it has not taken from {@code other}. A key read in either view is known in both. */
    YamlSection withDefaults(YamlSection other) {
        return new YamlSection(this, other);
    }

    /** Line on which the section starts, from 1. */
    int line() {
        return line;
    }

    /** Line of a key, of the section itself if the key is not there. */
    int line(String key) {
        Entry entry = find(key);
        return entry == null ? line : entry.line();
    }

    /** Whether the section itself, not the one behind it, has the key with a value, fitting or not. */
    boolean hasOwn(String key) {
        Entry entry = entries.get(key);
        return entry != null && !isEmpty(entry.value());
    }

    /** Whether the key has a value, fitting or not, here or in the section behind. */
    boolean has(String key) {
        Entry entry = find(key);
        return entry != null && !isEmpty(entry.value());
    }

    /** Whether a value, here or in the section behind, lacks a variable that is not set. */
    boolean hasUnset() {
        return entries.values().stream().anyMatch(entry -> isUnset(entry.value()))
                || (defaults != null && defaults.hasUnset());
    }

    /** Keys of the section itself that have a value. */
    List<String> ownKeys() {
        return entries.keySet().stream().filter(this::hasOwn).toList();
    }

    /** Text of a scalar. No key has a meaning for a NUL, and no file can have it in its name. */
    @Nullable
    String text(String key) {
        return scalar(key, "text", text -> {
            if (text.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("must not have a NUL character in it");
            }
            return text;
        });
    }

    /** A boolean in any spelling of YAML 1.1. */
    @Nullable
    Boolean bool(String key) {
        return scalar(key, "true or false", text -> {
            String lower = text.toLowerCase(java.util.Locale.ROOT);
            if (!TRUE.contains(lower) && !FALSE.contains(lower)) {
                throw new IllegalArgumentException("expected true or false, not \"" + text + "\"");
            }
            return TRUE.contains(lower);
        });
    }

    /** Whether a boolean that is {@code otherwise} by default is true. */
    boolean bool(String key, boolean otherwise) {
        Boolean value = bool(key);
        return value == null ? otherwise : value;
    }

    /** An integer in any notation of YAML 1.1; a leading zero means octal. */
    @Nullable
    Long integer(String key, long min) {
        return scalar(key, "a whole number", text -> {
            long value = parseInteger(text);
            if (value < min) {
                throw new IllegalArgumentException("must be at least " + min + ", not " + value);
            }
            return value;
        });
    }

    /** A size in bytes of at least {@code min}. */
    @Nullable
    Long size(String key, long min) {
        return scalar(key, "a size", text -> {
            long value = ByteSize.parse(text);
            if (value < min) {
                throw new IllegalArgumentException("must be at least " + min + " bytes, not " + text);
            }
            return value;
        });
    }

    /** A duration of any sign. */
    @Nullable
    Duration duration(String key) {
        return scalar(key, "a duration", text -> {
            Duration value = GoDuration.parse(text);
            if (GoDuration.isBareInteger(text) && !value.isZero()) {
                diagnostics.note(line(key), key, "a bare number counts nanoseconds; write " + text + "s for seconds");
            }
            return value;
        });
    }

    /** A duration greater than zero. */
    @Nullable
    Duration positiveDuration(String key) {
        Duration value = duration(key);
        if (value != null && (value.isNegative() || value.isZero())) {
            error(key, "`" + key + "` must be greater than 0, not " + rawText(key));
            return null;
        }
        return value;
    }

    /** One of a closed list of words, in any case. */
    <T> @Nullable T oneOf(String key, Map<String, T> words) {
        return scalar(key, "a word", text -> {
            T value = words.get(text.toLowerCase(java.util.Locale.ROOT));
            if (value == null) {
                String near = Suggestions.nearest(text, words.keySet());
                throw new IllegalArgumentException("expected one of " + String.join(", ", words.keySet()) + ", not \""
                        + text + "\"" + (near == null ? "" : " (did you mean `" + near + "`?)"));
            }
            return value;
        });
    }

    /** A map. */
    @Nullable
    YamlSection section(String key) {
        Entry entry = lookup(key);
        if (entry == null) {
            return null;
        }
        if (entry.value() instanceof MappingNode mapping) {
            return new YamlSection(document, diagnostics, "`" + key + "`", mapping);
        }
        if (!isUnset(entry.value())) {
            error(key, "`" + key + "` must be a map of keys" + but(entry.value()));
        }
        return null;
    }

    /** A list of maps; absent reads as empty. */
    List<YamlSection> sections(String key) {
        List<YamlSection> sections = new ArrayList<>();
        for (Node item : items(key)) {
            if (item instanceof MappingNode mapping) {
                sections.add(new YamlSection(document, diagnostics, "`" + key + "`", mapping));
            } else {
                diagnostics.error(
                        document.lineOf(item), "each item of `" + key + "` must be a map of keys" + but(item));
            }
        }
        return sections;
    }

    /** A list of texts; absent reads as empty. */
    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (Node item : items(key)) {
            if (item instanceof ScalarNode scalar) {
                texts.add(scalar.getValue());
            } else {
                diagnostics.error(document.lineOf(item), "each item of `" + key + "` must be text" + but(item));
            }
        }
        return texts;
    }

    /** Accepts a key that does nothing here and notes why. Its value is not looked at. */
    void ignored(String key, String why) {
        known.add(key);
        Entry entry = entries.get(key);
        if (entry != null) {
            diagnostics.note(entry.line(), key, why);
        }
    }

    /** Records an error at the line of {@code key}. */
    void error(String key, String message) {
        diagnostics.error(line(key), message);
    }

    /** Records a note at the line of {@code key}. */
    void note(String key, String message) {
        diagnostics.note(line(key), key, message);
    }

    /** Reports every key that was never asked for, with the nearest one that was. */
    void finish(Map<String, String> elsewhere) {
        entries.forEach((key, entry) -> {
            if (known.contains(key) || key.startsWith("x-")) {
                return;
            }
            String place = elsewhere.get(key);
            String near = Suggestions.nearest(key, known);
            String hint = "";
            if (place != null) {
                hint = "; it belongs in " + place;
            } else if (near != null) {
                hint = " (did you mean `" + near + "`?)";
            }
            diagnostics.error(entry.line(), "unknown key `" + key + "` in " + name + hint);
        });
    }

    /** Whether {@code node} is YAML's null, in whichever spelling. */
    static boolean isNull(Node node) {
        return Tag.NULL.equals(node.getTag());
    }

    private void addAll(MappingNode node, int depth) {
        List<Node> merged = new ArrayList<>();
        Set<String> own = new LinkedHashSet<>();
        for (NodeTuple tuple : node.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
                diagnostics.error(document.lineOf(tuple.getKeyNode()), "a key must be a word");
            } else if (Tag.MERGE.equals(keyNode.getTag())) {
                merged.add(tuple.getValueNode());
            } else if (!own.add(keyNode.getValue())) {
                diagnostics.error(document.lineOf(keyNode), "duplicate key `" + keyNode.getValue() + "`");
            } else {
                entries.putIfAbsent(keyNode.getValue(), new Entry(document.lineOf(keyNode), tuple.getValueNode()));
            }
        }
        for (Node source : merged) {
            merge(source, depth);
        }
    }

    private void merge(Node source, int depth) {
        if (depth == MAX_MERGE_DEPTH) {
            diagnostics.error(document.lineOf(source), "`<<` refers to itself or nests too deeply");
        } else if (source instanceof MappingNode mapping) {
            addAll(mapping, depth + 1);
        } else if (source instanceof SequenceNode sequence && depth < MAX_MERGE_DEPTH) {
            sequence.getValue().forEach(item -> merge(item, depth + 1));
        } else {
            diagnostics.error(document.lineOf(source), "`<<` must name a map or a list of maps");
        }
    }

    private @Nullable Entry find(String key) {
        Entry own = entries.get(key);
        boolean absent = own == null || isEmpty(own.value());
        return absent && defaults != null ? defaults.find(key) : own;
    }

    private @Nullable Entry lookup(String key) {
        known.add(key);
        Entry entry = find(key);
        return entry == null || isEmpty(entry.value()) ? null : entry;
    }

    private List<Node> items(String key) {
        Entry entry = lookup(key);
        if (entry == null) {
            return List.of();
        }
        if (entry.value() instanceof SequenceNode sequence) {
            return sequence.getValue();
        }
        if (!isUnset(entry.value())) {
            error(key, "`" + key + "` must be a list" + but(entry.value()));
        }
        return List.of();
    }

    private <T> @Nullable T scalar(String key, String expected, Function<String, T> parser) {
        Entry entry = lookup(key);
        if (entry == null || isUnset(entry.value())) {
            return null;
        }
        if (!(entry.value() instanceof ScalarNode scalar)) {
            error(key, "`" + key + "` must be " + expected + but(entry.value()));
            return null;
        }
        try {
            return parser.apply(scalar.getValue());
        } catch (IllegalArgumentException e) {
            error(key, "`" + key + "`: " + e.getMessage());
            return null;
        }
    }

    private String rawText(String key) {
        Entry entry = find(key);
        return entry != null && entry.value() instanceof ScalarNode scalar ? scalar.getValue() : "";
    }

    private static long parseInteger(String text) {
        String digits = text.replace("_", "");
        boolean negative = digits.startsWith("-");
        String magnitude = negative || digits.startsWith("+") ? digits.substring(1) : digits;
        int radix = 10;
        if (magnitude.matches("0[xX].+")) {
            radix = 16;
        } else if (magnitude.matches("0[bB].+")) {
            radix = 2;
        } else if (magnitude.matches("0[oO]?.+")) {
            radix = 8;
        }
        String body = radix == 10 ? magnitude : magnitude.replaceFirst("^0[xXbBoO]?", "");
        try {
            return Long.parseLong(negative ? "-" + body : body, radix);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("expected a whole number, not \"" + text + "\"", e);
        }
    }

    private static boolean isEmpty(Node node) {
        return isNull(node)
                || (node instanceof ScalarNode scalar && scalar.getValue().isEmpty());
    }

    private static boolean isUnset(Node node) {
        return node instanceof ScalarNode scalar && scalar.getValue().indexOf(EnvironmentExpander.UNSET) >= 0;
    }

    private static String but(Node node) {
        if (node instanceof ScalarNode scalar) {
            return ", not \"" + scalar.getValue() + "\"";
        }
        return node instanceof SequenceNode ? ", not a list" : ", not a map";
    }
}
