package dev.runnel.testkit.world;

import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.compact.CompactionPolicy;
import dev.runnel.compact.SnapshotPolicy;
import dev.runnel.engine.ReplicaSettings;
import dev.runnel.engine.UpkeepSettings;
import dev.runnel.lease.LeaseTerms;
import dev.runnel.retain.RetentionPolicy;
import dev.runnel.storage.ObjectStore;
import dev.runnel.testkit.storage.Fault;
import dev.runnel.testkit.storage.FaultPlan;
import java.time.Duration;
import java.util.List;

/**
 * What a seed decides about a replica.
 *
 * @param hexLevels whether its keys are laid out as in S3
 * @param syncInterval shortest time between two uploads
 * @param levels intervals of level 1 and up
 * @param snapshotInterval how often a snapshot is taken
 * @param retention window in which every instant can be restored
 * @param l0Retention how long files of level 0 stay
 * @param plan faults of its store
 * @param lease how other writers are kept out
 */
record ReplicaScenario(
        boolean hexLevels,
        Duration syncInterval,
        List<Duration> levels,
        Duration snapshotInterval,
        Duration retention,
        Duration l0Retention,
        FaultPlan plan,
        LeaseTerms lease) {

    private static final Duration RETENTION_CHECK = Duration.ofSeconds(15);

    /** Without a lease, a file that a listing did not tell of may be another writer's, and a replica stops for it. */
    static ReplicaScenario of(Dice dice) {
        FaultPlan plan = plan(dice);
        return new ReplicaScenario(
                dice.chance(0.5),
                Duration.ofMillis(dice.of(10, 1000, 1000, 10_000, 60_000)),
                dice.of(
                        CompactionPolicy.DEFAULT_INTERVALS,
                        List.of(Duration.ofSeconds(5), Duration.ofSeconds(30)),
                        List.of(Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(10))),
                Duration.ofMinutes(dice.of(1, 10, 60, 1440)),
                Duration.ofMinutes(dice.of(2, 20, 60, 1440)),
                Duration.ofMinutes(dice.of(0, 1, 5)),
                plan,
                new LeaseTerms(dice.chance(0.8) || plan.listingLag() > 0, Duration.ofSeconds(dice.of(5, 30, 30, 120))));
    }

    private static FaultPlan plan(Dice dice) {
        double probability = dice.of(0.005, 0.02, 0.05);
        return switch (dice.below(12)) {
            case 0, 1, 2, 3 -> FaultPlan.none();
            case 4 ->
                FaultPlan.builder()
                        .with(Fault.FLIPPED_BIT, probability)
                        .with(Fault.WRONG_BODY, probability)
                        .with(Fault.TRUNCATED_BODY, probability)
                        .build();
            case 6 ->
                FaultPlan.builder().with(Fault.PARTIAL_DELETE, 10 * probability).build();
            case 5 ->
                FaultPlan.builder()
                        .with(Fault.LOST_REPLY, 4 * probability)
                        .with(Fault.LOST_REQUEST, 4 * probability)
                        .with(Fault.DOUBLED_REQUEST, 4 * probability)
                        .with(Fault.FALSE_ABSENCE, probability)
                        .build();
            case 7, 8 ->
                FaultPlan.builder()
                        .with(Fault.LAGGING_LISTING, dice.of(0.2, 0.7))
                        .listingLag(dice.of(1, 2, 5))
                        .build();
            default -> FaultPlan.contractual(probability);
        };
    }

    ReplicaLayout layout() {
        return hexLevels ? ReplicaLayout.s3("backups/app") : ReplicaLayout.files("backups/app");
    }

    /** Settings of an engine. */
    ReplicaSettings settings(String name, ObjectStore store) {
        UpkeepSettings upkeep = new UpkeepSettings(
                new CompactionPolicy(levels, CompactionPolicy.DEFAULT_MAX_BYTES),
                new SnapshotPolicy(snapshotInterval),
                new RetentionPolicy(true, retention, l0Retention),
                RETENTION_CHECK);
        return new ReplicaSettings(name, new ReplicaArchive(store, layout()), syncInterval, upkeep, lease, null);
    }
}
