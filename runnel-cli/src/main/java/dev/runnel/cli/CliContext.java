package dev.runnel.cli;

import dev.runnel.cli.config.ConfigException;
import dev.runnel.cli.config.ConfigLoader;
import dev.runnel.cli.config.PathRules;
import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.daemon.DaemonId;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a command knows of its process.
 *
 * @param program the name the user called, {@code runnel} or {@code litestream}
 * @param environment environment variables
 * @param out standard output; everything a command prints at once goes out in one write
 * @param err standard error
 * @param clock time and time zone
 * @param configFiles where the configuration is looked for if nobody says
 */
public record CliContext(
        String program,
        Map<String, String> environment,
        PrintStream out,
        PrintStream err,
        Clock clock,
        List<Path> configFiles) {

    public CliContext {
        environment = Map.copyOf(environment);
        configFiles = List.copyOf(configFiles);
    }

    /** Whether the user called us by Litestream's name, and so expects its words. */
    public boolean asLitestream() {
        return program.equals("litestream");
    }

    /** Whether there is a configuration file although the user named none. */
    boolean hasConfigFile() {
        return configLoader().isThere();
    }

    /** What finds and reads the configuration. */
    ConfigLoader configLoader() {
        return new ConfigLoader(paths(), environment, configFiles);
    }

    /** How paths of the command line and of the configuration become absolute. */
    public PathRules paths() {
        String home = environment.get("HOME");
        return new PathRules(
                Path.of(home == null || home.isEmpty() ? System.getProperty("user.home") : home)
                        .toAbsolutePath(),
                Path.of("").toAbsolutePath());
    }

    /**
     * Reads the configuration file.
     *
     * @param file the file the user named; null for the default
     * @param expand whether to replace variables in it
     * @param scan whether to find the databases that are in its directories now
     */
    RunnelConfig config(@Nullable String file, boolean expand, boolean scan) throws ConfigException {
        ConfigLoader loader = configLoader();
        return scan ? loader.load(file, expand) : loader.read(file, expand);
    }

    /** The daemon that the configuration file {@code file} describes; null for the default file. */
    DaemonId daemonOf(@Nullable String file) throws ConfigException {
        return DaemonId.ofConfig(new ConfigLoader(paths(), environment, configFiles).find(file));
    }
}
