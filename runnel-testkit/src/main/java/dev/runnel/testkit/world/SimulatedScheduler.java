package dev.runnel.testkit.world;

import dev.runnel.engine.Scheduler;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Runs tasks on the thread that lets time pass, in the order in which they are due; the seed orders those due at the same
 * time. Tasks may be given by any thread.
 */
public final class SimulatedScheduler implements Scheduler {

    private record Task(long due, int order, long number, Runnable work) {}

    private static final Comparator<Task> ORDER =
            Comparator.comparingLong(Task::due).thenComparingInt(Task::order).thenComparingLong(Task::number);

    private final SimulatedTime time;
    private final Dice dice;
    private final PriorityQueue<Task> tasks = new PriorityQueue<>(ORDER); // guarded by itself
    private long scheduled;
    private long ran;

    /** @param seed orders what is due at the same time */
    public SimulatedScheduler(SimulatedTime time, long seed) {
        this.time = time;
        this.dice = new Dice(seed);
    }

    @Override
    public Scheduled schedule(Lane lane, Duration delay, Runnable work) {
        synchronized (tasks) {
            long wait = delay.isNegative() ? 0 : delay.toNanos();
            Task task = new Task(time.elapsed() + wait, dice.below(4), scheduled++, work);
            tasks.add(task);
            return () -> {
                synchronized (tasks) {
                    tasks.remove(task);
                }
            };
        }
    }

    /** Lets time pass, and runs what becomes due meanwhile. */
    public void advance(Duration by) {
        long until = time.elapsed() + by.toNanos();
        for (Task task = next(until); task != null; task = next(until)) {
            time.advanceTo(task.due());
            ran++;
            task.work().run();
        }
        time.advanceTo(until);
    }

    private @org.jspecify.annotations.Nullable Task next(long until) {
        synchronized (tasks) {
            Task first = tasks.peek();
            return first == null || first.due() > until ? null : tasks.remove();
        }
    }

    /** Forgets all tasks: the process that gave them was killed. */
    public void drop() {
        synchronized (tasks) {
            tasks.clear();
        }
    }

    /** Number of tasks run so far. */
    public long ran() {
        return ran;
    }
}
