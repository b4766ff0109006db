package dev.runnel.archive;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before trying again: doubles from {@code first} to {@code limit}, and takes a random part of the upper
 * half of that, so that many replicas that failed together do not return together. Pure but for the generator.
 * Thread-safe.
 */
public final class Backoff {

    /** The longest wait of every replica: 5 minutes, as Litestream's. */
    public static final Duration DEFAULT_LIMIT = Duration.ofMinutes(5);

    private final Duration first;
    private final Duration limit;
    private final RandomGenerator random;

    /**
     * @param first wait after the first failure, positive; short ones load a failing store, long ones delay recovery
     * @param limit longest wait, at least {@code first}
     */
    public Backoff(Duration first, Duration limit, RandomGenerator random) {
        if (first.isNegative() || first.isZero() || limit.compareTo(first) < 0) {
            throw new IllegalArgumentException("back-off from " + first + " to " + limit);
        }
        this.first = first;
        this.limit = limit;
        this.random = random;
    }

    /**
     * Wait after {@code failures} failures in a row: between half of and the whole of
     * {@code min(limit, first * 2^(failures - 1))}.
     *
     * @param failures 1 or more
     */
    public synchronized Duration delay(int failures) {
        if (failures < 1) {
            throw new IllegalArgumentException("failures must be at least 1: " + failures);
        }
        long cap = limit.toNanos();
        long full = first.toNanos();
        for (int i = 1; i < failures && full < cap; i++) {
            full = full > cap / 2 ? cap : full * 2;
        }
        full = Math.min(full, cap);
        long half = full / 2;
        return Duration.ofNanos(half + random.nextLong(full - half + 1));
    }
}
