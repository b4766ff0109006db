package dev.runnel.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work done in steps, one at a time: each step says when the next one is due, and a wake-up makes it due at once. All
 * steps happen before one another, on whatever thread. Thread-safe.
 */
final class SerialTask {

    /** Longest pause between two steps: until woken. */
    static final Duration UNTIL_WOKEN = Duration.ofDays(36500);

    private static final Logger LOG = LoggerFactory.getLogger(SerialTask.class);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    private final String name;
    private final Scheduler scheduler;
    private final Scheduler.Lane lane;
    private final Step step;
    private final Consumer<Throwable> onDefect;
    private final Object lock = new Object();
    private final List<Runnable> whenStopped = new ArrayList<>();
    private Scheduler.@Nullable Scheduled next;
    private long generation;
    private boolean running;
    private boolean woken;
    private boolean stopping;
    private boolean stopped;

    /** One step. Returns the time until the next one. */
    @FunctionalInterface
    interface Step {
        Duration run();
    }

    SerialTask(String name, Scheduler scheduler, Scheduler.Lane lane, Step step) {
        this(name, scheduler, lane, step, defect -> {});
    }

    /** @param onDefect told of what a step threw that it should have handled, so that nobody takes the task for well */
    SerialTask(String name, Scheduler scheduler, Scheduler.Lane lane, Step step, Consumer<Throwable> onDefect) {
        this.name = name;
        this.scheduler = scheduler;
        this.lane = lane;
        this.step = step;
        this.onDefect = onDefect;
    }

    /** Makes the next step due now; if one is running, another follows it. */
    void wake() {
        synchronized (lock) {
            if (stopping) {
                return;
            }
            if (running) {
                woken = true;
            } else {
                scheduleLocked(Duration.ZERO);
            }
        }
    }

    private void scheduleLocked(Duration delay) {
        if (next != null) {
            next.cancel();
            next = null;
        }
        long expected = ++generation;
        if (delay.compareTo(UNTIL_WOKEN) < 0) {
            next = scheduler.schedule(lane, delay, () -> run(expected));
        }
    }

    private void run(long expected) {
        synchronized (lock) {
            if (stopping || running || expected != generation) {
                return;
            }
            running = true;
            woken = false;
            next = null;
        }
        Duration delay = AFTER_FAILURE;
        try {
            delay = step.run();
        } catch (RuntimeException | Error e) {
            // A defect: steps handle what can be expected. Say so and keep serving.
            LOG.atError().setCause(e).addKeyValue("task", name).log("internal error, task goes on");
            onDefect.accept(e);
            if (e instanceof VirtualMachineError) {
                throw e;
            }
        } finally {
            finished(delay);
        }
    }

    private void finished(Duration delay) {
        List<Runnable> callbacks = List.of();
        synchronized (lock) {
            running = false;
            if (stopping) {
                stopped = true;
                callbacks = List.copyOf(whenStopped);
                whenStopped.clear();
            } else {
                scheduleLocked(woken ? Duration.ZERO : delay);
            }
        }
        callbacks.forEach(Runnable::run);
    }

    /** Ends the task; {@code then} runs once no step is running and none will run, perhaps before this returns. */
    void stop(Runnable then) {
        boolean now;
        synchronized (lock) {
            stopping = true;
            if (next != null) {
                next.cancel();
                next = null;
            }
            now = !running || stopped;
            if (!now) {
                whenStopped.add(then);
            } else {
                stopped = true;
            }
        }
        if (now) {
            then.run();
        }
    }
}
