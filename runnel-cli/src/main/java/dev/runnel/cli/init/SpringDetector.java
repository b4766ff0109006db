package dev.runnel.cli.init;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Spring Boot: every {@code jdbc:sqlite:} URL of a file in the application's properties. */
final class SpringDetector implements Detector {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^${}:]+)(?::([^${}]*))?\\}");

    @Override
    public Optional<Plan> plan(Project project, InitOptions options) throws IOException, InitException {
        Set<String> paths = new LinkedHashSet<>();
        Set<String> variables = new LinkedHashSet<>();
        for (String folder : List.of("src/main/resources/", "src/main/resources/config/", "config/", "")) {
            for (String profile : List.of("", "-production", "-prod")) {
                String properties = folder + "application" + profile + ".properties";
                collect(properties, valuesOfProperties(project.read(properties)), paths, variables);
                for (String end : List.of(".yml", ".yaml")) {
                    String file = folder + "application" + profile + end;
                    collect(file, valuesOfYaml(file, project.read(file)), paths, variables);
                }
            }
        }
        if (paths.isEmpty()) {
            return Optional.empty();
        }
        List<FoundDatabase> databases = new ArrayList<>();
        for (String path : paths) {
            databases.add(PlainDetector.found(path, options));
        }
        List<String> notes = new ArrayList<>();
        for (String variable : variables) {
            notes.add(
                    "if " + variable + " is set in production, see whether litestream.yml still names the right files:"
                            + " its default was taken");
        }
        return Optional.of(PlainDetector.plan("Spring Boot application", project, databases, notes));
    }

    private static void collect(String file, List<String> values, Set<String> paths, Set<String> variables)
            throws InitException {
        for (String value : values) {
            if (!value.startsWith("jdbc:sqlite:")) {
                continue;
            }
            StringBuilder text = new StringBuilder();
            Matcher matcher = PLACEHOLDER.matcher(value);
            while (matcher.find()) {
                if (matcher.group(2) == null) {
                    throw new InitException(file + ": cannot tell the file of " + value + ": ${" + matcher.group(1)
                            + "} has no default. Nothing was changed; write litestream.yml by hand, as in"
                            + " etc/runnel.yml");
                }
                variables.add(matcher.group(1));
                matcher.appendReplacement(text, Matcher.quoteReplacement(matcher.group(2)));
            }
            String path = Paths.ofSqlite(matcher.appendTail(text).toString());
            if (path != null) {
                paths.add(Paths.clean(path));
            }
        }
    }

    private static List<String> valuesOfProperties(@Nullable String text) throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(text == null ? "" : text));
        return properties.stringPropertyNames().stream()
                .sorted()
                .map(name -> properties.getProperty(name).strip())
                .toList();
    }

    /** Documents of one file are profiles: each may name a database. */
    private static List<String> valuesOfYaml(String file, @Nullable String text) throws InitException {
        List<String> values = new ArrayList<>();
        for (String document : (text == null ? "" : text).split("(?m)^---.*$")) {
            // Maven's and Gradle's filters put @name@ there, which is no YAML.
            String readable = document.replaceAll("@([\\w.-]+)@", "$1");
            leaves(new YamlText(file, readable, readable).values(), values);
        }
        return values;
    }

    private static void leaves(@Nullable Object value, List<String> into) {
        if (value instanceof Map<?, ?> map) {
            map.values().forEach(item -> leaves(item, into));
        } else if (value instanceof List<?> list) {
            list.forEach(item -> leaves(item, into));
        } else if (value instanceof String text) {
            into.add(text.strip());
        }
    }
}
