package dev.runnel.cli.init;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rails that Docker Compose deploys: which service is the application, and what a service beside it needs. */
final class RailsCompose {

    private final ComposeFile compose;
    private final String service;
    private final Map<String, @Nullable Object> settings;

    private RailsCompose(ComposeFile compose, String service, Map<String, @Nullable Object> settings) {
        this.compose = compose;
        this.service = service;
        this.settings = settings;
    }

    /**
     * The service that has a database of {@code paths} in a volume, else one that is built here; null if there is neither,
     * since then the file holds what the application needs, such as a mail server, but not the application.
     *
     * @param root where the application stands in its container, unless a service says so
     * @param paths databases of production, relative or absolute
     */
    static @Nullable RailsCompose of(Project project, String root, List<String> paths)
            throws IOException, InitException {
        ComposeFile compose = ComposeFile.of(project);
        if (compose == null) {
            return null;
        }
        RailsCompose built = null;
        for (Map.Entry<String, Map<String, @Nullable Object>> entry :
                compose.applications().entrySet()) {
            RailsCompose candidate = new RailsCompose(compose, entry.getKey(), entry.getValue());
            String directory = candidate.directory(root);
            if (isForDevelopment(entry.getValue())) {
                continue;
            }
            for (String path : paths) {
                if (ComposeFile.mount(entry.getValue(), Paths.under(directory, path)) != null) {
                    return candidate;
                }
            }
            built = built == null && entry.getValue().containsKey("build") ? candidate : built;
        }
        return built;
    }

    private static boolean isForDevelopment(Map<String, @Nullable Object> service) {
        Object environment = service.get("environment");
        Object named = YamlText.map(environment).get("RAILS_ENV");
        return (named != null && !named.equals("production"))
                || YamlText.list(environment).stream()
                        .map(String::valueOf)
                        .anyMatch(item -> item.startsWith("RAILS_ENV=") && !item.equals("RAILS_ENV=production"));
    }

    /** Where the application stands in its container. */
    String directory(String root) {
        Object directory = settings.get("working_dir");
        return directory == null ? root : directory.toString();
    }

    /** The first database that is in no volume of the application, and so is lost with its container; null if all are. */
    @Nullable
    String lost(List<FoundDatabase> databases) {
        return databases.stream()
                .map(FoundDatabase::path)
                .filter(path -> ComposeFile.mount(settings, path) == null)
                .findFirst()
                .orElse(null);
    }

    /** What to say of a database that is {@link #lost}. */
    String warning(String lost) {
        return "no volume of service `" + service + "` in " + compose.file() + " holds " + lost
                + ", so that it is lost with its container; give it one, and call init again to have it replicated"
                + " there";
    }

    /** The file with the service that replicates; no database is {@link #lost}. */
    FileChange plan(String image, String config, List<FoundDatabase> databases, String directory) throws InitException {
        Set<String> mounts = new LinkedHashSet<>();
        for (FoundDatabase database : databases) {
            String mount = ComposeFile.mount(settings, database.path());
            if (mount != null) {
                mounts.add(mount);
            }
        }
        return compose.withReplication(image, config, mounts, directory);
    }
}
