package dev.runnel.cli.config;

import dev.runnel.cli.logging.LogLevel;

/**
 * How to log.
 *
 * @param level the least severe level that is written
 * @param json one JSON object a line instead of {@code key=value}
 * @param stderr standard error instead of standard output
 */
public record LoggingConfig(LogLevel level, boolean json, boolean stderr) {

    /** Text, from INFO, on standard output. */
    public static final LoggingConfig DEFAULT = new LoggingConfig(LogLevel.INFO, false, false);
}
