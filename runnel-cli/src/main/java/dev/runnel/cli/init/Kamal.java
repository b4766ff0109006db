package dev.runnel.cli.init;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Kamal: an accessory that replicates beside the application, and its secrets. */
final class Kamal {

    static final String DEPLOY = "config/deploy.yml";
    private static final String SECRETS = ".kamal/secrets";
    private static final String NAME = "litestream";

    private final Project project;
    private final String image;

    Kamal(Project project, String image) {
        this.project = project;
        this.image = image;
    }

    /**
     * Adds the files of Kamal.
     *
     * @param root where the application stands in its container
     */
    void plan(List<FoundDatabase> databases, String root, List<FileChange> files, List<String> notes)
            throws IOException, InitException {
        String source = project.read(DEPLOY);
        if (source == null) {
            return;
        }
        Erb erb = new Erb(DEPLOY, source, false);
        YamlText yaml = new YamlText(DEPLOY, source, erb.text());
        if (YamlText.map(yaml.values().get("accessories")).containsKey(NAME)) {
            files.add(new FileChange(DEPLOY, source, source));
        } else {
            List<String> accessory = accessory(yaml.values(), databases, root, notes);
            files.add(new FileChange(DEPLOY, source, erb.restore(yaml.insert("accessories", accessory))));
        }
        files.add(secrets());
    }

    private List<String> accessory(
            Map<String, @Nullable Object> deploy, List<FoundDatabase> databases, String root, List<String> notes)
            throws InitException {
        String service = String.valueOf(deploy.get("service"));
        Set<String> volumes = new LinkedHashSet<>();
        for (FoundDatabase database : databases) {
            volumes.add(volume(YamlText.list(deploy.get("volumes")), database.path(), service));
        }
        List<String> lines = new ArrayList<>();
        lines.add(NAME + ":");
        lines.add("  image: " + Texts.scalar(image));
        lines.add("  host: " + Texts.scalar(host(deploy.get("servers"), notes)));
        lines.add("  cmd: replicate");
        lines.add("  files:");
        lines.add("    - config/litestream.yml:/etc/litestream.yml");
        lines.add("  volumes:");
        volumes.forEach(volume -> lines.add("    - " + Texts.scalar(volume)));
        lines.add("    - " + Texts.scalar(service + "_litestream:/var/lib/runnel"));
        lines.add("  env:");
        lines.add("    secret:");
        ReplicationConfig.VARIABLES.forEach(variable -> lines.add("      - " + variable));
        lines.add("  options:");
        lines.add("    workdir: " + Texts.scalar(root));
        lines.add("    health-cmd: litestream databases");
        lines.add("    health-interval: 30s");
        lines.add("    health-timeout: 5s");
        lines.add("    health-start-period: 60s");
        return lines;
    }

    /** The volume of the application that holds a database, read-only. */
    private static String volume(List<@Nullable Object> volumes, String database, String service) throws InitException {
        for (Object volume : volumes) {
            String[] parts = String.valueOf(volume).split(":");
            if (parts.length >= 2 && database.startsWith(parts[1].replaceFirst("/$", "") + "/")) {
                StringBuilder options = new StringBuilder("ro");
                for (String option : parts.length > 2 ? parts[2].split(",") : new String[0]) {
                    if (!option.equals("rw") && !option.equals("ro")) {
                        options.append(',').append(option);
                    }
                }
                return parts[0] + ":" + parts[1] + ":" + options;
            }
        }
        String folder = database.substring(0, Math.max(1, database.lastIndexOf('/')));
        throw InitException.byHand(
                DEPLOY,
                "no volume holds " + database + ", so that every deploy begins with an empty database",
                "at the top, and call init again",
                "volumes:\n  - " + service + "_storage:" + folder);
    }

    private static String host(@Nullable Object servers, List<String> notes) throws InitException {
        Object web = servers instanceof Map<?, ?> roles
                ? roles.containsKey("web")
                        ? roles.get("web")
                        : roles.values().stream().findFirst().orElse(null)
                : servers;
        List<@Nullable Object> hosts = YamlText.list(web instanceof Map<?, ?> role ? role.get("hosts") : web);
        if (hosts.isEmpty()) {
            throw new InitException(DEPLOY + ": cannot tell the host of the database: `servers:` has no list of hosts."
                    + " Nothing was changed; add the accessory by hand, as docs/RAILS.md shows it");
        }
        Object first = hosts.get(0);
        String host = first instanceof Map<?, ?> tagged
                ? tagged.keySet().stream().map(String::valueOf).findFirst().orElse("")
                : String.valueOf(first);
        if (hosts.size() > 1) {
            notes.add("there are " + hosts.size() + " web hosts; only the database of " + host + " is replicated");
        }
        return host;
    }

    private FileChange secrets() throws IOException, InitException {
        String before = project.read(SECRETS);
        List<String> lines = new ArrayList<>();
        for (String variable : ReplicationConfig.VARIABLES) {
            if (before == null
                    || before.lines().noneMatch(line -> line.matches("\\s*(export\\s+)?" + variable + "\\s*=.*"))) {
                lines.add(variable + "=$" + variable);
            }
        }
        return new FileChange(SECRETS, before, Texts.append(before, lines));
    }
}
