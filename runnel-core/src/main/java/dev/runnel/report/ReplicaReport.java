package dev.runnel.report;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One replica at one instant.
 *
 * @param name its name
 * @param location where it is, without secrets
 * @param state how it is doing
 * @param reason why it is not ok, or what is to be known although it is; null if there is nothing
 * @param since since when it is in this state
 * @param txId newest transaction stored, 0 for none
 * @param uploadedAt when an upload succeeded last; null for never
 * @param requests uploads done
 * @param bytes bytes uploaded
 * @param lag how far it is behind what is captured
 * @param verification how its verification stands; null if it is not verified
 * @param lease who may write it
 */
public record ReplicaReport(
        String name,
        String location,
        State state,
        @Nullable String reason,
        Instant since,
        long txId,
        @Nullable Instant uploadedAt,
        long requests,
        long bytes,
        Lag lag,
        @Nullable Verification verification,
        LeaseStanding lease) {

    ReplicaReport stopped(String why, Instant when) {
        return new ReplicaReport(
                name,
                location,
                State.STOPPED,
                why,
                when,
                txId,
                uploadedAt,
                requests,
                bytes,
                new Lag(null, lag.transactions(), lag.interval()),
                verification,
                lease);
    }

    /** This report with something to be known, if there is nothing worse. */
    public ReplicaReport noting(String note) {
        return new ReplicaReport(
                name,
                location,
                state,
                reason == null ? note : reason,
                since,
                txId,
                uploadedAt,
                requests,
                bytes,
                lag,
                verification,
                lease);
    }

    /** This report with that of its verification, whose failure is one of the replica. */
    public ReplicaReport withVerification(Verification now) {
        Verification.Failure failure = now.failure();
        boolean worse = failure != null && (state == State.OK || state == State.BEHIND);
        return new ReplicaReport(
                name,
                location,
                worse ? State.FAILING : state,
                failure != null && worse ? "verification failed: " + failure.reason() : reason,
                failure != null && worse ? failure.at() : since,
                txId,
                uploadedAt,
                requests,
                bytes,
                lag,
                now,
                lease);
    }
}
