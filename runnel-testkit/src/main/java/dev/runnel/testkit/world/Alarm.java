package dev.runnel.testkit.world;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Listens to the log for defects that the code under test has noticed itself and survived. Works where slf4j logs through
 * {@code java.util.logging}.
 */
final class Alarm extends Handler {

    private static final String DEFECT = "internal error";

    private final Logger root = Logger.getLogger("dev.runnel");
    private final @Nullable Level before = root.getLevel();
    private final List<LogRecord> defects = new ArrayList<>(); // guarded by itself

    Alarm() {
        setLevel(Level.SEVERE);
        root.setLevel(Level.SEVERE);
        root.setUseParentHandlers(false); // a world is expected to be in trouble all the time
        root.addHandler(this);
    }

    @Override
    public void publish(LogRecord record) {
        if (record.getMessage().startsWith(DEFECT) && !(record.getThrown() instanceof Killed)) {
            synchronized (defects) {
                defects.add(record);
            }
        }
    }

    /** The first defect, or null. */
    @Nullable
    AssertionError defect() {
        synchronized (defects) {
            if (defects.isEmpty()) {
                return null;
            }
            LogRecord first = defects.get(0);
            return new AssertionError(first.getMessage(), first.getThrown());
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        root.removeHandler(this);
        root.setUseParentHandlers(true);
        root.setLevel(before);
    }
}
