package dev.runnel.cli.daemon;

import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** How long requests took, in Litestream's classes. Thread-safe. */
final class Durations {

    private static final List<Double> BOUNDS = List.of(0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0);
    private static final double NANOS = 1e9;

    private final AtomicLongArray counts = new AtomicLongArray(BOUNDS.size() + 1);
    private final LongAdder nanos = new LongAdder();

    void add(long duration) {
        int at = 0;
        while (at < BOUNDS.size() && duration > BOUNDS.get(at) * NANOS) {
            at++;
        }
        counts.incrementAndGet(at);
        nanos.add(duration);
    }

    void addTo(MetricsText text, String name, String help, String... labels) {
        List<Long> now = java.util.stream.LongStream.range(0, counts.length())
                .mapToObj(i -> counts.get((int) i))
                .toList();
        text.histogram(name, help, BOUNDS, now, nanos.sum() / NANOS, labels);
    }
}
