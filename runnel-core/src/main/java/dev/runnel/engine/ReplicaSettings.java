package dev.runnel.engine;

import dev.runnel.archive.ReplicaArchive;
import dev.runnel.lease.LeaseTerms;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One replica of a database.
 *
 * @param name name in messages and tables, unique within the database
 * @param archive where it is; not loaded yet
 * @param syncInterval shortest time between two uploads. Short ones cost a request each, long ones lose more when the
 *     machine is lost
 * @param upkeep how its files are looked after
 * @param lease how others are kept from writing it at the same time
 * @param verification how often it is verified; null for never
 */
public record ReplicaSettings(
        String name,
        ReplicaArchive archive,
        Duration syncInterval,
        UpkeepSettings upkeep,
        LeaseTerms lease,
        @Nullable VerificationSettings verification) {

    /** As Litestream. */
    public static final Duration DEFAULT_SYNC_INTERVAL = Duration.ofSeconds(1);

    /** A replica with the defaults of Litestream and a lease of the default time that is not verified. */
    public static ReplicaSettings defaults(String name, ReplicaArchive archive) {
        return new ReplicaSettings(
                name, archive, DEFAULT_SYNC_INTERVAL, UpkeepSettings.defaults(), LeaseTerms.DEFAULT, null);
    }

    /** The same with another shortest time between two uploads. */
    public ReplicaSettings withSyncInterval(Duration interval) {
        return new ReplicaSettings(name, archive, interval, upkeep, lease, verification);
    }

    /** The same with its files looked after in another way. */
    public ReplicaSettings withUpkeep(UpkeepSettings other) {
        return new ReplicaSettings(name, archive, syncInterval, other, lease, verification);
    }

    /** The same with another lease. */
    public ReplicaSettings withLease(LeaseTerms other) {
        return new ReplicaSettings(name, archive, syncInterval, upkeep, other, verification);
    }

    /** The same, verified as said; null for never. */
    public ReplicaSettings withVerification(@Nullable VerificationSettings other) {
        return new ReplicaSettings(name, archive, syncInterval, upkeep, lease, other);
    }

    /** The same with another archive. */
    ReplicaSettings withArchive(ReplicaArchive other) {
        return new ReplicaSettings(name, other, syncInterval, upkeep, lease, verification);
    }
}
