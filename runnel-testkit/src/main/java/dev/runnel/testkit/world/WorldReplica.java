package dev.runnel.testkit.world;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.engine.ReplicaSettings;
import dev.runnel.restore.ProofStatus;
import dev.runnel.restore.RestoreOptions;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.RestoredImage;
import dev.runnel.restore.Restorer;
import dev.runnel.storage.memory.MemoryObjectStore;
import dev.runnel.testkit.storage.FaultPlan;
import dev.runnel.testkit.storage.FaultyObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/** A replica of a world: a store with its faults, and the way round them. */
final class WorldReplica {

    private static final RestoreOptions OPTIONS =
            RestoreOptions.defaults().withParallelism(1).withForce(true);

    private final String name;
    private final ReplicaScenario scenario;
    private final MemoryObjectStore truth;
    private final FaultyObjectStore store;
    private final Killer killer;
    private final Path scratch;
    private FaultyObjectStore.State state = FaultyObjectStore.State.UP;

    WorldReplica(String name, ReplicaScenario scenario, SimulatedTime time, long seed, Killer killer, Path scratch) {
        this.name = name;
        this.scenario = scenario;
        this.truth = new MemoryObjectStore(time);
        this.store = new FaultyObjectStore(truth, seed, scenario.plan());
        this.killer = killer;
        this.scratch = scratch.resolve("restored-" + name + ".db");
    }

    /**
     * What a restore gave.
     *
     * @param image its pages
     * @param txId the transaction it stands at
     * @param file where it is, until the next restore
     */
    record Restored(Image image, long txId, Path file) {}

    String name() {
        return name;
    }

    ReplicaScenario scenario() {
        return scenario;
    }

    FaultyObjectStore store() {
        return store;
    }

    /** Settings of a new engine. */
    ReplicaSettings settings() {
        return scenario.settings(name, new KillableStore(store, killer));
    }

    boolean isUp() {
        return state == FaultyObjectStore.State.UP;
    }

    void setState(FaultyObjectStore.State newState) {
        state = newState;
        store.setState(newState);
    }

    /** From now on the store does what it is told. */
    void heal() {
        store.setPlan(FaultPlan.none());
        setState(FaultyObjectStore.State.UP);
    }

    /** Restores past all faults; whatever is restored must be proved. */
    Restored restore(RestoreTarget target) throws IOException {
        RestoredImage restored = new Restorer(archive(), OPTIONS, noWait()).restore(target, scratch);
        if (restored.proof() != ProofStatus.VERIFIED || !restored.damaged().isEmpty()) {
            throw new AssertionError(
                    name + ": " + restored.proof() + " at " + restored.txId() + ", damaged " + restored.damaged());
        }
        return new Restored(Image.read(scratch), restored.txId().value(), scratch);
    }

    /** All files of the replica. */
    List<LtxFile> files() throws IOException {
        return archive().manifest().all().toList();
    }

    private ReplicaArchive archive() throws IOException {
        ReplicaArchive archive = new ReplicaArchive(truth, scenario.layout());
        archive.load();
        return archive;
    }

    private static Backoff noWait() {
        RandomGenerator zeros = () -> 0;
        return new Backoff(Duration.ofNanos(1), Duration.ofNanos(1), zeros);
    }
}
