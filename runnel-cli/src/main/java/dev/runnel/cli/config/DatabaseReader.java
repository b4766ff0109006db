package dev.runnel.cli.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads one item of {@code dbs:}. */
final class DatabaseReader {

    private static final String LEFT_TO_APPLICATION =
            "Runnel leaves checkpoints to the application, unless told `checkpoint: always`";
    private static final String IN_REPLICA = "the replica, below `replica:`";
    private static final String AT_TOP = "the top of the file";

    private static final Map<String, String> ELSEWHERE = Map.ofEntries(
            Map.entry("url", IN_REPLICA),
            Map.entry("type", IN_REPLICA),
            Map.entry("bucket", IN_REPLICA),
            Map.entry("endpoint", IN_REPLICA),
            Map.entry("region", IN_REPLICA),
            Map.entry("access-key-id", IN_REPLICA),
            Map.entry("secret-access-key", IN_REPLICA),
            Map.entry("sync-interval", IN_REPLICA),
            Map.entry("validation-interval", IN_REPLICA),
            Map.entry("verify-max-age", IN_REPLICA),
            Map.entry("lease", IN_REPLICA),
            Map.entry("lease-ttl", IN_REPLICA),
            Map.entry("retention", IN_REPLICA + ", or write `snapshot: retention:`"),
            Map.entry("snapshot-interval", IN_REPLICA + ", or write `snapshot: interval:`"),
            Map.entry("retention-check-interval", IN_REPLICA),
            Map.entry("levels", AT_TOP),
            Map.entry("l0-retention", AT_TOP),
            Map.entry("addr", AT_TOP),
            Map.entry("logging", AT_TOP),
            Map.entry("exec", AT_TOP));

    private final ReplicaReader replicaReader;
    private final ReplicaReader.SnapshotKeys globalSnapshots;
    private final PathRules paths;

    DatabaseReader(ReplicaReader replicaReader, ReplicaReader.SnapshotKeys globalSnapshots, PathRules paths) {
        this.replicaReader = replicaReader;
        this.globalSnapshots = globalSnapshots;
        this.paths = paths;
    }

    /** The database, or empty if an error was recorded. */
    Optional<DatabaseConfig> read(YamlSection section) {
        for (String key : new String[] {"pattern", "recursive", "watch", "meta-dir"}) {
            if (section.has(key)) {
                section.error(key, "`" + key + "` goes with `dir`, a directory of databases");
            }
            section.text(key);
        }
        String path = section.text("path");
        if (path == null && !section.has("path")) {
            section.error("path", "a database needs a `path`, or a `dir` of databases");
        }
        Path stateDir = stateDir(section);
        return Optional.ofNullable(settings(section, path == null ? null : paths.expand(path), stateDir, "path"));
    }

    /** The directory, or empty if an error was recorded. */
    Optional<DirectoryConfig> readDirectory(YamlSection section) {
        String dir = section.text("dir");
        Path directory = dir == null ? null : paths.expand(dir);
        if (section.has("path")) {
            section.error("path", "`path` and `dir` exclude each other; keep one of them");
        }
        section.text("path");
        FileNamePattern pattern = pattern(section);
        boolean recursive = section.bool("recursive", false);
        boolean watch = section.bool("watch", false);
        if (section.has("restore-if-db-not-exists")) {
            section.note("restore-if-db-not-exists", "in a directory, nobody knows which databases there should be");
        }
        DirectoryConfig.State state = directoryState(section);
        DatabaseConfig template = settings(section, directory, null, "dir");
        if (template == null || directory == null || pattern == null) {
            return Optional.empty();
        }
        return Optional.of(
                new DirectoryConfig(new DirectoryConfig.Files(directory, pattern, recursive), state, watch, template));
    }

    private @Nullable DatabaseConfig settings(
            YamlSection section, @Nullable Path path, @Nullable Path stateDir, String key) {
        DatabaseConfig.Capture capture = capture(section);
        DatabaseConfig.Start start = new DatabaseConfig.Start(
                section.oneOf("on-divergence", words(DatabaseConfig.DivergencePolicy.values())),
                section.bool("restore-if-db-not-exists", false) && key.equals("path"));
        ignoreForeignKeys(section);
        List<ReplicaConfig> replicas = replicas(section, ReplicaReader.SnapshotKeys.read(section, globalSnapshots));
        section.finish(ELSEWHERE);
        return path == null ? null : new DatabaseConfig(path, stateDir, capture, start, replicas, section.line(key));
    }

    private static @Nullable FileNamePattern pattern(YamlSection section) {
        String pattern = section.text("pattern");
        if (pattern == null) {
            if (!section.has("pattern")) {
                section.error("dir", "a `dir` needs a `pattern` for the names of its databases, such as \"*.db\"");
            }
            return null;
        }
        try {
            return FileNamePattern.parse(pattern);
        } catch (IllegalArgumentException e) {
            section.error("pattern", "`pattern`: " + e.getMessage());
            return null;
        }
    }

    private DirectoryConfig.State directoryState(YamlSection section) {
        String beside = section.text("meta-path");
        String named = section.text("meta-dir");
        String own = section.text("state-dir");
        if (Stream.of("meta-path", "meta-dir", "state-dir").filter(section::has).count() > 1) {
            section.error("dir", "`meta-path`, `meta-dir` and `state-dir` exclude each other; keep one of them");
        }
        String tree = named == null ? own : named;
        return new DirectoryConfig.State(
                beside == null ? null : paths.expand(beside), tree == null ? null : paths.expand(tree));
    }

    private @Nullable Path stateDir(YamlSection section) {
        String stateDir = section.text("state-dir");
        String metaPath = section.text("meta-path");
        if (stateDir != null && metaPath != null) {
            section.error("meta-path", "`meta-path` and `state-dir` are the same thing; keep one of them");
        }
        String text = stateDir == null ? metaPath : stateDir;
        return text == null ? null : paths.expand(text);
    }

    private static DatabaseConfig.Capture capture(YamlSection section) {
        Duration monitor = section.duration("monitor-interval");
        Duration interval = monitor == null ? Defaults.MONITOR_INTERVAL : monitor;
        if (interval.isZero() || interval.isNegative()) {
            section.note(
                    "monitor-interval",
                    "Runnel cannot be told not to look: it looks every second, and when files change");
        }
        return new DatabaseConfig.Capture(
                interval.isZero() || interval.isNegative() ? null : interval,
                section.size("max-wal-size", 1),
                checkpoints(section),
                section.size("max-spool-bytes", 0));
    }

    /** The keys of Litestream's checkpoints count where Runnel runs them as Litestream does. */
    private static DatabaseConfig.Checkpoints checkpoints(YamlSection section) {
        DatabaseConfig.Checkpoints defaults = DatabaseConfig.Checkpoints.DEFAULT;
        DatabaseConfig.CheckpointMode mode = section.oneOf("checkpoint", checkpointModes());
        if (mode != DatabaseConfig.CheckpointMode.ALWAYS) {
            section.ignored("checkpoint-interval", LEFT_TO_APPLICATION);
            section.ignored("min-checkpoint-page-count", LEFT_TO_APPLICATION);
            return mode == null
                    ? defaults
                    : new DatabaseConfig.Checkpoints(mode, defaults.interval(), defaults.minPages());
        }
        Duration interval = section.duration("checkpoint-interval");
        Long minPages = section.integer("min-checkpoint-page-count", 1);
        return new DatabaseConfig.Checkpoints(
                mode,
                interval == null ? defaults.interval() : interval.isNegative() ? Duration.ZERO : interval,
                minPages == null ? defaults.minPages() : (int) Math.min(minPages, Integer.MAX_VALUE));
    }

    /** {@code checkpoint: off} is a boolean to YAML 1.1; the text decides here, so {@code off} and {@code no} both do. */
    private static Map<String, DatabaseConfig.CheckpointMode> checkpointModes() {
        Map<String, DatabaseConfig.CheckpointMode> modes = words(DatabaseConfig.CheckpointMode.values());
        modes.put("no", DatabaseConfig.CheckpointMode.OFF);
        modes.put("false", DatabaseConfig.CheckpointMode.OFF);
        return modes;
    }

    private static void ignoreForeignKeys(YamlSection section) {
        section.ignored("max-checkpoint-page-count", LEFT_TO_APPLICATION);
        section.ignored("truncate-page-n", LEFT_TO_APPLICATION);
        section.ignored("busy-timeout", "Runnel takes no lock that an application could be made to wait for");
        section.ignored("max-sync-wal-bytes", "a cut holds each changed page once, however long the WAL is");
    }

    private List<ReplicaConfig> replicas(YamlSection section, ReplicaReader.SnapshotKeys snapshots) {
        List<YamlSection> items = new ArrayList<>(section.sections("replicas"));
        YamlSection single = section.section("replica");
        if (single != null) {
            if (section.has("replicas")) {
                section.error("replica", "`replica` and `replicas` exclude each other; put all into `replicas`");
            }
            items.add(single);
        } else if (!section.has("replica") && !section.has("replicas")) {
            section.error("path", "a database needs a `replica`, or a list of `replicas`");
        } else if (items.isEmpty() && section.has("replicas")) {
            section.error("replicas", "`replicas` is an empty list; a database needs at least one replica");
        }
        Set<String> names = new HashSet<>();
        items.stream().map(item -> item.text("name")).filter(Objects::nonNull).forEach(names::add);
        List<ReplicaConfig> replicas = new ArrayList<>();
        for (YamlSection item : items) {
            Optional<ReplicaConfig> replica = replicaReader.read(item, snapshots);
            replica.map(r -> item.has("name") ? r : r.named(ReplicaConfig.distinctName(r.name(), names)))
                    .ifPresent(replicas::add);
        }
        return replicas;
    }

    private static <E extends Enum<E>> Map<String, E> words(E[] values) {
        Map<String, E> words = new LinkedHashMap<>();
        for (E value : values) {
            words.put(value.name().toLowerCase(Locale.ROOT), value);
        }
        return words;
    }
}
