package dev.runnel.cli.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where in the configuration file each value stands. */
public final class ConfigOrigins {

    private static final String TOP = "the top of the file";

    private final List<Section> sections;

    /**
     * One map of the file.
     *
     * @param name what messages call it
     * @param line where it starts, from 1
     * @param keys line of each key that has a value
     */
    record Section(String name, int line, Map<String, Integer> keys) {

        Section {
            keys = Map.copyOf(keys);
        }
    }

    ConfigOrigins(List<Section> sections) {
        this.sections = List.copyOf(sections);
    }

    /** Line of the first of {@code keys} that stands at the top; null if none does. */
    public @Nullable Integer top(String... keys) {
        for (Section section : sections) {
            if (section.name().equals(TOP)) {
                return line(section, keys);
            }
        }
        return null;
    }

    /** Line of the first of {@code keys} that the entry of a database has; null if it has none. */
    public @Nullable Integer database(DatabaseConfig database, String... keys) {
        for (Section section : sections) {
            Integer path = line(section, "path", "dir");
            if (section.name().equals("`dbs`") && path != null && path == database.line()) {
                return line(section, keys);
            }
        }
        return null;
    }

    /** Line of the first of {@code keys} that the entry of a replica has; null if it has none. */
    public @Nullable Integer replica(ReplicaConfig replica, String... keys) {
        for (Section section : sections) {
            if (section.name().startsWith("`replica") && section.line() == replica.line()) {
                return line(section, keys);
            }
        }
        return null;
    }

    /** Line of a key inside a map such as {@code logging:}; null if it is not there. */
    public @Nullable Integer inside(String map, String key) {
        for (Section section : sections) {
            if (section.name().equals("`" + map + "`")) {
                return line(section, key);
            }
        }
        return null;
    }

    private static @Nullable Integer line(Section section, String... keys) {
        for (String key : keys) {
            Integer line = section.keys().get(key);
            if (line != null) {
                return line;
            }
        }
        return null;
    }
}
