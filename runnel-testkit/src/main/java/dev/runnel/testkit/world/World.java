package dev.runnel.testkit.world;

import dev.runnel.engine.OnDivergence;
import dev.runnel.report.DatabaseReport;
import dev.runnel.report.ReplicaReport;
import dev.runnel.testkit.storage.Fault;
import dev.runnel.testkit.storage.FaultyObjectStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The whole world: applications beside an engine with one or two replicas, whose stores fail, whose process is killed and
 * started again, whose local state is lost. Whatever a replica says it has stored, a restore of it is the database as it
 * was at that transaction, page for page; and when the world has calmed down, everything is stored.
 */
public final class World implements Closeable {

    private static final Instant ORIGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(30);
    /** Longer than the longest back-off by far. */
    private static final Duration PATIENCE = Duration.ofHours(2);
    /** The longest back-off, the longest interval between uploads, and a little more. */
    private static final Duration CALM = Duration.ofMinutes(12);
    /** Without these, a database whose page 1 tells of its tables always goes on, and no start guard may object to it. */
    private static final Set<WorldEvent> ANOTHER_DATABASE = EnumSet.of(
            WorldEvent.DATABASE_REPLACED, WorldEvent.DATABASE_DELETED, WorldEvent.POWER_LOSS, WorldEvent.REFORMAT);

    private static final int SCHEMA_BYTES = 4096;

    private final long seed;
    private final Applications applications;
    private final Path database;
    private final Path stateDirectory;
    private final Path copiedAway;
    private final Coverage coverage;
    private final Dice dice;
    private final Scenario scenario;
    private final Map<WorldEvent, Integer> events = new EnumMap<>(WorldEvent.class);
    private final Trail trail = new Trail();
    private final Workload workload;
    private final Disk disk;
    private final SimulatedTime time = new SimulatedTime(ORIGIN);
    private final Killer killer = new Killer();
    private final Guest guest;
    private final Guest.Limits limits;
    private final List<WorldReplica> replicas = new ArrayList<>();
    private final Chronicle chronicle;
    private final Alarm alarm = new Alarm();
    private boolean awayForADay;

    /**
     * A world from a seed.
     *
     * @param directory an empty directory
     */
    public World(long seed, Applications applications, Path directory, Coverage coverage) {
        this.seed = seed;
        this.applications = applications;
        this.database = directory.resolve("app.db");
        this.stateDirectory = directory.resolve(".app.db-litestream");
        this.copiedAway = directory.resolve("copied-away.db");
        this.coverage = coverage;
        this.dice = new Dice(seed);
        this.scenario = Scenario.of(dice.split());
        this.workload = new Workload(applications, database, scenario, dice.split(), coverage, trail);
        this.disk = new Disk(database, dice.split());
        this.guest = new Guest(time, dice.split(), killer);
        boolean faithful = dice.chance(0.5) && scenario.pageSize() >= SCHEMA_BYTES;
        this.limits = new Guest.Limits(
                Duration.ofSeconds(dice.of(1, 1, 10)),
                dice.of(1L << 30, 1L << 30, 1L << 30, 100_000L),
                dice.of(1L << 30, 1L << 30, 100_000L, 2_000L),
                faithful ? OnDivergence.DECIDE : OnDivergence.CONTINUE);
        for (int i = 0; i < dice.of(1, 1, 2); i++) {
            replicas.add(new WorldReplica(
                    "r" + i, ReplicaScenario.of(dice.split()), time, dice.anyLong(), killer, directory));
        }
        this.chronicle = new Chronicle(
                database, replicas, applications.observer(), directory.resolve("copy.db"), coverage, trail);
        double omitted = dice.of(0.0, 0.3, 0.7);
        for (WorldEvent event : WorldEvent.values()) {
            boolean indispensable = event == WorldEvent.MILLISECONDS_PASS || event == WorldEvent.START;
            boolean never = faithful && ANOTHER_DATABASE.contains(event);
            events.put(event, never || (!indispensable && dice.chance(omitted)) ? 0 : event.weight);
        }
        time.creep(Duration.ofMillis(dice.of(0, 0, 1, 15, 50)));
    }

    /**
     * Runs the world to its end.
     *
     * @throws WorldFailure if something is not as it must be
     */
    public void run() {
        try {
            trail.add(
                    "replicas " + replicas.stream().map(WorldReplica::scenario).toList());
            if (dice.chance(0.8)) {
                workload.create();
            }
            start();
            double busy = dice.of(0.3, 0.5, 0.8);
            for (int i = 0; i < scenario.steps(); i++) {
                if (dice.chance(busy)) {
                    workload.step();
                    if (dice.chance(0.5)) {
                        guest.events().fire();
                    }
                } else {
                    happen(dice.weighted(events));
                }
                observe();
            }
            calmDown();
        } catch (IOException | RuntimeException | AssertionError e) {
            throw failure(e);
        }
    }

    private WorldFailure failure(Throwable cause) {
        return new WorldFailure(
                "world " + seed + " failed: " + cause + "\n" + trail + Seeds.replay("WorldTest", seed), cause);
    }

    /** Looks at what the engine has done in this step. Nothing was changed meanwhile by anybody else. */
    private void observe() throws IOException {
        DatabaseReport report = guest.report();
        if (report != null) {
            chronicle.observe(report, time.peek());
        }
        AssertionError defect = alarm.defect();
        if (defect != null) {
            throw defect;
        }
    }

    private void happen(WorldEvent event) throws IOException {
        String what = switch (event) {
            case MILLISECONDS_PASS -> pass(Duration.ofMillis(dice.between(1, 50)));
            case SECONDS_PASS -> pass(Duration.ofMillis(dice.between(100, 30_000)));
            case MINUTES_PASS -> pass(Duration.ofSeconds(dice.between(60, 1200)));
            case HOURS_PASS -> pass(Duration.ofMinutes(dice.between(60, 180)));
            case SYNC -> guest.isRunning() ? sync(PATIENCE) : null;
            case SYNC_AND_GO_ON -> guest.isRunning() ? syncAndGoOn() : null;
            case STOP -> guest.isRunning() ? stop() : null;
            case START -> guest.isRunning() ? null : start() + (dice.chance(0.3) ? ", " + armKiller() : "");
            case ABANDON -> guest.isRunning() ? abandon() : null;
            case KILL -> guest.isRunning() ? kill() : null;
            case STATE_LOST -> loseState();
            case STATE_DAMAGED -> damageState();
            case POWER_LOSS -> losePower();
            case STORE_FAILS -> failStore();
            case STORE_RECOVERS -> recoverStores();
            case CLOCK_JUMPS -> jump();
            case COPY_AWAY -> copyAway();
            case DATABASE_REPLACED -> replaceDatabase();
            case DATABASE_DELETED -> deleteDatabase();
            case REFORMAT -> "reformat: " + workload.reformat();
        };
        if (what != null) {
            trail.add(what);
            coverage.count("event." + event);
        }
    }

    private String pass(Duration duration) throws IOException {
        return advance(duration, duration + " pass");
    }

    private String advance(Duration duration, String text) throws IOException {
        boolean killed = guest.isRunning() && guest.advance(duration);
        if (!killed && !guest.isRunning()) {
            time.advanceTo(time.elapsed() + duration.toNanos());
        }
        return killed ? text + ", " + killed() : text;
    }

    private String killed() throws IOException {
        chronicle.died(Objects.requireNonNull(guest.lastWords()));
        Killed death = Objects.requireNonNull(guest.death());
        coverage.count("killed." + death.occasion());
        return String.valueOf(death.getMessage());
    }

    private String start() {
        guest.start(database, stateDirectory, replicas, limits);
        chronicle.born();
        return "start";
    }

    private String sync(Duration patience) throws IOException {
        CompletableFuture<?> barrier = guest.sync();
        if (guest.await(barrier, patience)) {
            return "sync, " + killed();
        }
        observe();
        if (!barrier.isDone()) {
            if (allUp() && (Files.exists(database) || !isSnapshotNeeded())) {
                throw new AssertionError("no barrier after " + patience + ": " + guest.report());
            }
            coverage.count(allUp() ? "barrier.needsDatabase" : "barrier.needsStore");
            return "sync waits, " + (allUp() ? "there is no database" : "a store is away");
        }
        String outcome = outcome(barrier);
        if (outcome.isEmpty()) {
            chronicle.requireStored();
            return "sync";
        }
        if (allUp()) {
            throw new AssertionError("barrier failed: " + outcome);
        }
        return "sync failed: " + outcome;
    }

    /**
     * Whether a replica cannot be brought to where the engine is by local files, so that it gets a snapshot; without a
     * database there is nothing to take it of.
     */
    private boolean isSnapshotNeeded() throws IOException {
        DatabaseReport report = Objects.requireNonNull(guest.report());
        for (ReplicaReport replica : report.replicas()) {
            if (replica.txId() == 0 || !Disk.leads(stateDirectory, replica.txId(), report.txId())) {
                return true;
            }
        }
        return false;
    }

    private String syncAndGoOn() {
        CompletableFuture<?> barrier = guest.sync();
        return "sync begun: " + (barrier.isDone() ? outcome(barrier) : "waits");
    }

    private static String outcome(CompletableFuture<?> done) {
        StringBuilder text = new StringBuilder();
        CompletableFuture<?> told =
                done.whenComplete((value, failure) -> text.append(failure == null ? "" : failure.toString()));
        return told.isDone() ? text.toString() : "";
    }

    private boolean allUp() {
        return replicas.stream().allMatch(WorldReplica::isUp);
    }

    private String stop() throws IOException {
        CompletableFuture<Void> end = guest.stop(STOP_PATIENCE);
        if (guest.await(end, STOP_PATIENCE.multipliedBy(2))) {
            return "stop, " + killed();
        }
        observe();
        if (!end.isDone()) {
            throw new AssertionError("no end after " + STOP_PATIENCE.multipliedBy(2) + ": " + guest.report());
        }
        guest.stopped();
        killer.disarm();
        String outcome = outcome(end);
        if (outcome.isEmpty()) {
            chronicle.requireStored();
            coverage.count("stop.clean");
        }
        return "stop " + outcome;
    }

    private String abandon() throws IOException {
        guest.abandon();
        chronicle.died(Objects.requireNonNull(guest.lastWords()));
        return "abandoned";
    }

    private String kill() throws IOException {
        return advance(Duration.ofSeconds(dice.of(1, 10, 100)), armKiller());
    }

    private String armKiller() {
        Killer.Occasion occasion = dice.of(Killer.Occasion.values());
        int after = dice.magnitude(1, occasion.horizon);
        killer.arm(occasion, after);
        return "to be killed at " + occasion + " " + after;
    }

    private String loseState() throws IOException {
        if (dice.chance(0.5) && guest.isRunning()) {
            abandon();
        }
        Disk.deleteTree(stateDirectory);
        return guest.isRunning() ? "state lost while in use" : "state lost";
    }

    private String damageState() throws IOException {
        if (guest.isRunning()) {
            abandon();
        }
        disk.damageSome(stateDirectory);
        return "state damaged";
    }

    private String losePower() throws IOException {
        events.put(WorldEvent.POWER_LOSS, 0); // starting processes anew is what takes the time
        if (guest.isRunning()) {
            abandon();
        }
        workload.killAll();
        if (dice.chance(0.5)) {
            disk.damageSome(stateDirectory);
        }
        return "power loss, " + disk.losePower();
    }

    private String failStore() throws IOException {
        FaultyObjectStore.State state =
                dice.of(FaultyObjectStore.State.DOWN, FaultyObjectStore.State.GONE, FaultyObjectStore.State.FULL);
        WorldReplica replica = dice.of(replicas);
        replica.setState(state);
        coverage.count("store." + state);
        String what = replica.name() + " is " + state;
        if (!awayForADay && dice.chance(0.1)) {
            awayForADay = true; // once, because the heartbeats of a day take their time
            coverage.count("store.awayForADay");
            return advance(Duration.ofDays(1), what + " for a day");
        }
        return what;
    }

    private String recoverStores() {
        replicas.forEach(replica -> replica.setState(FaultyObjectStore.State.UP));
        return "stores are up";
    }

    private String jump() {
        Duration by = Duration.ofSeconds(dice.between(-5000, 5000));
        time.jump(by);
        chronicle.clockJumped();
        return "the clock jumps by " + by;
    }

    private @Nullable String copyAway() throws IOException {
        if (!Files.exists(database)) {
            return null;
        }
        Truth.of(database, applications.observer(), copiedAway);
        return "copied away";
    }

    private @Nullable String replaceDatabase() throws IOException {
        if (!Files.exists(copiedAway)) {
            return null;
        }
        workload.quit();
        goodbye();
        disk.replaceDatabase(copiedAway);
        return "database replaced";
    }

    private void goodbye() throws IOException {
        DatabaseReport report = guest.report();
        if (report != null) {
            chronicle.goodbye(report.txId());
        }
    }

    private String deleteDatabase() throws IOException {
        workload.quit();
        goodbye();
        disk.deleteDatabase();
        return "database deleted";
    }

    /** The end: nothing fails any more, and everything must come right. */
    private void calmDown() throws IOException {
        replicas.forEach(WorldReplica::heal);
        killer.disarm();
        if (!Files.exists(database)) {
            workload.create();
        }
        if (!guest.isRunning()) {
            trail.add(start());
        }
        if (dice.chance(0.5)) {
            trail.add(sync(PATIENCE));
        } else {
            trail.add("calm: " + pass(CALM));
            observe();
            chronicle.requireStored();
        }
        pass(Duration.ofMinutes(dice.of(0, 2, 200)));
        observe();
        trail.add(sync(PATIENCE));
        chronicle.requirePast(time.peek(), dice);
        for (WorldReplica replica : replicas) {
            for (Fault fault : Fault.values()) {
                coverage.count("fault." + fault, replica.store().injected(fault));
            }
        }
        coverage.count("tasks", guest.tasks());
        observe();
        Map<String, Long> counters = Objects.requireNonNull(guest.report()).counters();
        counters.forEach((counter, count) -> coverage.count("counter." + counter, count));
    }

    @Override
    public void close() throws IOException {
        guest.abandon();
        alarm.close();
        applications.closeConnections();
    }
}
