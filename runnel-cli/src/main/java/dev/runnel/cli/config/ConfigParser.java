package dev.runnel.cli.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the text of a configuration file.
 *
 * <p>Strict: an unknown key, a value that does not fit and a variable that is not set are errors. All errors are
 * collected and thrown together. Keys that Litestream has and Runnel does not need are accepted with a note.
 */
public final class ConfigParser {

    private static final String IN_REPLICA = "a replica (`dbs: - replica:`)";
    private static final String IN_DATABASE = "a database (an item of `dbs`)";

    /** Keys that stand deeper in the file, with the place to name when they turn up at the top. */
    private static final Map<String, String> ELSEWHERE = Map.ofEntries(
            Map.entry("path", IN_DATABASE + " or " + IN_REPLICA),
            Map.entry("url", IN_REPLICA),
            Map.entry("type", IN_REPLICA),
            Map.entry("name", IN_REPLICA),
            Map.entry("replica", IN_DATABASE),
            Map.entry("replicas", IN_DATABASE),
            Map.entry("dir", IN_DATABASE),
            Map.entry("meta-path", IN_DATABASE),
            Map.entry("state-dir", IN_DATABASE),
            Map.entry("max-wal-size", IN_DATABASE),
            Map.entry("max-spool-bytes", IN_DATABASE),
            Map.entry("checkpoint", IN_DATABASE),
            Map.entry("on-divergence", IN_DATABASE),
            Map.entry("monitor-interval", IN_DATABASE),
            Map.entry("checkpoint-interval", IN_DATABASE),
            Map.entry("busy-timeout", IN_DATABASE),
            Map.entry("min-checkpoint-page-count", IN_DATABASE),
            Map.entry("snapshot-interval", IN_REPLICA + "; for all replicas write `snapshot: interval:`"),
            Map.entry("retention-check-interval", IN_REPLICA));

    private static final int PORT_MAX = 65535;

    private final PathRules paths;
    private final Map<String, String> environment;
    private final LongSupplier pid;

    /**
     * A parser.
     *
     * @param paths how paths of the file become absolute
     * @param environment variables to expand
     * @param pid value of {@code $PID}; asked only if needed, because finding it out costs start-up time
     */
    public ConfigParser(PathRules paths, Map<String, String> environment, LongSupplier pid) {
        this.paths = paths;
        this.environment = Map.copyOf(environment);
        this.pid = pid;
    }

    /**
     * Parses {@code text}.
     *
     * @param file name of the file in messages
     * @param expand whether to replace variables
     * @throws ConfigException if there is anything wrong, with all that is
     */
    public RunnelConfig parse(String file, String text, boolean expand) throws ConfigException {
        Diagnostics diagnostics = new Diagnostics();
        EnvironmentExpander.Expanded source = expand
                ? EnvironmentExpander.expand(text, variables(text), diagnostics)
                : EnvironmentExpander.asIs(text);
        YamlSection top = new YamlDocument(source, diagnostics).root();
        RunnelConfig config = top == null ? RunnelConfig.of(List.of()) : read(top, diagnostics);
        List<ConfigProblem> problems = diagnostics.problems();
        if (!problems.isEmpty()) {
            throw new ConfigException(file, problems);
        }
        return config;
    }

    /** Where the keys of {@code text} stand; for text that {@link #parse} accepts. */
    ConfigOrigins origins(String text, boolean expand) {
        Diagnostics diagnostics = new Diagnostics();
        YamlSection top = new YamlDocument(
                        expand
                                ? EnvironmentExpander.expand(text, variables(text), diagnostics)
                                : EnvironmentExpander.asIs(text),
                        diagnostics)
                .root();
        if (top != null) {
            read(top, diagnostics);
        }
        return new ConfigOrigins(diagnostics.sections());
    }

    private Map<String, String> variables(String text) {
        Map<String, String> variables = new LinkedHashMap<>(environment);
        if (text.contains("PID")) {
            variables.put("PID", Long.toString(pid.getAsLong()));
        }
        return variables;
    }

    private RunnelConfig read(YamlSection top, Diagnostics diagnostics) {
        ServiceConfig service = service(top);
        LoggingConfig logging = LoggingKeys.read(top);
        LevelsConfig levels = levels(top);
        ReplicaReader.SnapshotKeys snapshots =
                ReplicaReader.SnapshotKeys.read(top, new ReplicaReader.SnapshotKeys(null, null));
        ReplicaReader replicas = new ReplicaReader(top, paths, environment, levels.listingCheckInterval());
        replicas.readGlobals();
        DatabaseReader reader = new DatabaseReader(replicas, snapshots, paths);
        List<DatabaseConfig> databases = new ArrayList<>();
        List<DirectoryConfig> directories = new ArrayList<>();
        for (YamlSection section : top.sections("dbs")) {
            if (section.has("dir")) {
                reader.readDirectory(section).ifPresent(directories::add);
            } else {
                reader.read(section).ifPresent(databases::add);
            }
        }
        top.ignored("mcp-addr", "Runnel has no MCP server");
        top.ignored("verify-compaction", "Runnel always verifies what it merges");
        top.finish(ELSEWHERE);
        Uniqueness.check(databases, diagnostics);
        return new RunnelConfig(service, logging, levels, databases, directories, diagnostics.notes());
    }

    private ServiceConfig service(YamlSection top) {
        String addr = top.text("addr");
        if (addr != null
                && (!addr.matches(".*:[0-9]{1,5}") || Integer.parseInt(addr.replaceFirst(".*:", "")) > PORT_MAX)) {
            top.error("addr", "`addr` must be host:port, such as 127.0.0.1:9090, not \"" + addr + "\"");
        }
        return new ServiceConfig(addr, exec(top), socket(top), heartbeat(top), shutdown(top));
    }

    private static @Nullable String exec(YamlSection top) {
        String exec = top.text("exec");
        if (exec != null) {
            try {
                ShellWords.split(exec);
            } catch (IllegalArgumentException e) {
                top.error("exec", "`exec`: " + e.getMessage());
            }
        }
        return exec;
    }

    private ServiceConfig.@Nullable Socket socket(YamlSection top) {
        YamlSection socket = top.section("socket");
        if (socket == null) {
            return null;
        }
        boolean enabled = socket.bool("enabled", false);
        String path = socket.text("path");
        Long permissions = socket.integer("permissions", 0);
        if (permissions != null && permissions > 0777) {
            socket.error("permissions", "`permissions` must be an octal mode such as 0600");
        }
        socket.finish(Map.of());
        Path place = paths.expand(path == null ? Defaults.SOCKET_PATH : path);
        int mode = permissions == null ? Defaults.SOCKET_PERMISSIONS : (int) (permissions & 0777);
        return enabled ? new ServiceConfig.Socket(place, mode) : null;
    }

    private static ServiceConfig.@Nullable Heartbeat heartbeat(YamlSection top) {
        String url = top.text("heartbeat-url");
        Duration interval = top.duration("heartbeat-interval");
        if (interval != null && interval.compareTo(Duration.ofMinutes(1)) < 0) {
            top.error("heartbeat-interval", "`heartbeat-interval` must be at least 1m");
        }
        if (url == null) {
            return null;
        }
        try {
            URI uri = URI.create(url);
            if (Set.of("http", "https").contains(String.valueOf(uri.getScheme())) && uri.getHost() != null) {
                return new ServiceConfig.Heartbeat(uri, interval == null ? Defaults.HEARTBEAT_INTERVAL : interval);
            }
        } catch (IllegalArgumentException e) {
            // Told below, without the URL: its path is often a secret.
        }
        top.error("heartbeat-url", "`heartbeat-url` must be an http or https URL, such as https://host/path");
        return null;
    }

    private static ServiceConfig.Shutdown shutdown(YamlSection top) {
        Duration timeout = top.duration("shutdown-sync-timeout");
        Duration interval = top.positiveDuration("shutdown-sync-interval");
        if (interval != null) {
            top.note("shutdown-sync-interval", "what fails is tried again after 1s, then ever more rarely");
        }
        if (timeout != null && timeout.isNegative()) {
            top.error("shutdown-sync-timeout", "`shutdown-sync-timeout` must not be negative");
        }
        return new ServiceConfig.Shutdown(
                timeout == null ? Defaults.SHUTDOWN_SYNC_TIMEOUT : timeout,
                interval == null ? Defaults.SHUTDOWN_SYNC_INTERVAL : interval);
    }

    private static LevelsConfig levels(YamlSection top) {
        Duration l0Retention = top.duration("l0-retention");
        if (l0Retention != null && l0Retention.isNegative()) {
            top.error("l0-retention", "`l0-retention` must not be negative; 0 keeps level 0 for ever");
        }
        Duration check = top.positiveDuration("l0-retention-check-interval");
        Duration kept = l0Retention == null ? Defaults.L0_RETENTION : l0Retention;
        return new LevelsConfig(
                intervals(top),
                kept.isZero() ? null : kept,
                check == null ? Defaults.L0_RETENTION_CHECK_INTERVAL : check,
                deletes(top),
                listingCheck(top));
    }

    private static List<Duration> intervals(YamlSection top) {
        List<YamlSection> sections = top.sections("levels");
        if (sections.isEmpty()) {
            return Defaults.LEVELS;
        }
        if (sections.size() > 8) {
            top.error("levels", "`levels` may have at most 8 items, not " + sections.size());
        }
        List<Duration> intervals = new ArrayList<>();
        for (YamlSection section : sections) {
            Duration interval = section.positiveDuration("interval");
            if (interval != null) {
                intervals.add(interval);
            } else if (!section.has("interval")) {
                section.error("interval", "each of `levels` needs an `interval`");
            }
            section.ignored("retention", "levels are kept as long as a restore inside `snapshot.retention` needs them");
            section.finish(Map.of());
        }
        return intervals;
    }

    private static boolean deletes(YamlSection top) {
        YamlSection retention = top.section("retention");
        if (retention == null) {
            return true;
        }
        boolean enabled = retention.bool("enabled", true);
        retention.finish(Map.of());
        return enabled;
    }

    private static @Nullable Duration listingCheck(YamlSection top) {
        YamlSection validation = top.section("validation");
        if (validation == null) {
            return null;
        }
        Duration interval = validation.positiveDuration("interval");
        validation.finish(Map.of());
        return interval;
    }
}
