package dev.runnel.cli.logging;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;

/** Makes the loggers of the process and holds the settings they all read. Thread-safe. */
public final class StructuredLoggerFactory implements ILoggerFactory {

    private static final String SQLITE_DRIVER = "org.sqlite.";

    private final ConcurrentMap<String, Logger> loggers = new ConcurrentHashMap<>();
    private volatile LogSettings settings = new LogSettings(
            LogLevel.WARN,
            false,
            new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
            Clock.system(ZoneId.systemDefault()));

    StructuredLoggerFactory() {}

    /**
     * Changes where every logger of the process writes, from its next line on. Until then WARN and above go to standard
     * error.
     *
     * @throws IllegalStateException if another SLF4J provider is in use
     */
    public static void configure(LogSettings settings) {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (!(factory instanceof StructuredLoggerFactory structured)) {
            throw new IllegalStateException("another SLF4J provider is on the class path: " + factory.getClass());
        }
        structured.settings = settings;
    }

    @Override
    public Logger getLogger(String name) {
        // What the driver of SQLite cannot do it also throws, and who catches that puts it into words.
        return name.startsWith(SQLITE_DRIVER)
                ? NOPLogger.NOP_LOGGER
                : loggers.computeIfAbsent(name, key -> new StructuredLogger(key, this));
    }

    LogSettings settings() {
        return settings;
    }
}
