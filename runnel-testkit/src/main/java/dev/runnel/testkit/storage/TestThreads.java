package dev.runnel.testkit.storage;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs pieces of a test at the same time. */
public final class TestThreads {

    /** One piece of work on one item. */
    @FunctionalInterface
    interface Work<T> {
        void on(T item) throws Exception;
    }

    private TestThreads() {}

    /** Starts all at the same moment; returns their results in order, or throws what the first of them threw. */
    public static <T> List<T> callAll(List<Callable<T>> tasks) throws Exception {
        AtomicInteger number = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(
                tasks.size(), task -> new Thread(task, "store-contract-" + number.incrementAndGet()));
        try {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<T>> futures = new ArrayList<>();
            for (Callable<T> task : tasks) {
                futures.add(threads.submit(() -> {
                    start.await();
                    return task.call();
                }));
            }
            start.countDown();
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    /** Hands the items out to a number of threads. */
    static <T> void forEach(int threads, List<T> items, Work<T> work) throws Exception {
        Iterator<T> iterator = items.iterator();
        Callable<Integer> worker = () -> {
            while (true) {
                T item;
                synchronized (iterator) {
                    if (!iterator.hasNext()) {
                        return 0;
                    }
                    item = iterator.next();
                }
                work.on(item);
            }
        };
        List<Callable<Integer>> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            workers.add(worker);
        }
        callAll(workers);
    }
}
