package dev.runnel.testkit.world;

import dev.runnel.engine.Checkpointing;
import dev.runnel.engine.DatabaseEngine;
import dev.runnel.engine.DatabaseSettings;
import dev.runnel.engine.EngineContext;
import dev.runnel.engine.JournalSwitch;
import dev.runnel.engine.OnDivergence;
import dev.runnel.model.TxId;
import dev.runnel.report.DatabaseReport;
import dev.runnel.source.DescriptorRegistry;
import dev.runnel.source.KernelLocks;
import dev.runnel.testkit.files.ObservedFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The engine under test and its surroundings: one after another, as processes come and go. */
final class Guest {

    private static final Duration TICK = Duration.ofMillis(10);

    private final SimulatedTime time;
    private final SimulatedScheduler scheduler;
    private final SimulatedFileEvents events = new SimulatedFileEvents();
    private final Killer killer;
    private final RandomGenerator random;
    private @Nullable DatabaseEngine engine;
    private @Nullable DatabaseReport lastWords;
    private @Nullable Killed death;

    Guest(SimulatedTime time, Dice dice, Killer killer) {
        this.time = time;
        this.scheduler = new SimulatedScheduler(time, dice.anyLong());
        this.random = dice.generator();
        this.killer = killer;
        time.onReading(() -> killer.occasion(Killer.Occasion.CLOCK, "reading the clock"));
    }

    boolean isRunning() {
        return engine != null;
    }

    SimulatedFileEvents events() {
        return events;
    }

    /** Tasks run so far. */
    long tasks() {
        return scheduler.ran();
    }

    /** A new process. */
    void start(Path database, Path state, List<WorldReplica> replicas, Limits limits) {
        DatabaseSettings settings = new DatabaseSettings(
                database,
                ObservedFiles.observed(
                        state,
                        (change, path) -> killer.occasion(Killer.Occasion.FILE, "before " + change + " " + path)),
                replicas.stream().map(WorldReplica::settings).toList(),
                limits.monitorInterval,
                limits.maxWalBytes,
                limits.maxSpoolBytes,
                limits.onDivergence,
                Checkpointing.OFF);
        EngineContext context = new EngineContext(
                time,
                scheduler,
                events,
                random,
                new DescriptorRegistry(),
                KernelLocks.ofThisProcess(),
                JournalSwitch.NONE);
        engine = new DatabaseEngine(settings, context);
        engine.start();
    }

    record Limits(Duration monitorInterval, long maxWalBytes, long maxSpoolBytes, OnDivergence onDivergence) {}

    @Nullable
    DatabaseReport report() {
        return engine == null ? null : engine.report();
    }

    /** What the last engine reported when it was killed; null before that. */
    @Nullable
    DatabaseReport lastWords() {
        return lastWords;
    }

    /** How the last engine died that was killed in a task; null before that. */
    @Nullable
    Killed death() {
        return death;
    }

    CompletableFuture<@Nullable TxId> sync() {
        if (engine == null) {
            throw new IllegalStateException("no engine");
        }
        return engine.sync();
    }

    /** Begins to stop in order. */
    CompletableFuture<Void> stop(Duration patience) {
        if (engine == null) {
            throw new IllegalStateException("no engine");
        }
        return engine.stop(patience);
    }

    /**
     * Lets time pass.
     *
     * @return whether the process was killed meanwhile
     */
    boolean advance(Duration by) {
        killer.atWork(true);
        try {
            scheduler.advance(by);
            return false;
        } catch (Killed e) {
            death = e;
            abandon();
            return true;
        } finally {
            killer.atWork(false);
        }
    }

    /**
     * Lets time pass until something is done, at most so long.
     *
     * @return whether the process was killed meanwhile
     */
    boolean await(CompletableFuture<?> future, Duration patience) {
        long start = time.elapsed();
        Duration tick = TICK;
        while (!future.isDone() && time.elapsed() - start < patience.toNanos()) {
            if (advance(tick)) {
                return true;
            }
            tick = tick.compareTo(Duration.ofSeconds(5)) < 0 ? tick.plus(TICK) : tick;
        }
        return false;
    }

    /** The process ends at once. */
    void abandon() {
        killer.disarm();
        killer.atWork(false);
        if (engine != null) {
            lastWords = engine.report();
            CompletableFuture<Void> gone = engine.abandon();
            engine = null;
            scheduler.drop();
            events.drop();
            if (!gone.isDone()) {
                throw new AssertionError("an engine without a running task was not gone at once");
            }
        }
    }

    /** The process has ended in order. */
    void stopped() {
        engine = null;
        scheduler.drop();
        events.drop();
    }
}
