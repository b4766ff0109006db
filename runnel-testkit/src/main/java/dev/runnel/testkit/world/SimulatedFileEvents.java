package dev.runnel.testkit.world;

import dev.runnel.engine.FileEvents;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** File events that come when a test says so: perhaps late, perhaps twice, perhaps never. Not thread-safe. */
public final class SimulatedFileEvents implements FileEvents {

    /** Equal listeners may be armed at the same time, and each is disarmed by itself. */
    private static final class Armed {

        private final Listener listener;

        Armed(Listener listener) {
            this.listener = listener;
        }
    }

    private final List<Armed> watches = new ArrayList<>();
    private int fired;

    @Override
    public Watch watch(Path directory, String prefix, Listener listener) {
        Armed armed = new Armed(listener);
        watches.add(armed);
        return () -> watches.remove(armed);
    }

    /** An event for everyone who waits for one. */
    public void event() {
        List.copyOf(watches).forEach(armed -> armed.listener.event());
    }

    /** Events may have been missed by everyone who waits for one. */
    public void gap() {
        List.copyOf(watches).forEach(armed -> armed.listener.gap());
    }

    /** An event; each third time it was missed. */
    void fire() {
        if (++fired % 3 == 0) {
            gap();
        } else {
            event();
        }
    }

    /** Forgets whoever waits: the process was killed. */
    void drop() {
        watches.clear();
    }
}
