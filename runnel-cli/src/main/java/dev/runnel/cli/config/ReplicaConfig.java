package dev.runnel.cli.config;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One replica of one database.
 *
 * @param name distinct among the replicas of the database
 * @param target where it stands
 * @param policy how often it is written and how long it is kept
 * @param line line of the configuration file, from 1; 0 for one from the command line
 * @param age keys of replicas that Litestream 0.3 encrypted
 */
public record ReplicaConfig(String name, ReplicaTarget target, Policy policy, int line, AgeKeys age) {

    /** A replica that is not encrypted. */
    public ReplicaConfig(String name, ReplicaTarget target, Policy policy, int line) {
        this(name, target, policy, line, AgeKeys.NONE);
    }

    /**
     * A replica with default settings, from the command line.
     *
     * @param taken names of the other replicas of the database; the new one's is added
     */
    public static ReplicaConfig of(ReplicaTarget target, Set<String> taken) {
        return new ReplicaConfig(distinctName(target.type(), taken), target, Policy.DEFAULT, 0);
    }

    /** This replica in another place. */
    ReplicaConfig at(ReplicaTarget other) {
        return new ReplicaConfig(name, other, policy, line, age);
    }

    /** This replica with other keys. */
    public ReplicaConfig with(AgeKeys keys) {
        return new ReplicaConfig(name, target, policy, line, keys);
    }

    /** This replica under another name. */
    ReplicaConfig named(String newName) {
        return new ReplicaConfig(newName, target, policy, line, age);
    }

    /** {@code base}, or with the first number from 2 that is not in {@code taken}, to which it is added. */
    static String distinctName(String base, Set<String> taken) {
        String name = base;
        for (int i = 2; !taken.add(name); i++) {
            name = base + "-" + i;
        }
        return name;
    }

    /**
     * Times of a replica: the keys of 0.5 ({@code snapshot}), overridden by those of 0.3 where given.
     *
     * @param syncInterval least time between two cuts while changes flow, greater than zero
     * @param snapshotInterval how often a snapshot is taken, greater than zero
     * @param retention how far back a restore can go; null to keep everything
     * @param retentionCheckInterval how often retention is enforced; null for with each snapshot
     * @param validationInterval how often the newest state is rebuilt from the replica and compared; null for never
     * @param verifyMaxAge how old the newest good verification may be; null for three intervals
     * @param lease whether other writers are kept out by a lease, where the store can keep one
     * @param leaseTtl time without a sign of life after which another may take over, from 1 s to 1 h
     */
    public record Policy(
            Duration syncInterval,
            Duration snapshotInterval,
            @Nullable Duration retention,
            @Nullable Duration retentionCheckInterval,
            @Nullable Duration validationInterval,
            @Nullable Duration verifyMaxAge,
            boolean lease,
            Duration leaseTtl) {

        /** Litestream's defaults, and a lease. */
        public static final Policy DEFAULT =
                new Policy(Defaults.SYNC_INTERVAL, Defaults.SNAPSHOT_INTERVAL, Defaults.SNAPSHOT_RETENTION, null, null);

        /** With a lease of the default time. */
        public Policy(
                Duration syncInterval,
                Duration snapshotInterval,
                @Nullable Duration retention,
                @Nullable Duration retentionCheckInterval,
                @Nullable Duration validationInterval) {
            this(
                    syncInterval,
                    snapshotInterval,
                    retention,
                    retentionCheckInterval,
                    validationInterval,
                    null,
                    true,
                    Defaults.LEASE_TTL);
        }
    }
}
