package dev.runnel.cli.logging;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.event.Level;

/** Severity, in the words users write. */
public enum LogLevel {
    TRACE(Level.TRACE),
    DEBUG(Level.DEBUG),
    INFO(Level.INFO),
    WARN(Level.WARN),
    ERROR(Level.ERROR);

    /** Every spelling of a level, in lower case. */
    public static final Map<String, LogLevel> BY_NAME = byName();

    private final Level level;

    LogLevel(Level level) {
        this.level = level;
    }

    /** SLF4J's number of the level: greater is more severe. */
    int severity() {
        return level.toInt();
    }

    private static Map<String, LogLevel> byName() {
        Map<String, LogLevel> names = new LinkedHashMap<>();
        for (LogLevel level : values()) {
            names.put(level.name().toLowerCase(java.util.Locale.ROOT), level);
        }
        names.put("warning", WARN);
        return Collections.unmodifiableMap(names);
    }
}
