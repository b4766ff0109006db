package dev.runnel.cli.init;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Rails: the databases of production in {@code config/database.yml}; Kamal, where {@code config/deploy.yml} is there, else
 * Compose, where a service of the Compose file is the application.
 */
final class RailsDetector implements Detector {

    private static final String DATABASES = "config/database.yml";
    private static final String CONFIG = "config/litestream.yml";
    private static final Pattern WORKDIR = Pattern.compile("(?im)^\\s*WORKDIR\\s+\"?(/[^\\s\"]*)");

    private static final String INITIALIZER = """
            # Settings of the litestream gem, for its tasks, its dashboard and its Puma plugin. Without the gem, nothing here
            # has an effect: `runnel replicate` reads config/litestream.yml and the environment.
            #
            # if defined?(Litestream)
            #   Rails.application.configure do
            #     credentials = Rails.application.credentials.litestream
            #     config.litestream.replica_bucket = credentials&.replica_bucket
            #     config.litestream.replica_region = credentials&.replica_region
            #     config.litestream.replica_endpoint = credentials&.replica_endpoint
            #     config.litestream.replica_key_id = credentials&.replica_key_id
            #     config.litestream.replica_access_key = credentials&.replica_access_key
            #   end
            # end
            """;

    /** A database of production as the application knows it. */
    private record Named(String name, String path) {}

    @Override
    public Optional<Plan> plan(Project project, InitOptions options) throws IOException, InitException {
        String source = project.read(DATABASES);
        if (source == null) {
            return Optional.empty();
        }
        Erb erb = new Erb(DATABASES, source, true);
        List<Named> named =
                databases(new YamlText(DATABASES, source, erb.text()).values().get("production"));
        if (named.isEmpty()) {
            throw new InitException(DATABASES + ": production has no SQLite database (adapter: sqlite3 with a file)");
        }
        List<String> notes = new ArrayList<>();
        Deployment deployment = deployment(project, options, named, notes);
        List<FoundDatabase> databases = found(named, deployment.root());
        List<FileChange> files = new ArrayList<>();
        files.add(ReplicationConfig.plan(project, CONFIG, databases));
        if (deployment.kind() == Kind.KAMAL) {
            new Kamal(project, options.image()).plan(databases, String.valueOf(deployment.root()), files, notes);
        } else if (deployment.compose() != null) {
            files.add(deployment.compose().plan(options.image(), CONFIG, databases, String.valueOf(deployment.root())));
        }
        String initializer = project.read("config/initializers/litestream.rb");
        files.add(new FileChange(
                "config/initializers/litestream.rb", initializer, initializer == null ? INITIALIZER : initializer));
        String gems = project.read("Gemfile");
        boolean gem = gems != null && gems.lines().anyMatch(line -> line.matches("\\s*gem\\s+[\"']litestream[\"'].*"));
        Procfile.plan(
                        project,
                        gem ? "bin/rails litestream:replicate" : "runnel replicate -config " + CONFIG,
                        deployment.kind() == Kind.PLAIN ? "rails: bin/rails server -p $PORT" : null)
                .ifPresent(files::add);
        for (String variable : erb.variablesOf(named.stream().map(Named::path).toList())) {
            notes.add("if " + variable + " is set in production, see whether " + CONFIG
                    + " still names the right files: " + "the default in " + DATABASES + " was taken");
        }
        notes.add("set " + String.join(", ", ReplicationConfig.VARIABLES) + deployment.kind().variables);
        notes.add("then: " + deployment.kind().next);
        return Optional.of(new Plan("Rails application" + deployment.kind().with, files, notes));
    }

    /** What runs the application. */
    private enum Kind {
        KAMAL(
                " with Kamal",
                " where `kamal` runs, or replace them in .kamal/secrets",
                "kamal accessory boot litestream"),
        COMPOSE(" with Compose", " in .env", "docker compose up -d litestream"),
        PLAIN(
                "",
                " where the daemon runs",
                "runnel config check -config " + CONFIG + ", and start the processes of the Procfile");

        private final String with;
        private final String variables;
        private final String next;

        Kind(String with, String variables, String next) {
            this.with = with;
            this.variables = variables;
            this.next = next;
        }
    }

    /**
     * How the application is deployed.
     *
     * @param root where it stands in its container; null if it is in none
     * @param compose its service; null unless it is Compose that runs it
     */
    private record Deployment(
            Kind kind, @Nullable String root, @Nullable RailsCompose compose) {}

    private static Deployment deployment(Project project, InitOptions options, List<Named> named, List<String> notes)
            throws IOException, InitException {
        String given = options.appRoot();
        String root = given == null ? workdir(project) : given;
        if (project.read(Kamal.DEPLOY) != null) {
            return new Deployment(Kind.KAMAL, root, null);
        }
        RailsCompose compose =
                RailsCompose.of(project, root, named.stream().map(Named::path).toList());
        if (compose == null) {
            return new Deployment(Kind.PLAIN, given, null);
        }
        String directory = given == null ? compose.directory(root) : given;
        String lost = compose.lost(found(named, directory));
        if (lost != null) {
            notes.add(compose.warning(lost));
            return new Deployment(Kind.PLAIN, given, null);
        }
        return new Deployment(Kind.COMPOSE, directory, compose);
    }

    private static String workdir(Project project) throws IOException, InitException {
        String dockerfile = project.read("Dockerfile");
        Matcher matcher = WORKDIR.matcher(dockerfile == null ? "" : dockerfile);
        String last = "/rails";
        while (matcher.find()) {
            last = matcher.group(1);
        }
        return last;
    }

    private static List<FoundDatabase> found(List<Named> named, @Nullable String root) {
        return named.stream().map(database -> found(database, root)).toList();
    }

    private static FoundDatabase found(Named database, @Nullable String root) {
        Role role = Role.of(database.name());
        String path = Paths.clean(database.path());
        if (!path.startsWith("/")) {
            return new FoundDatabase(role, root == null ? path : Paths.under(root, path), path);
        }
        boolean inside = root != null && path.startsWith(root + "/");
        return new FoundDatabase(
                role, path, path.substring(inside ? String.valueOf(root).length() + 1 : 1));
    }

    /** One database, or a map of them; several that are one file count once. */
    private static List<Named> databases(@Nullable Object production) throws InitException {
        Map<String, @Nullable Object> map = YamlText.map(production);
        Map<String, @Nullable Object> byName = new LinkedHashMap<>();
        if (map.values().stream().anyMatch(value -> value instanceof Map)) {
            map.forEach((name, value) -> {
                if (value instanceof Map) {
                    byName.put(name, value);
                }
            });
        } else {
            byName.put("primary", map);
        }
        Map<String, Named> byPath = new LinkedHashMap<>();
        for (Map.Entry<String, @Nullable Object> entry : byName.entrySet()) {
            String path = file(entry.getKey(), YamlText.map(entry.getValue()));
            if (path != null) {
                byPath.putIfAbsent(Paths.clean(path), new Named(entry.getKey(), path));
            }
        }
        return List.copyOf(byPath.values());
    }

    private static @Nullable String file(String name, Map<String, @Nullable Object> settings) throws InitException {
        Object url = settings.get("url");
        String text;
        if (url != null) {
            text = url.toString();
            if (!text.matches("sqlite3?:.*") && !Erb.isUnknown(text)) {
                return null;
            }
        } else {
            String adapter = String.valueOf(settings.get("adapter"));
            if (!Erb.isUnknown(adapter) && !List.of("sqlite3", "litedb").contains(adapter)) {
                return null;
            }
            Object database = settings.get("database");
            text = database == null ? "__erb_0__" : database.toString();
        }
        if (Erb.isUnknown(text)) {
            throw new InitException(DATABASES + ": cannot tell the file of production's database `" + name
                    + "` without running Ruby. Nothing was changed; give it a default, as in"
                    + " <%= ENV.fetch(\"DATABASE_PATH\") { \"storage/production.sqlite3\" } %>");
        }
        return Paths.ofSqlite(text);
    }
}
