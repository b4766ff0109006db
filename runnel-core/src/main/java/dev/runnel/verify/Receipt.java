package dev.runnel.verify;

import dev.runnel.model.TxId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a verification found, to be kept beside the replica. Immutable.
 *
 * @param txId the transaction that was verified, or should have been
 * @param stateTime when that transaction was captured; null if it could not be read
 * @param verifiedAt when the verification ended
 * @param database what the pages make up; null unless the outcome is good
 * @param objects what was read
 * @param run how it was done
 * @param outcome what came of it
 * @param reason what is wrong; null unless it failed
 */
public record Receipt(
        TxId txId,
        @Nullable Instant stateTime,
        Instant verifiedAt,
        @Nullable Database database,
        List<CheckedObject> objects,
        Run run,
        Outcome outcome,
        @Nullable String reason) {

    public Receipt {
        objects = List.copyOf(objects);
    }

    /**
     * A database.
     *
     * @param checksum XOR of the checksums of its pages, bit 63 set
     * @param pages its size in pages
     * @param pageSize in bytes
     */
    public record Database(long checksum, int pages, int pageSize) {}

    /**
     * An object that was read to its end.
     *
     * @param key its key in the store
     * @param size length in bytes
     * @param fileChecksum the checksum at its end
     */
    public record CheckedObject(String key, long size, long fileChecksum) {}

    /**
     * How a verification was done.
     *
     * @param full whether it began with a snapshot, and not with a state that was verified before
     * @param duration how long it took
     * @param version version of Runnel
     * @param whole what the state stands on; null if the verification failed, or was one of an earlier version
     */
    public record Run(
            boolean full,
            Duration duration,
            String version,
            @Nullable Whole whole) {}

    /**
     * When a chain was read from its beginning, by this verification or an earlier one that it goes on from.
     *
     * @param snapshot key of the snapshot that the chain begins with
     * @param readAt when it and everything behind it was read last
     */
    public record Whole(String snapshot, Instant readAt) {}

    /** Length of everything that was read, in bytes. */
    public long bytes() {
        return objects.stream().mapToLong(CheckedObject::size).sum();
    }

    /** This receipt, failed for a reason that was found beyond the pages. */
    public Receipt failed(String newReason) {
        return new Receipt(txId, stateTime, verifiedAt, null, objects, run, Outcome.FAILED, newReason);
    }
}
