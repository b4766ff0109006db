package dev.runnel.cli.config;

import dev.runnel.cli.logging.LogLevel;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads {@code logging:}. */
final class LoggingKeys {

    private LoggingKeys() {}

    static LoggingConfig read(YamlSection top) {
        YamlSection logging = top.section("logging");
        if (logging == null) {
            return LoggingConfig.DEFAULT;
        }
        LogLevel level = logging.oneOf("level", LogLevel.BY_NAME);
        String type = logging.oneOf("type", types());
        if ("pretty".equals(type)) {
            logging.note("type", "`pretty` is written as `text`");
        }
        boolean stderr = logging.bool("stderr", false);
        logging.ignored("source", "log lines name the part of Runnel they come from, not a source line");
        logging.finish(Map.of());
        return new LoggingConfig(level == null ? LogLevel.INFO : level, "json".equals(type), stderr);
    }

    private static Map<String, String> types() {
        Map<String, String> types = new LinkedHashMap<>();
        for (String type : new String[] {"text", "json", "pretty"}) {
            types.put(type, type);
        }
        return types;
    }
}
