package dev.runnel.cli.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the configuration file and reads it. */
public final class ConfigLoader {

    /** Where the file stands if nobody says. */
    public static final List<Path> DEFAULT_FILES = List.of(Path.of("/etc/runnel.yml"), Path.of("/etc/litestream.yml"));

    private static final List<String> VARIABLES = List.of("RUNNEL_CONFIG", "LITESTREAM_CONFIG");

    private final PathRules paths;
    private final Map<String, String> environment;
    private final List<Path> defaultFiles;

    /**
     * A loader.
     *
     * @param paths how paths become absolute
     * @param environment variables of the process
     * @param defaultFiles where to look if nobody says, in this order; not empty
     */
    public ConfigLoader(PathRules paths, Map<String, String> environment, List<Path> defaultFiles) {
        this.paths = paths;
        this.environment = Map.copyOf(environment);
        this.defaultFiles = List.copyOf(defaultFiles);
    }

    /**
     * Reads the configuration and finds the databases that are in its directories now.
     *
     * @param file the file the user named; null for the one of the environment, or else the default
     * @param expand whether to replace variables in it
     * @throws ConfigException if there is no such file or anything is wrong in it, or a directory cannot be read
     */
    public RunnelConfig load(@Nullable String file, boolean expand) throws ConfigException {
        return DirectoryScan.expand(find(file).toString(), read(file, expand));
    }

    /** Where the values of the configuration stand, which {@link #read} must have accepted. */
    public ConfigOrigins origins(@Nullable String file, boolean expand) throws ConfigException {
        return parser().origins(text(find(file)), expand);
    }

    /** Does {@link #load}, but leaves directories alone: they may be gone, and their databases wanted back. */
    public RunnelConfig read(@Nullable String file, boolean expand) throws ConfigException {
        Path path = find(file);
        return parser().parse(path.toString(), text(path), expand);
    }

    private ConfigParser parser() {
        return new ConfigParser(
                paths, environment, () -> ProcessHandle.current().pid());
    }

    private static String text(Path path) throws ConfigException {
        try {
            return Files.readString(path);
        } catch (NoSuchFileException e) {
            throw new ConfigException("config file not found: " + path);
        } catch (CharacterCodingException e) {
            throw new ConfigException("config file is not UTF-8 text: " + path);
        } catch (IOException e) {
            throw new ConfigException(
                    Files.isDirectory(path)
                            ? "config file is a directory: " + path + "; name the file in it with -config"
                            : "cannot read config file " + path + ": " + e);
        }
    }

    /** Whether there is a file if the user names none. */
    public boolean isThere() {
        try {
            return Files.exists(locate());
        } catch (ConfigException e) {
            return false;
        }
    }

    /**
     * The configuration file, absolute, which need not exist.
     *
     * @param file the file the user named; null for the one of the environment, or else the default
     * @throws ConfigException if nobody names one, and none stands in the usual places
     */
    public Path find(@Nullable String file) throws ConfigException {
        return file == null ? locate() : paths.expand(file);
    }

    private Path locate() throws ConfigException {
        for (String variable : VARIABLES) {
            String file = environment.getOrDefault(variable, "");
            if (!file.isEmpty()) {
                return paths.expand(file);
            }
        }
        for (Path file : defaultFiles) {
            if (Files.exists(file)) {
                return file.toAbsolutePath();
            }
        }
        throw new ConfigException("config file not found: "
                + defaultFiles.stream().map(Path::toString).collect(Collectors.joining(", "))
                + "; name one with -config, or set " + String.join(" or ", VARIABLES));
    }
}
