package dev.runnel.cli;

import dev.runnel.cli.config.LoggingConfig;
import dev.runnel.cli.config.Suggestions;
import dev.runnel.cli.logging.LogLevel;
import dev.runnel.cli.logging.LogSettings;
import dev.runnel.cli.logging.StructuredLoggerFactory;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Decides where a command logs. */
final class Logging {

    private Logging() {}

    /**
     * Sets up the log of the process.
     *
     * @param config what the configuration file says
     * @param flag text of {@code -log-level}; null if not given. It comes before {@code LOG_LEVEL} and the file
     * @param jsonOutput whether standard output must carry nothing but the command's JSON
     */
    static void configure(CliContext context, LoggingConfig config, @Nullable String flag, boolean jsonOutput)
            throws CommandException {
        String variable = context.environment().getOrDefault("LOG_LEVEL", "");
        LogLevel level = config.level();
        if (flag != null) {
            level = parse(flag);
            if (level == null) {
                String near = Suggestions.nearest(flag, LogLevel.BY_NAME.keySet());
                throw new CommandException(
                        "invalid -log-level \"" + flag + "\": must be trace, debug, info, warn or error"
                                + (near == null ? "" : " (did you mean " + near + "?)"));
            }
        } else if (parse(variable) != null) {
            level = java.util.Objects.requireNonNull(parse(variable));
        }
        StructuredLoggerFactory.configure(new LogSettings(
                level, config.json(), config.stderr() || jsonOutput ? context.err() : context.out(), context.clock()));
        if (flag == null && !variable.isEmpty() && parse(variable) == null) {
            // The variable may be meant for another program: not worth a refusal.
            LoggerFactory.getLogger(Logging.class)
                    .atWarn()
                    .addKeyValue("value", variable)
                    .log("LOG_LEVEL is not a level of Runnel and is ignored");
        }
    }

    private static @Nullable LogLevel parse(String text) {
        return LogLevel.BY_NAME.get(text.toLowerCase(Locale.ROOT));
    }
}
