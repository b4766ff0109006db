package dev.runnel.engine;

import java.time.Duration;

/**
 * How often the newest state is rebuilt from a replica and compared.
 *
 * @param interval time from one verification to the next, positive. Short ones read what is new more often, and each new
 *     snapshot whole; long ones tell of damage late
 * @param maxAge how old the newest good verification may be before health is red, at least the interval
 */
public record VerificationSettings(Duration interval, Duration maxAge) {

    private static final int MISSED = 3;

    public VerificationSettings {
        if (interval.isNegative() || interval.isZero()) {
            throw new IllegalArgumentException("the verification interval must be positive: " + interval);
        }
        if (maxAge.compareTo(interval) < 0) {
            throw new IllegalArgumentException("the greatest age of a verification, " + maxAge
                    + ", must not be shorter than the interval, " + interval);
        }
    }

    /** Red once three intervals passed without a good verification. */
    public static VerificationSettings every(Duration interval) {
        return new VerificationSettings(interval, interval.multipliedBy(MISSED));
    }
}
