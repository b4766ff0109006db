package dev.runnel.lease;

import java.time.Duration;

/**
 * How long a lease lasts. Everything else follows from that. Immutable.
 *
 * @param enabled whether a lease is asked for where the store can keep one
 * @param ttl time without a renewal after which another may take over, from 1 s to 1 h. Short ones cost a request more
 *     often while changes flow and are lost in short outages; long ones keep a successor waiting when a machine is lost
 */
public record LeaseTerms(boolean enabled, Duration ttl) {

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofHours(1);

    /** As Litestream's. */
    public static final Duration DEFAULT_TTL = Duration.ofSeconds(30);

    /** On, with the default time. */
    public static final LeaseTerms DEFAULT = new LeaseTerms(true, DEFAULT_TTL);

    /** No lease: two writers are told from each other only when they write the same file. */
    public static final LeaseTerms NONE = new LeaseTerms(false, DEFAULT_TTL);

    public LeaseTerms {
        if (ttl.compareTo(SHORTEST) < 0 || ttl.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "the time of a lease must be from 1s to 1h, not " + ttl.toMillis() + "ms");
        }
    }

    /**
     * How long after a renewal was sent a write may begin. The rest is for that write to arrive, and for clocks that do not
     * run at one speed.
     */
    Duration usable() {
        return ttl.multipliedBy(4).dividedBy(5);
    }

    /** When the holder renews. */
    Duration renewAfter() {
        return ttl.dividedBy(3);
    }

    /** When a holder that has nothing to write gives the lease back, so that an idle database costs no requests. */
    Duration idleAfter() {
        return ttl.multipliedBy(2);
    }

    /** How often one that waits looks whether the lease is free. */
    Duration pollEvery() {
        return ttl.dividedBy(20);
    }
}
