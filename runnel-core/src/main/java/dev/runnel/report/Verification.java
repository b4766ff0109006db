package dev.runnel.report;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How the verification of a replica stands.
 *
 * @param interval how often it is verified
 * @param maxAge how old the newest good verification may be
 * @param since since when it is verified by this process
 * @param good the newest good verification, also of an earlier process; null if there is none
 * @param failure what the last verification found wrong; null if it was good, or there was none
 * @param runs verifications that ended since the start
 * @param failures how many of these failed
 */
public record Verification(
        Duration interval,
        Duration maxAge,
        Instant since,
        @Nullable Good good,
        @Nullable Failure failure,
        long runs,
        long failures) {

    /**
     * A good verification.
     *
     * @param txId the newest transaction then
     * @param at when it ended
     * @param proved whether the writer of the replica recorded what the pages were compared with
     */
    public record Good(long txId, Instant at, boolean proved) {}

    /**
     * A failed verification.
     *
     * @param at when it ended
     * @param reason which object is damaged or missing
     */
    public record Failure(Instant at, String reason) {}

    /** Age of the newest good verification; if there is none, the time for which it was due to come. */
    public Duration age(Instant now) {
        Duration age = Duration.between(good == null ? since : good.at(), now);
        return age.isNegative() ? Duration.ZERO : age;
    }

    /** Whether the newest good verification is too old, so that health must be red. */
    public boolean isOverdue(Instant now) {
        return age(now).compareTo(maxAge) > 0;
    }
}
