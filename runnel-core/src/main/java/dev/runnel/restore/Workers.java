package dev.runnel.restore;

import dev.runnel.archive.Backoff;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one restore. Work on a list of items ends at the first failure, which the caller gets. Passing faults of
 * the store are tried again; whoever waits for that is woken when the work ends.
 */
final class Workers implements AutoCloseable {

    private static final int ATTEMPTS = 6;

    private final int count;
    private final ExecutorService pool;
    private final Backoff backoff;

    /** What a thread does with its share of the items; makes its own buffers. */
    interface Worker<T> {

        void process(T item) throws IOException;
    }

    /** Makes one worker for a thread. */
    interface WorkerFactory<T> {

        Worker<T> create();
    }

    /** Work that may meet a passing fault. */
    interface Attempt {

        void run() throws IOException;
    }

    Workers(int count, Backoff backoff) {
        this.count = count;
        this.backoff = backoff;
        AtomicInteger number = new AtomicInteger();
        this.pool = Executors.newFixedThreadPool(count, task -> {
            Thread thread = new Thread(task, "runnel-restore-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Processes all items, on as many threads as there are items and threads. Returns when no thread is at work. */
    <T> void forEach(List<T> items, WorkerFactory<T> factory) throws IOException {
        AtomicInteger next = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        CountDownLatch stop = new CountDownLatch(1);
        List<Future<?>> futures = new ArrayList<>();
        for (int i = 0; i < Math.min(count, items.size()); i++) {
            futures.add(pool.submit(() -> {
                try {
                    Worker<T> worker = factory.create();
                    for (int at = next.getAndIncrement();
                            at < items.size() && failure.get() == null;
                            at = next.getAndIncrement()) {
                        T item = items.get(at);
                        retry(() -> worker.process(item), stop);
                    }
                } catch (IOException | RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                    stop.countDown();
                }
            }));
        }
        await(futures, failure);
        rethrow(failure.get());
    }

    private void retry(Attempt attempt, CountDownLatch stop) throws IOException {
        for (int failures = 1; ; failures++) {
            try {
                attempt.run();
                return;
            } catch (TransientStorageException e) {
                if (failures == ATTEMPTS) {
                    throw e;
                }
                try {
                    if (stop.await(backoff.delay(failures).toNanos(), TimeUnit.NANOSECONDS)) {
                        throw e;
                    }
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    e.addSuppressed(interrupted);
                    throw e;
                }
            }
        }
    }

    private void await(List<Future<?>> futures, AtomicReference<Throwable> failure) throws IOException {
        boolean interrupted = false;
        for (Future<?> future : futures) {
            while (true) {
                try {
                    future.get();
                    break;
                } catch (ExecutionException e) {
                    failure.compareAndSet(null, e.getCause());
                    break;
                } catch (CancellationException e) {
                    break; // It had not begun when this thread was interrupted.
                } catch (InterruptedException e) {
                    interrupted = true;
                    failure.compareAndSet(null, new InterruptedIOException("the restore was interrupted"));
                    cancelAll();
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Interrupts what runs, and cancels what has not begun, which nobody would ever complete. */
    private void cancelAll() {
        for (Runnable task : pool.shutdownNow()) {
            if (task instanceof Future<?> future) {
                future.cancel(false);
            }
        }
    }

    private static void rethrow(@Nullable Throwable failure) throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
