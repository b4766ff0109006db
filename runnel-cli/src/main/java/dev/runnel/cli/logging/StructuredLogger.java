package dev.runnel.cli.logging;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggingEventAware;

/**
 * A logger that keeps key-value pairs apart from the message. Thread-safe.
 *
 * <p>Loggers of libraries say who they are and are heard from WARN on, unless the level is TRACE: their INFO is chatter
 * to someone who runs a backup.
 */
final class StructuredLogger extends LegacyAbstractLogger implements LoggingEventAware {

    private static final long serialVersionUID = 1L;
    private static final String OWN = "dev.runnel.";

    @SuppressWarnings("serial") // Loggers are looked up again by name when deserialised.
    private final StructuredLoggerFactory factory;

    StructuredLogger(String name, StructuredLoggerFactory factory) {
        this.name = name;
        this.factory = factory;
    }

    @Override
    public boolean isTraceEnabled() {
        return isEnabled(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
        return isEnabled(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
        return isEnabled(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
        return isEnabled(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
        return isEnabled(Level.ERROR);
    }

    @Override
    public void log(LoggingEvent event) {
        if (isEnabled(event.getLevel())) {
            List<KeyValuePair> pairs = event.getKeyValuePairs() == null ? List.of() : event.getKeyValuePairs();
            String message = event.getArgumentArray() == null
                    ? event.getMessage()
                    : MessageFormatter.basicArrayFormat(event.getMessage(), event.getArgumentArray());
            write(event.getLevel(), message, pairs, event.getThrowable());
        }
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level,
            @Nullable Marker marker,
            @Nullable String message,
            Object @Nullable [] arguments,
            @Nullable Throwable throwable) {
        write(level, MessageFormatter.basicArrayFormat(message, arguments), List.of(), throwable);
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
        return null;
    }

    private boolean isEnabled(Level level) {
        LogLevel threshold = factory.settings().level();
        boolean severe = level.toInt() >= threshold.severity();
        return severe && (name.startsWith(OWN) || level.toInt() >= Level.WARN.toInt() || threshold == LogLevel.TRACE);
    }

    private void write(Level level, @Nullable String message, List<KeyValuePair> pairs, @Nullable Throwable throwable) {
        LogSettings settings = factory.settings();
        List<KeyValuePair> attributes = new ArrayList<>(pairs);
        if (!name.startsWith(OWN)) {
            attributes.add(new KeyValuePair("logger", name));
        }
        if (throwable != null) {
            describe(throwable, settings, attributes);
        }
        LogLine line = new LogLine(ZonedDateTime.now(settings.clock()), level, String.valueOf(message), attributes);
        settings.out().print(settings.json() ? LogFormat.json(line) : LogFormat.text(line));
        settings.out().flush();
    }

    /** An expected failure is its message; one that only a programmer can explain comes with its stack. */
    private static void describe(Throwable throwable, LogSettings settings, List<KeyValuePair> attributes) {
        boolean expected = throwable instanceof IOException && throwable.getMessage() != null;
        attributes.add(new KeyValuePair("error", expected ? throwable.getMessage() : throwable.toString()));
        if (!expected || settings.level().severity() <= LogLevel.DEBUG.severity()) {
            StringWriter stack = new StringWriter();
            throwable.printStackTrace(new PrintWriter(stack));
            attributes.add(new KeyValuePair("stack", stack.toString().strip()));
        }
    }
}
