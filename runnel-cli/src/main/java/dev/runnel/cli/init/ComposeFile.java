package dev.runnel.cli.init;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The Compose file of a project: the services of the application, and the one that replicates beside them. */
final class ComposeFile {

    /** The service that replicates. */
    static final String NAME = "litestream";

    private static final String STATE = "litestream-state";

    private final String file;
    private final String source;
    private final YamlText yaml;
    private final Map<String, Map<String, @Nullable Object>> services = new LinkedHashMap<>();

    private ComposeFile(String file, String source) throws InitException {
        this.file = file;
        this.source = source;
        this.yaml = new YamlText(file, source, source);
        YamlText.map(yaml.values().get("services")).forEach((name, value) -> services.put(name, YamlText.map(value)));
    }

    /** Null if there is none. */
    static @Nullable ComposeFile of(Project project) throws IOException, InitException {
        String file = project.first("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml");
        String source = file == null ? null : project.read(file);
        return file == null || source == null ? null : new ComposeFile(file, source);
    }

    /** Its name. */
    String file() {
        return file;
    }

    /** The services but the one that replicates, by name. */
    Map<String, Map<String, @Nullable Object>> applications() {
        Map<String, Map<String, @Nullable Object>> others = new LinkedHashMap<>(services);
        others.remove(NAME);
        return others;
    }

    /** The volume of a service that holds {@code path}, read-only; null if none does. */
    static @Nullable String mount(Map<String, @Nullable Object> service, String path) {
        for (Object volume : YamlText.list(service.get("volumes"))) {
            String from;
            String to;
            if (volume instanceof Map<?, ?> map) {
                from = String.valueOf(map.get("source"));
                to = String.valueOf(map.get("target"));
            } else {
                String[] parts = String.valueOf(volume).split(":");
                from = parts[0];
                to = parts.length > 1 ? parts[1] : "";
            }
            if (!to.isEmpty() && !to.equals("null") && path.startsWith(to.replaceFirst("/$", "") + "/")) {
                return from + ":" + to + ":ro";
            }
        }
        return null;
    }

    /**
     * The service that replicates, and the volume of its state, where they are not there yet.
     *
     * @param config file of the project that is its configuration
     * @param mounts its volumes
     * @param directory where relative paths of the configuration start; null if it has none
     */
    FileChange withReplication(String image, String config, Set<String> mounts, @Nullable String directory)
            throws InitException {
        if (services.containsKey(NAME)) {
            return new FileChange(file, source, source);
        }
        String after = yaml.insert("services", service(image, config, mounts, directory));
        YamlText next = new YamlText(file, after, after);
        if (!YamlText.map(next.values().get("volumes")).containsKey(STATE)) {
            after = next.insert("volumes", List.of(STATE + ":"));
        }
        return new FileChange(file, source, after);
    }

    private static List<String> service(String image, String config, Set<String> mounts, @Nullable String directory) {
        List<String> lines = new ArrayList<>();
        lines.add(NAME + ":");
        lines.add("  image: " + Texts.scalar(image));
        lines.add("  command: replicate");
        lines.add("  restart: unless-stopped");
        if (directory != null) {
            lines.add("  working_dir: " + Texts.scalar(directory));
        }
        lines.add("  volumes:");
        lines.add("    - ./" + config + ":/etc/litestream.yml:ro");
        mounts.forEach(mount -> lines.add("    - " + Texts.scalar(mount)));
        lines.add("    - " + STATE + ":/var/lib/runnel");
        lines.add("  environment:");
        ReplicationConfig.VARIABLES.forEach(variable -> lines.add("    " + variable + ": ${" + variable + ":-}"));
        lines.add("  healthcheck:");
        lines.add("    test: [CMD, litestream, databases]");
        lines.add("    interval: 30s");
        lines.add("    timeout: 5s");
        lines.add("    start_period: 60s");
        return lines;
    }
}
