package dev.runnel.cli.init;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.CollectionNode;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * A YAML file of the user's. It is edited as text: lines are put in, none is touched, and the result is read again to
 * prove that it says what it said, and the new.
 */
final class YamlText {

    private final String file;
    private final String source;
    private final String readable;
    private final @Nullable MappingNode root;
    private final Map<String, @Nullable Object> values;

    /**
     * Reads a text.
     *
     * @param source the text as it is
     * @param readable the same, line by line, without what is not YAML
     * @throws InitException if it is no map
     */
    YamlText(String file, String source, String readable) throws InitException {
        this.file = file;
        this.source = source;
        this.readable = readable;
        this.root = compose(file, readable);
        this.values = load(file, readable);
    }

    private static @Nullable MappingNode compose(String file, String text) throws InitException {
        try {
            LoaderOptions options = new LoaderOptions();
            Node node = new Composer(new ParserImpl(new StreamReader(text), options), new Resolver(), options)
                    .getSingleNode();
            if (node == null || node.getTag().equals(Tag.NULL)) {
                return null;
            }
            if (node instanceof MappingNode mapping) {
                return mapping;
            }
        } catch (YAMLException e) {
            throw notYaml(file, e);
        }
        throw new InitException(file + ": not a map of keys. Nothing was changed");
    }

    private static Map<String, @Nullable Object> load(String file, String text) throws InitException {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        try {
            Object loaded = new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
            result.putAll(map(loaded));
        } catch (YAMLException e) {
            throw notYaml(file, e);
        }
        return result;
    }

    private static InitException notYaml(String file, YAMLException e) {
        String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        return new InitException(file + ": cannot be read as YAML: " + first + ". Nothing was changed");
    }

    /** What it says, merges and aliases resolved. */
    Map<String, @Nullable Object> values() {
        return values;
    }

    /** {@code value} as a map with keys of text; empty if it is none. */
    static Map<String, @Nullable Object> map(@Nullable Object value) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, item) -> result.put(String.valueOf(key), item));
        }
        return result;
    }

    /** {@code value} as a list; empty if it is none. */
    static List<@Nullable Object> list(@Nullable Object value) {
        return value instanceof List<?> list ? new ArrayList<>(list) : List.of();
    }

    /**
     * The text with lines put in at the end of what stands under {@code key} at the top, or with the key at the end of
     * the file.
     *
     * @param block an item of the list, or an entry of the map, without indentation
     * @throws InitException if there is no safe place
     */
    String insert(String key, List<String> block) throws InitException {
        String text = String.join("\n", block);
        List<String> lines = new ArrayList<>();
        int at;
        NodeTuple tuple = tuple(key);
        if (root != null && root.getFlowStyle() != FlowStyle.BLOCK) {
            throw byHand("it is written in one line", key, text);
        }
        if (tuple == null) {
            at = -1;
            if (!source.isBlank()) {
                lines.add("");
            }
            lines.add(key + ":");
            block.forEach(line -> lines.add("  " + line));
        } else {
            Node value = tuple.getValueNode();
            int line = tuple.getKeyNode().getStartMark().getLine();
            int column = 2;
            at = line + 1;
            if (value instanceof CollectionNode<?> collection
                    && collection.getFlowStyle() == FlowStyle.BLOCK
                    && value.getStartMark().getLine() > line) {
                column = value.getStartMark().getColumn();
                at = behind(value, column);
            } else if (!value.getTag().equals(Tag.NULL) || value.getEndMark().getLine() != line) {
                throw byHand("what stands under `" + key + "` is written in a way that is not understood", key, text);
            }
            String indentation = " ".repeat(column);
            block.forEach(item -> lines.add(indentation + item));
        }
        String result = put(source, at, lines);
        prove(key, text, load(file, put(readable, at, lines)));
        return result;
    }

    private void prove(String key, String text, Map<String, @Nullable Object> after) throws InitException {
        Object added = new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
        Map<String, @Nullable Object> expected = new LinkedHashMap<>(values);
        if (added instanceof List<?> items) {
            List<@Nullable Object> all = new ArrayList<>(list(values.get(key)));
            all.addAll(items);
            expected.put(key, all);
        } else {
            Map<String, @Nullable Object> all = map(values.get(key));
            all.putAll(map(added));
            expected.put(key, all);
        }
        if (!expected.equals(after)) {
            throw byHand("there is no safe place for what is new", key, text);
        }
    }

    private InitException byHand(String why, String key, String text) {
        return InitException.byHand(file, why, "under `" + key + ":`", text);
    }

    private @Nullable NodeTuple tuple(String key) {
        if (root != null) {
            for (NodeTuple tuple : root.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode scalar
                        && scalar.getValue().equals(key)) {
                    return tuple;
                }
            }
        }
        return null;
    }

    /** The line behind a node and the comments that belong to it, counted from 0. */
    private int behind(Node node, int column) {
        String[] lines = readable.split("\r?\n", -1);
        int last = lastLine(node);
        for (int i = last + 1; column > 0 && i < lines.length; i++) {
            String line = lines[i];
            if (line.isBlank()) {
                continue;
            }
            if (!line.stripLeading().startsWith("#")
                    || line.length() - line.stripLeading().length() < column) {
                break;
            }
            last = i;
        }
        return last + 1;
    }

    private static int lastLine(Node node) {
        int last = node.getStartMark().getLine();
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                last = Math.max(last, Math.max(lastLine(tuple.getKeyNode()), lastLine(tuple.getValueNode())));
            }
        } else if (node instanceof SequenceNode sequence) {
            for (Node item : sequence.getValue()) {
                last = Math.max(last, lastLine(item));
            }
        }
        boolean exact = node instanceof ScalarNode
                || (node instanceof CollectionNode<?> collection && collection.getFlowStyle() == FlowStyle.FLOW);
        if (!exact) {
            return last; // the end of a block is where the next thing starts
        }
        int end = node.getEndMark().getLine();
        return Math.max(last, end > last && node.getEndMark().getColumn() == 0 ? end - 1 : end);
    }

    private static String put(String text, int at, List<String> lines) {
        if (at < 0) {
            return Texts.append(text, lines);
        }
        int offset = 0;
        for (int line = 0; line < at; line++) {
            int end = text.indexOf('\n', offset);
            if (end < 0) {
                return Texts.append(text, lines);
            }
            offset = end + 1;
        }
        String eol = Texts.eol(text);
        return text.substring(0, offset) + String.join(eol, lines) + eol + text.substring(offset);
    }
}
