package dev.runnel.testkit.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Warnings and errors that the code under test logs. Works where slf4j logs through {@code java.util.logging}. */
final class LogLines extends Handler {

    private final Logger root = Logger.getLogger("dev.runnel");
    private final List<String> lines = new ArrayList<>(); // guarded by itself

    LogLines() {
        setLevel(Level.WARNING);
        root.addHandler(this);
    }

    @Override
    public void publish(LogRecord record) {
        if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
            synchronized (lines) {
                lines.add(record.getMessage());
            }
        }
    }

    /** What was logged so far. */
    List<String> all() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        root.removeHandler(this);
    }
}
