package dev.runnel.cli.services;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Gives memory back when the daemon has become quiet. The first copy of a database, or a storm of commits, leaves a heap
 * many times as large as what lives in it, and the serial collector, which has the smallest footprint, collects an old
 * generation only when it is full: in an idle process never. Confined to one thread.
 */
final class HeapKeeper implements Runnable {

    private static final long SECONDS = 4;
    /** A process that allocates less than this between two visits is quiet; so is one whose heap hardly grows. */
    private static final long QUIET_BYTES = 4 << 20;

    private static final int QUIET_FRACTION = 8;
    /** Less garbage is not worth a collection. */
    private static final long WORTHWHILE_BYTES = 3 << 20;
    /** Visits after a collection for which there is no other. */
    private static final int REST = 75;

    private final Heap heap;
    private long before;
    private long afterCollection;
    private int rest;

    /** What is kept: the heap of this process, or a test's. */
    interface Heap {
        /** Bytes in use, garbage included. */
        long used();

        /** Collects all garbage. */
        void collect();
    }

    HeapKeeper(Heap heap) {
        this.heap = heap;
        this.before = heap.used();
    }

    /** Keeps the heap of this process, on a thread of its own, as long as the process lives. */
    static void start() {
        ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread keeper = new Thread(task, "runnel-heap");
            keeper.setDaemon(true);
            return keeper;
        });
        var unused =
                thread.scheduleWithFixedDelay(new HeapKeeper(new ProcessHeap()), SECONDS, SECONDS, TimeUnit.SECONDS);
    }

    /** One visit. */
    @Override
    public void run() {
        long used = heap.used();
        boolean quiet = Math.abs(used - before) < Math.max(QUIET_BYTES, used / QUIET_FRACTION);
        before = used;
        if (rest > 0) {
            rest--;
        } else if (quiet && used - afterCollection >= WORTHWHILE_BYTES) {
            heap.collect();
            afterCollection = heap.used();
            before = afterCollection;
            rest = REST;
        }
    }

    private static final class ProcessHeap implements Heap {

        @Override
        public long used() {
            return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        }

        @Override
        public void collect() {
            System.gc();
        }
    }
}
