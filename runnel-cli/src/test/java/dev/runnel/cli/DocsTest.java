package dev.runnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.cli.config.ConfigException;
import dev.runnel.cli.config.ConfigParser;
import dev.runnel.cli.config.PathRules;
import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.config.S3Target;
import dev.runnel.cli.config.ShellWords;
import dev.runnel.s3.S3Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/**
 * What documentation and deployment files show is accepted: configurations by the strict parser, command lines by the
 * flags of their commands.
 */
class DocsTest {

    private static final Path ROOT = Path.of("..");
    private static final Path DEPLOY = ROOT.resolve("deploy");
    private static final Pattern BLOCK =
            Pattern.compile("^ *```(\\w*)\n(.*?)^ *```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern COMMAND = Pattern.compile(
            " *(?:ExecStart=|exec |docker (?:run|exec) .* )?(?:[\\w./]*/)?(?:runnel|litestream) ([^\"].*)");
    private static final Pattern INLINE = Pattern.compile("`(?:\\./)?runnel ([a-z][^`<\n]*)`");
    private static final Pattern LINK = Pattern.compile("]\\((?!https?:)([^)#]*)(?:#([^)]*))?\\)");
    private static final Pattern CLASS = Pattern.compile("`([A-Z][a-z]+(?:[A-Z][a-z0-9]+)+)(?:\\.\\w+)?`");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?([A-Z][A-Z0-9_]*)");

    /** The databases that the documentation speaks of. */
    private static final String CONFIG = """
            dbs:
              - path: /data/app.db
                replicas:
                  - {name: disk, path: /backup/app}
                  - {name: offsite, url: "s3://backups/app?region=eu-central-1"}
              - path: /data/primary.db
                replica: {path: /backup/primary}
            """;

    @TempDir
    private Path directory;

    // --- Configurations

    @Test
    void everyConfigurationInTheDocumentationParses() throws Exception {
        int found = 0;
        for (Path document : documents()) {
            for (String yaml : blocks(document, "yaml")) {
                new Yaml().load(yaml);
                if (yaml.startsWith("dbs:") || yaml.contains("\ndbs:")) {
                    parse(document, yaml);
                    found++;
                }
            }
        }
        assertThat(found).isGreaterThan(10);
    }

    @Test
    void theExamplesParse() throws Exception {
        for (Path file : List.of(ROOT.resolve("etc/runnel.yml"), DEPLOY.resolve("app.yml"))) {
            assertThat(parse(file, Files.readString(file)).databases()).isNotEmpty();
        }
        assertThat(parse(DEPLOY.resolve("kubernetes.yaml"), configMap()).databases())
                .hasSize(1);
    }

    /** The key names of the example are all there are: commented ones included, each parses where it stands. */
    @Test
    void whatTheExampleHasInCommentsParsesToo() throws Exception {
        Path file = ROOT.resolve("etc/runnel.yml");
        String all = Files.readString(file).replaceAll("(?m)^( *)# (?=( *)(- )?[a-z0-9-]+:( |$))", "$1");
        RunnelConfig config = parse(file, all);
        assertThat(config.service().addr()).isNotNull();
        assertThat(config.directories()).hasSize(1);
    }

    @Test
    void providersBehaveAsTheTableSays() throws Exception {
        Path page = ROOT.resolve("docs/PROVIDERS.md");
        String text = Files.readString(page);
        Matcher section = Pattern.compile(
                        "^## (\\w+)[^\n]*\n(?:(?!^## ).)*?^```yaml\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(text);
        int found = 0;
        while (section.find()) {
            String name = section.group(1);
            S3Target target = (S3Target) parse(page, section.group(2))
                    .databases()
                    .get(0)
                    .replicas()
                    .get(0)
                    .target();
            S3Settings settings = target.settings();
            assertThat(text.lines().filter(line -> line.startsWith("| " + name)).toList())
                    .as(name)
                    .singleElement()
                    .asString()
                    .contains("| %s | %s | %d |"
                            .formatted(
                                    settings.conditionalWrites() ? "used" : "not used",
                                    settings.pathStyle() ? "path" : "host",
                                    settings.concurrency()));
            found++;
        }
        assertThat(found).isEqualTo(9);
    }

    /** Files by their path, sections by the name that a heading gets as an anchor. */
    @Test
    void everyLinkLeadsSomewhere() {
        for (Path document : documents()) {
            LINK.matcher(read(document)).results().forEach(link -> {
                Path target = link.group(1).isEmpty() ? document : document.resolveSibling(link.group(1));
                assertThat(target).as("link in %s", document).exists();
                if (link.group(2) != null) {
                    assertThat(anchors(target)).as("section in %s", document).contains(link.group(2));
                }
            });
        }
    }

    @Test
    void everyClassThatIsNamedExists() throws Exception {
        Set<String> classes;
        try (Stream<Path> files =
                Files.find(ROOT, 15, (path, a) -> path.toString().contains("/src/"))) {
            classes = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".java"))
                    .map(name -> name.substring(0, name.length() - ".java".length()))
                    .collect(Collectors.toSet());
        }
        for (Path document : documents()) {
            assertThat(CLASS.matcher(read(document)).results().map(hit -> hit.group(1)))
                    .as("classes in %s", document)
                    .allMatch(classes::contains);
        }
    }

    // --- Command lines

    @Test
    void everyCommandInTheDocumentationIsAccepted() {
        int found = 0;
        for (Path document : documents()) {
            for (String block : blocks(document, "sh")) {
                for (String line : commands(block)) {
                    accepted(document, line);
                    found++;
                }
            }
        }
        assertThat(found).isGreaterThan(25);
    }

    /** Those in the middle of a sentence have placeholders, so only their command and flags are looked at. */
    @Test
    void commandsInSentencesHaveFlagsThatExist() {
        for (Path document : documents()) {
            INLINE.matcher(read(document))
                    .results()
                    .map(hit -> hit.group(1))
                    .forEach(line -> assertThat(run(line).err())
                            .as("%s: runnel %s", document, line)
                            .doesNotContain("flag", "unknown command", "too many arguments"));
        }
    }

    @Test
    void theServiceIsAnIniFileAndItsCommandIsAccepted() {
        Path file = DEPLOY.resolve("runnel.service");
        List<String> sections = new ArrayList<>();
        for (String line : read(file).split("\n")) {
            if (line.startsWith("[")) {
                sections.add(line);
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                assertThat(line).matches("[A-Z][A-Za-z]+=.*");
            }
        }
        assertThat(sections).containsExactly("[Unit]", "[Service]", "[Install]");
        List<String> commands = commands(read(file));
        assertThat(commands).singleElement().asString().startsWith("replicate ");
        accepted(file, commands.get(0));
    }

    @Test
    @SuppressWarnings("unchecked")
    void commandsOfContainersAreAccepted() {
        Path compose = DEPLOY.resolve("compose.yaml");
        Map<String, Map<String, Object>> services = (Map<String, Map<String, Object>>)
                ((Map<String, Object>) new Yaml().load(read(compose))).get("services");
        assertThat(services).containsOnlyKeys("restore", "app", "runnel");
        List<String> script = (List<String>) services.get("restore").get("command");
        assertThat(commands(script.get(0))).singleElement().asString().startsWith("restore ");
        accepted(compose, commands(script.get(0)).get(0));
        assertThat(services.get("runnel")).doesNotContainKeys("entrypoint", "healthcheck");
        accepted(compose, String.valueOf(services.get("runnel").get("command")));

        Path kubernetes = DEPLOY.resolve("kubernetes.yaml");
        Map<String, Object> pod = kubernetesPod();
        List<Map<String, Object>> containers = (List<Map<String, Object>>) pod.get("initContainers");
        assertThat(containers).extracting(c -> c.get("name")).containsExactly("restore", "runnel");
        for (Map<String, Object> container : containers) {
            assertThat(container).doesNotContainKey("command");
            accepted(kubernetes, String.join(" ", (List<String>) container.get("args")));
        }
    }

    /** Run for real, with a runnel that only notes how it was called. */
    @Test
    void theEntryPointHandsTheCommandOverWordByWord() throws Exception {
        Path bin = Files.createDirectories(directory.resolve("bin"));
        Path noted = directory.resolve("noted");
        Path stub = Files.writeString(
                bin.resolve("runnel"),
                "#!/bin/sh\nfor word in \"$@\"; do printf '%s\\n' \"$word\"; done >>" + noted + "\n");
        assertThat(stub.toFile().setExecutable(true)).isTrue();
        List<String> words = List.of("bin/server", "--name", "it's", "a  b", "$HOME");
        List<String> call =
                new ArrayList<>(List.of("sh", DEPLOY.resolve("entrypoint.sh").toString()));
        call.addAll(words);
        ProcessBuilder builder = new ProcessBuilder(call).inheritIO();
        builder.environment().merge("PATH", bin.toString(), (path, own) -> own + ":" + path);
        builder.environment().put("DB_PATH", "/data/app.db");
        assertThat(builder.start().waitFor()).isZero();

        List<String> lines = Files.readAllLines(noted);
        assertThat(lines.subList(0, 6))
                .containsExactly(
                        "restore", "-if-db-not-exists", "-if-replica-exists", "/data/app.db", "replicate", "-exec");
        assertThat(ShellWords.split(lines.get(6))).isEqualTo(words);
        commands(read(DEPLOY.resolve("entrypoint.sh"))).forEach(line -> accepted(DEPLOY, line));
    }

    // --- Tools

    private static List<Path> documents() {
        try (Stream<Path> pages = Files.list(ROOT.resolve("docs"))) {
            return Stream.concat(Stream.of(ROOT.resolve("README.md")), pages.sorted())
                    .filter(path -> path.toString().endsWith(".md"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> anchors(Path document) {
        return read(document)
                .lines()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT))
                .map(line -> line.replaceAll("[^a-z0-9 -]", "").replace(' ', '-'))
                .toList();
    }

    private static List<String> blocks(Path document, String language) {
        return BLOCK.matcher(read(document))
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .toList();
    }

    /** Arguments of the lines that call runnel, without comments and with defaults in place of variables. */
    private static List<String> commands(String text) {
        return text.replace("\\\n", "")
                .lines()
                .map(line -> line.replaceAll(" +# .*", "").replaceAll("\\$\\{\\w+:-([^}]*)}", "$1"))
                .map(COMMAND::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .toList();
    }

    private CliHarness.Run run(String line) {
        String config = directory.resolve("runnel.yml").toString();
        List<String> words = ShellWords.split(line.replace("/etc/runnel.yml", config));
        return new CliHarness(directory).config(CONFIG).run(words.toArray(String[]::new));
    }

    /** A command that speaks to a daemon finds none here, one that looks for a project none, and all are content otherwise. */
    private void accepted(Path where, String line) {
        CliHarness.Run run = run(line);
        if (run.code() != 0) {
            assertThat(run.err())
                    .as("%s: runnel %s", where, line)
                    .containsAnyOf(" is not running", ": found neither a Rails application");
        }
    }

    private static RunnelConfig parse(Path where, String yaml) throws ConfigException {
        Map<String, String> variables = new HashMap<>();
        VARIABLE.matcher(yaml).results().forEach(hit -> variables.put(hit.group(1), "some"));
        PathRules paths = new PathRules(Path.of("/home/me"), Path.of("/srv/app"));
        RunnelConfig config = new ConfigParser(paths, variables, () -> 4711).parse(where.toString(), yaml, true);
        assertThat(config.notes()).as("keys without effect in %s", where).isEmpty();
        return config;
    }

    private static List<Object> kubernetes() {
        Iterable<Object> documents = new Yaml().loadAll(read(DEPLOY.resolve("kubernetes.yaml")));
        return StreamSupport.stream(documents.spliterator(), false).toList();
    }

    @SuppressWarnings("unchecked")
    private static String configMap() {
        Map<String, Object> map = (Map<String, Object>) kubernetes().get(0);
        return String.valueOf(((Map<String, Object>) map.get("data")).get("runnel.yml"));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> kubernetesPod() {
        Map<String, Object> set = (Map<String, Object>) kubernetes().get(1);
        Map<String, Object> template = (Map<String, Object>) ((Map<String, Object>) set.get("spec")).get("template");
        return (Map<String, Object>) template.get("spec");
    }
}
