package dev.runnel.engine;

import dev.runnel.model.TimeSource;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A scheduler on threads: a few that run short tasks at their time, one for tasks that can wait for the next tick, one that
 * hands over what comes later to its pool, and pools for transfers and for leases that shrink to nothing when idle.
 *
 * <p>Heartbeats of idle databases are what is due after long: they run together at ticks, so that a thousand of them wake
 * one thread a few times a second.
 */
public final class ThreadScheduler implements Scheduler, AutoCloseable {

    private static final Duration IDLE = Duration.ofSeconds(10);

    /** Tasks of the capture lane that are due after so long or longer run at a tick. */
    private static final long PATIENT_NANOS = 500_000_000;
    /** A delay becomes at most half of this shorter or longer. */
    private static final long TICK_NANOS = 250_000_000;
    /** A store that does not answer about one lease must not keep those of others from being renewed. */
    private static final int LEASE_THREADS = 4;

    private final ScheduledThreadPoolExecutor timer;
    /** Apart from the timer: a task that waits there makes each look wake another thread to wait for it. */
    private final ScheduledThreadPoolExecutor delays;

    private final ScheduledThreadPoolExecutor ticker;
    private final ThreadPoolExecutor transfers;
    private final ThreadPoolExecutor leases;
    private final TimeSource time;

    /**
     * @param captureThreads threads for looks and cuts; as many databases can be cut at once
     * @param transferThreads most transfers at once, of all replicas together; more wait
     * @param time the clock of the ticks
     */
    public ThreadScheduler(int captureThreads, int transferThreads, TimeSource time) {
        this.time = time;
        timer = new ScheduledThreadPoolExecutor(captureThreads, named("runnel-capture-"));
        timer.setRemoveOnCancelPolicy(true);
        delays = new ScheduledThreadPoolExecutor(1, named("runnel-delays-"));
        delays.setRemoveOnCancelPolicy(true);
        ticker = new ScheduledThreadPoolExecutor(1, named("runnel-idle-"));
        ticker.setRemoveOnCancelPolicy(true);
        transfers = pool(transferThreads, "runnel-transfer-");
        leases = pool(LEASE_THREADS, "runnel-lease-");
    }

    private static ThreadPoolExecutor pool(int threads, String prefix) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, IDLE.toSeconds(), TimeUnit.SECONDS, new LinkedBlockingQueue<>(), named(prefix));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ThreadFactory named(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public Scheduled schedule(Lane lane, Duration delay, Runnable task) {
        long nanos = Math.max(0, delay.toNanos());
        if (lane == Lane.CAPTURE && nanos >= PATIENT_NANOS) {
            ScheduledFuture<?> future = ticker.schedule(task, untilTick(nanos), TimeUnit.NANOSECONDS);
            return () -> future.cancel(false);
        }
        if (lane == Lane.CAPTURE) {
            ScheduledFuture<?> future = timer.schedule(task, nanos, TimeUnit.NANOSECONDS);
            return () -> future.cancel(false);
        }
        ThreadPoolExecutor pool = lane == Lane.TRANSFER ? transfers : leases;
        if (nanos == 0) {
            pool.execute(task);
            return () -> {};
        }
        ScheduledFuture<?> future = delays.schedule(() -> pool.execute(task), nanos, TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    /** Time until the tick that is nearest to a moment so far from now. */
    private long untilTick(long nanos) {
        long now = time.nanoTime();
        long moment = now + nanos + TICK_NANOS / 2;
        return moment - Math.floorMod(moment, TICK_NANOS) - now;
    }

    /** Ends the threads; tasks that run are not waited for. */
    @Override
    public void close() {
        timer.shutdownNow();
        delays.shutdownNow();
        ticker.shutdownNow();
        transfers.shutdownNow();
        leases.shutdownNow();
    }
}
