package dev.runnel.cli.config;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Turns expanded text into YAML nodes and knows the line of the file each node stands on.
 *
 * <p>Nodes rather than objects: a node keeps its line, and its text, so that {@code 0600} and {@code on} mean what the
 * key wants and not what a schema guesses.
 */
final class YamlDocument {

    private final EnvironmentExpander.Expanded source;
    private final Diagnostics diagnostics;

    YamlDocument(EnvironmentExpander.Expanded source, Diagnostics diagnostics) {
        this.source = source;
        this.diagnostics = diagnostics;
    }

    /** The mapping at the top, or null if the text is empty or, recorded as an error, something else. */
    @Nullable
    YamlSection root() {
        Node node;
        try {
            LoaderOptions options = new LoaderOptions();
            node = new Composer(new ParserImpl(new StreamReader(source.text()), options), new Resolver(), options)
                    .getSingleNode();
        } catch (MarkedYAMLException e) {
            diagnostics.error(lineOf(e.getProblemMark(), e.getContextMark()), "not YAML: " + problemOf(e));
            return null;
        } catch (YAMLException e) {
            diagnostics.error(0, "not YAML: " + e.getMessage());
            return null;
        }
        if (node == null || YamlSection.isNull(node)) {
            return null;
        }
        if (node instanceof MappingNode mapping) {
            return new YamlSection(this, diagnostics, "the top of the file", mapping);
        }
        diagnostics.error(lineOf(node), "expected a map of keys such as `dbs:` at the top");
        return null;
    }

    /** Line of the file on which {@code node} starts, from 1. */
    int lineOf(Node node) {
        return lineOf(node.getStartMark(), null);
    }

    private int lineOf(@Nullable Mark mark, @Nullable Mark otherwise) {
        @Nullable Mark known = mark == null ? otherwise : mark;
        return known == null ? 0 : source.originalLine(known.getLine());
    }

    private static String problemOf(MarkedYAMLException e) {
        String problem = e.getProblem() == null ? String.valueOf(e.getMessage()) : e.getProblem();
        if (problem.startsWith("found undefined alias")) { // whose name may be a password
            problem = "found an undefined alias; quote a text that begins with *";
        }
        return e.getContext() == null ? problem : e.getContext() + ", " + problem;
    }
}
