package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;

/**
 * The image, as the Dockerfile describes it: its root file system is what {@code deploy/image/assemble} makes, and it is
 * run as the other instructions say.
 *
 * @param root the root file system
 * @param user who runs it if nobody says otherwise: {@code uid:gid}
 * @param environment variables of each of its processes
 * @param entryPoint what comes before the arguments of a container
 * @param healthCheck the command that tells the health of a container
 */
record Image(
        Path root, String user, Map<String, String> environment, List<String> entryPoint, List<String> healthCheck) {

    private static final Path PROJECT = Path.of("..");
    private static final String ASSEMBLE = "deploy/image/assemble";
    private static final Pattern INSTRUCTION = Pattern.compile("(?m)^([A-Z]+) (.*)$");

    /** A JDK that the image can be made from: 25 or newer, with its tools. */
    static Optional<Path> jdk() throws IOException {
        List<Path> homes = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"))));
        Path installed = Path.of("/usr/lib/jvm");
        if (Files.isDirectory(installed)) {
            try (Stream<Path> all = Files.list(installed)) {
                homes.addAll(all.sorted().toList());
            }
        }
        for (Path home : homes) {
            Path release = home.resolve("release");
            if (Files.isExecutable(home.resolve("bin/jlink"))
                    && Files.isReadable(release)
                    && Files.readString(release)
                            .lines()
                            .anyMatch(line -> line.matches("JAVA_VERSION=\"(2[5-9]|[3-9]\\d).*"))) {
                return Optional.of(home);
            }
        }
        return Optional.empty();
    }

    /**
     * Makes the root file system, and reads the Dockerfile. Fails if there is anything in it that is not understood here.
     *
     * @param root the directory for the root file system; empty
     */
    static Image assemble(Path jdk, Path root) throws IOException, InterruptedException {
        String dockerfile = Files.readString(PROJECT.resolve("Dockerfile")).replace("\\\n", "");
        int stage = dockerfile.lastIndexOf("\nFROM ");
        assertThat(instructions(dockerfile.substring(0, stage)))
                .as("the last step of the stage before")
                .endsWith(Map.entry("RUN", ASSEMBLE + " /image"));

        ProcessBuilder builder = new ProcessBuilder(PROJECT.resolve(ASSEMBLE).toString(), root.toString());
        builder.environment().put("JAVA_HOME", jdk.toString());
        assertThat(builder.inheritIO().start().waitFor()).as(ASSEMBLE).isZero();

        String user = "";
        Map<String, String> environment = new HashMap<>();
        List<String> entryPoint = List.of();
        List<String> healthCheck = List.of();
        for (Map.Entry<String, String> instruction : instructions(dockerfile.substring(stage))) {
            String value = instruction.getValue();
            switch (instruction.getKey()) {
                case "FROM" -> assertThat(value).isEqualTo("scratch");
                case "COPY" -> assertThat(value).isEqualTo("--from=build /image/ /");
                case "USER" -> user = value;
                case "ENV" -> environment.put(value.replaceAll("=.*", ""), value.replaceAll("^\\w+=", ""));
                case "ENTRYPOINT" -> entryPoint = words(value);
                case "HEALTHCHECK" -> healthCheck = words(value.replaceAll("^(--\\S+ )*CMD ", ""));
                case "ARG", "LABEL" -> assertThat(value).isNotEmpty();
                default -> throw new AssertionError("not known to this test: " + instruction);
            }
        }
        return new Image(root, user, environment, entryPoint, healthCheck);
    }

    private static List<Map.Entry<String, String>> instructions(String text) {
        List<Map.Entry<String, String>> found = new ArrayList<>();
        Matcher matcher = INSTRUCTION.matcher(text);
        while (matcher.find()) {
            found.add(Map.entry(matcher.group(1), matcher.group(2)));
        }
        return found;
    }

    private static List<String> words(String json) {
        List<?> list = new Yaml().load(json);
        return list.stream().map(String::valueOf).toList();
    }
}
