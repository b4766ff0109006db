package dev.runnel.cli.init;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the configuration of the daemon, or adds to it what it lacks. */
final class ReplicationConfig {

    /** The environment that the configuration asks for. */
    static final List<String> VARIABLES = List.of(
            "LITESTREAM_REPLICA_BUCKET",
            "LITESTREAM_REPLICA_REGION",
            "LITESTREAM_REPLICA_ENDPOINT",
            "LITESTREAM_ACCESS_KEY_ID",
            "LITESTREAM_SECRET_ACCESS_KEY");

    private static final String HEAD = """
            # What is replicated where. Read by `runnel replicate`, and by `litestream replicate` alike.
            #
            # Environment variables are put in. All five must be set; for AWS, LITESTREAM_REPLICA_ENDPOINT to nothing.
            # `retention` is how far back a restore can go, `sync-interval` how much a lost machine can cost.
            dbs:
            """;

    private ReplicationConfig() {}

    /** The file {@code file} of a project, with all the databases in it. */
    static FileChange plan(Project project, String file, List<FoundDatabase> databases)
            throws java.io.IOException, InitException {
        String before = project.read(file);
        if (before == null) {
            StringBuilder text = new StringBuilder(HEAD);
            for (FoundDatabase database : databases) {
                item(database).forEach(line -> text.append("  ").append(line).append('\n'));
            }
            return new FileChange(file, null, text.toString());
        }
        String text = before;
        for (FoundDatabase database : databases) {
            YamlText yaml = new YamlText(file, text, text);
            if (!has(project, file, yaml, database)) {
                text = yaml.insert("dbs", item(database));
            }
        }
        return new FileChange(file, before, text);
    }

    private static boolean has(Project project, String file, YamlText yaml, FoundDatabase database)
            throws InitException {
        for (Object entry : YamlText.list(yaml.values().get("dbs"))) {
            Object path = YamlText.map(entry).get("path");
            if (path == null) {
                continue;
            }
            String plain = path.toString().replaceFirst("^sqlite3?://", "");
            if (plain.replace("$$", "").contains("$")) {
                throw InitException.byHand(
                        file,
                        "the path " + path + " hides which database it is",
                        "under `dbs:`, unless it is that database",
                        String.join("\n", item(database)));
            }
            if (same(project, plain.replace("$$", "$"), database)) {
                return true;
            }
        }
        return false;
    }

    /** Relative and absolute spellings of one path are the same; so is the place of the application in its container. */
    private static boolean same(Project project, String path, FoundDatabase database) {
        return project.root()
                        .resolve(path)
                        .normalize()
                        .equals(project.root().resolve(database.path()).normalize())
                || project.root()
                        .resolve(path)
                        .normalize()
                        .equals(project.root().resolve(database.replicaPath()).normalize());
    }

    private static List<String> item(FoundDatabase database) {
        List<String> lines = new ArrayList<>();
        lines.add("- path: " + Texts.literal(database.path()));
        lines.add("  replicas:");
        lines.add("    - type: s3");
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("bucket", "$LITESTREAM_REPLICA_BUCKET");
        keys.put("path", Texts.literal(database.replicaPath()));
        keys.put("region", "$LITESTREAM_REPLICA_REGION");
        keys.put("endpoint", "$LITESTREAM_REPLICA_ENDPOINT");
        keys.put("access-key-id", "$LITESTREAM_ACCESS_KEY_ID");
        keys.put("secret-access-key", "$LITESTREAM_SECRET_ACCESS_KEY");
        keys.forEach((key, value) -> lines.add("      " + key + ": " + value));
        database.role().settings().forEach(setting -> lines.add("      " + setting));
        return lines;
    }
}
