package dev.runnel.cli.init;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Compose: services whose environment names a database in one of their volumes. */
final class ComposeDetector implements Detector {

    private static final String CONFIG = "litestream.yml";
    private static final Pattern DATABASE = Pattern.compile(
            "(?:jdbc:)?(?:sqlite3?:|file:)?(?:///|//)?(/[^\\s?]+\\.(?:db|db3|sqlite|sqlite3))(?:\\?.*)?");

    @Override
    public Optional<Plan> plan(Project project, InitOptions options) throws IOException, InitException {
        ComposeFile compose = ComposeFile.of(project);
        if (compose == null) {
            return Optional.empty();
        }
        Map<String, FoundDatabase> databases = new LinkedHashMap<>();
        Set<String> mounts = new LinkedHashSet<>();
        for (Map.Entry<String, Map<String, @Nullable Object>> entry :
                compose.applications().entrySet()) {
            for (String path : paths(entry.getValue().get("environment"))) {
                String mount = ComposeFile.mount(entry.getValue(), path);
                if (mount == null) {
                    throw new InitException(compose.file() + ": no volume of service `" + entry.getKey() + "` holds "
                            + path + ". Nothing was changed; give it one, and call init again");
                }
                mounts.add(mount);
                databases.putIfAbsent(path, new FoundDatabase(Role.PRIMARY, path, path.substring(1)));
            }
        }
        if (databases.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Plan(
                "Compose project",
                List.of(
                        ReplicationConfig.plan(project, CONFIG, List.copyOf(databases.values())),
                        compose.withReplication(options.image(), CONFIG, mounts, null)),
                List.of(
                        "set " + String.join(", ", ReplicationConfig.VARIABLES) + " in .env",
                        "then: docker compose up -d " + ComposeFile.NAME)));
    }

    /** Databases named in the environment, which is a map, or a list of NAME=value. */
    private static List<String> paths(@Nullable Object environment) {
        List<String> values = new ArrayList<>();
        YamlText.map(environment).values().forEach(value -> values.add(String.valueOf(value)));
        for (Object item : YamlText.list(environment)) {
            String text = String.valueOf(item);
            values.add(text.substring(text.indexOf('=') + 1));
        }
        List<String> paths = new ArrayList<>();
        for (String value : values) {
            Matcher matcher = DATABASE.matcher(value.strip());
            if (matcher.matches()) {
                paths.add(Paths.clean(matcher.group(1)));
            }
        }
        return paths;
    }
}
