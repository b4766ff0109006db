package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.KeyLayout;
import dev.runnel.Restore;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.compact.SnapshotPolicy;
import dev.runnel.engine.Checkpointing;
import dev.runnel.engine.DatabaseEngine;
import dev.runnel.engine.DatabaseSettings;
import dev.runnel.engine.EngineContext;
import dev.runnel.engine.JournalSwitch;
import dev.runnel.engine.OnDivergence;
import dev.runnel.engine.ReplicaSettings;
import dev.runnel.engine.UpkeepSettings;
import dev.runnel.engine.VerificationSettings;
import dev.runnel.model.TxId;
import dev.runnel.report.DatabaseReport;
import dev.runnel.source.DescriptorRegistry;
import dev.runnel.source.KernelLocks;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.memory.MemoryObjectStore;
import dev.runnel.testkit.storage.FaultPlan;
import dev.runnel.testkit.storage.FaultyObjectStore;
import dev.runnel.testkit.storage.TrackingObjectStore;
import dev.runnel.testkit.world.SimulatedFileEvents;
import dev.runnel.testkit.world.SimulatedScheduler;
import dev.runnel.testkit.world.SimulatedTime;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One engine on one database, with a replica in memory of which every request is counted. */
public final class EngineRig implements Closeable {

    private static final Duration TICK = Duration.ofMillis(10);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final SimulatedTime time = new SimulatedTime(Instant.parse("2026-01-01T01:00:00Z"));
    private final SimulatedScheduler scheduler = new SimulatedScheduler(time, 1);
    private final FaultyObjectStore faulty = new FaultyObjectStore(new MemoryObjectStore(time), 1, FaultPlan.none());
    private final TrackingObjectStore tracked = new TrackingObjectStore(faulty);
    private final SimulatedFileEvents events = new SimulatedFileEvents();
    private final Path folder;
    private Path database;
    private Path state;
    private ObjectStore store = tracked;
    private @Nullable ObjectStore second;
    private OnDivergence onDivergence = OnDivergence.DECIDE;
    private long maxSpoolBytes = DatabaseSettings.DEFAULT_MAX_SPOOL_BYTES;
    private @Nullable VerificationSettings verification;
    private Duration snapshotInterval = SnapshotPolicy.DEFAULT_INTERVAL;
    private long dice;
    private @Nullable DatabaseEngine engine;

    /** A rig whose database and state are in {@code folder}; there is no engine yet. */
    public EngineRig(Path folder) {
        this.folder = folder;
        this.database = folder.resolve("app.db");
        this.state = DatabaseSettings.defaultStateDirectory(database);
    }

    /** The database. */
    public Path database() {
        return database;
    }

    /** Its state directory. */
    public Path state() {
        return state;
    }

    /** The replica's store in memory, which counts requests. */
    public TrackingObjectStore store() {
        return tracked;
    }

    /** The store below, which can be made to fail. */
    public FaultyObjectStore faults() {
        return faulty;
    }

    /** Another store in memory. */
    public MemoryObjectStore anotherStore() {
        return new MemoryObjectStore(time);
    }

    /** Goes on with another database in the same folder. */
    public EngineRig database(String name) {
        database = folder.resolve(name);
        state = DatabaseSettings.defaultStateDirectory(database);
        return this;
    }

    /** Goes on with another state directory. */
    public EngineRig state(Path directory) {
        state = directory;
        return this;
    }

    /** The next engine, and {@link #restore}, use this store. */
    public EngineRig store(ObjectStore other) {
        store = other;
        return this;
    }

    /** The next engine has a second replica there; null for none. */
    public EngineRig second(@Nullable ObjectStore other) {
        second = other;
        return this;
    }

    /** The policy of the next engine. */
    public EngineRig onDivergence(OnDivergence policy) {
        onDivergence = policy;
        return this;
    }

    /** The limit of the next engine, in bytes. */
    public EngineRig maxSpoolBytes(long bytes) {
        maxSpoolBytes = bytes;
        return this;
    }

    /** The next engine verifies its replica. */
    public EngineRig verifyEvery(Duration interval) {
        verification = VerificationSettings.every(interval);
        return this;
    }

    /** Of the next engine. */
    public EngineRig snapshotInterval(Duration interval) {
        snapshotInterval = interval;
        return this;
    }

    /** What every throw of dice of the next engine shows, the name of its session included. */
    public EngineRig dice(long number) {
        dice = number;
        return this;
    }

    /** The file events, of which none comes by itself. */
    public SimulatedFileEvents events() {
        return events;
    }

    /** The clock. */
    public SimulatedTime time() {
        return time;
    }

    /** Runs SQL in a process of its own. */
    public String sql(String... statements) {
        return SqliteSession.once(database, statements);
    }

    /** A new process with an engine. */
    public EngineRig start() {
        List<ReplicaSettings> replicas = new ArrayList<>(List.of(replica("r", store)));
        if (second != null) {
            replicas.add(replica("second", second));
        }
        DatabaseSettings settings = new DatabaseSettings(
                database,
                state,
                replicas,
                DatabaseSettings.DEFAULT_MONITOR_INTERVAL,
                DatabaseSettings.DEFAULT_MAX_WAL_BYTES,
                maxSpoolBytes,
                onDivergence,
                Checkpointing.OFF);
        long shown = dice;
        EngineContext context = new EngineContext(
                time,
                scheduler,
                events,
                () -> shown,
                new DescriptorRegistry(),
                KernelLocks.ofThisProcess(),
                JournalSwitch.NONE);
        engine = new DatabaseEngine(settings, context);
        engine.start();
        return this;
    }

    private ReplicaSettings replica(String name, ObjectStore in) {
        return ReplicaSettings.defaults(name, new ReplicaArchive(in, ReplicaLayout.files("")))
                .withUpkeep(UpkeepSettings.defaults().with(new SnapshotPolicy(snapshotInterval)))
                .withVerification(verification);
    }

    private DatabaseEngine engine() {
        return Objects.requireNonNull(engine, "no engine");
    }

    /** Lets time pass, and does what is due in it. */
    public void pass(Duration duration) {
        scheduler.advance(duration);
    }

    /** The simulated time. */
    public Instant now() {
        return time.now();
    }

    /** How the engine is doing. */
    public DatabaseReport report() {
        return engine().report();
    }

    /** What is wrong with the database, or with its replica. */
    public String reason() {
        return report().reason() + " | " + report().replicas().get(0).reason();
    }

    /** Asks for everything to be stored, and lets no time pass. */
    public CompletableFuture<@Nullable TxId> syncing() {
        return engine().sync();
    }

    /** Waits until everything is stored; fails the test if it cannot be. */
    public TxId sync() {
        CompletableFuture<@Nullable TxId> barrier = syncing();
        await(barrier);
        try {
            return Objects.requireNonNull(barrier.get(), "no transaction");
        } catch (ExecutionException e) {
            throw new AssertionError("not stored: " + e.getCause() + "; " + report(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private void await(CompletableFuture<?> future) {
        long start = time.elapsed();
        while (!future.isDone() && time.elapsed() - start < PATIENCE.toNanos()) {
            pass(TICK);
        }
        assertThat(future.isDone())
                .as("done within " + PATIENCE + ": " + engine().report())
                .isTrue();
    }

    /** Ends the engine in order. */
    public void stop() {
        CompletableFuture<Void> end = engine().stop(Duration.ofSeconds(30));
        await(end);
        assertThat(end.isCompletedExceptionally()).as(report().toString()).isFalse();
        engine = null;
        scheduler.drop();
    }

    /** Kills it. */
    public void kill() {
        if (engine != null) {
            var unused = engine.abandon();
            engine = null;
            scheduler.drop();
        }
    }

    /** Deletes the state directory. */
    public void loseState() throws IOException {
        deleteTree(state);
    }

    /** Deletes a directory, if there is one, and all in it. */
    public static void deleteTree(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    /** Deletes the database and what belongs to it. */
    public void deleteDatabase() throws IOException {
        for (String suffix : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(database.resolveSibling(database.getFileName() + suffix));
        }
    }

    /** Restores the replica as of a transaction. */
    public Path restore(TxId txId) throws IOException {
        return restore(store, txId);
    }

    /** Restores what a store holds as of a transaction. */
    public Path restore(ObjectStore from, TxId txId) throws IOException {
        Path restored = folder.resolve("restored.db");
        Restore.from(from, "", KeyLayout.FILES).at(txId).force().to(restored);
        return restored;
    }

    /** Asserts that the replica restores to what is in the database. Nobody writes meanwhile. */
    public void assertStored(TxId txId) throws IOException {
        assertThat(SqliteSession.once(restore(txId), ".dump")).isEqualTo(SqliteSession.once(database, ".dump"));
    }

    /** Keys of everything that was put, with its size, but for the lease. */
    public List<String> puts() {
        List<String> puts = new ArrayList<>();
        tracked.calls(dev.runnel.testkit.storage.StoreOperation.PUT).stream()
                .filter(call -> !"lock.json".equals(call.key()))
                .forEach(call -> puts.add(call.key() + " " + call.bytes()));
        return puts;
    }

    /** Keys that are in the replica now. */
    public List<String> keys(String prefix) throws IOException {
        List<String> keys = new ArrayList<>();
        try (ObjectListing listing = store.list(prefix, null)) {
            for (ObjectEntry entry = listing.next(); entry != null; entry = listing.next()) {
                keys.add(entry.key());
            }
        }
        return keys;
    }

    @Override
    public void close() {
        kill();
    }
}
