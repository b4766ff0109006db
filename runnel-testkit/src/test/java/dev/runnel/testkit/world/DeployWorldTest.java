package dev.runnel.testkit.world;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.engine.DatabaseEngine;
import dev.runnel.engine.DatabaseSettings;
import dev.runnel.engine.EngineContext;
import dev.runnel.engine.JournalSwitch;
import dev.runnel.engine.ReplicaSettings;
import dev.runnel.restore.ProofStatus;
import dev.runnel.restore.RestoreOptions;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.RestoredImage;
import dev.runnel.restore.Restorer;
import dev.runnel.source.DescriptorRegistry;
import dev.runnel.source.KernelLocks;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.memory.MemoryObjectStore;
import dev.runnel.testkit.storage.FaultPlan;
import dev.runnel.testkit.storage.FaultyObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One deploy after another: a new engine starts, on a copy of the database, before the old one stops, is killed or frozen.
 * Their clocks disagree by hours and run at different speeds, and the store fails. Nothing is written but by the one whose
 * lease is there at that moment, and the newest always comes to store all that it has.
 */
class DeployWorldTest {

    private static final Instant ORIGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final int DEFAULT_SEEDS = 15;
    private static final int DEPLOYS = 4;
    private static final String LOCK = "backups/app/lock.json";
    /** With a store that fails at every turn, and back-offs of minutes. */
    private static final Duration PATIENCE = Duration.ofHours(12);

    private static final Pattern SESSION = Pattern.compile("\"session\":\"([0-9a-f]{16})\"");

    @TempDir
    Path directory;

    @Test
    void nobodyWritesButTheOneWhoseLeaseItIs() throws IOException {
        try (Applications applications = new Applications(Files.createDirectory(directory.resolve("library")))) {
            for (long seed : Seeds.of(DEFAULT_SEEDS).toArray()) {
                Path place = Files.createDirectory(directory.resolve("world-" + seed));
                try {
                    new History(seed, applications, place).run();
                } catch (IOException | RuntimeException | AssertionError e) {
                    throw new AssertionError(Seeds.replay("DeployWorldTest", seed) + "\n" + e, e);
                } finally {
                    applications.closeConnections();
                }
            }
        }
    }

    /** One seed. */
    private static final class History {

        private final Dice dice;
        private final Applications applications;
        private final Path place;
        private final MemoryObjectStore truth = new MemoryObjectStore(new SimulatedTime(ORIGIN));
        private final FaultPlan plan;
        private final ReplicaLayout layout = ReplicaLayout.files("backups/app");
        /** A task would swallow an error. */
        private final List<String> violations = new ArrayList<>();

        private int rows;

        History(long seed, Applications applications, Path place) {
            this.dice = new Dice(seed);
            this.applications = applications;
            this.place = place;
            this.plan = dice.chance(0.5) ? FaultPlan.none() : FaultPlan.contractual(dice.of(0.01, 0.05));
        }

        void run() throws IOException {
            Deployment old = deploy(0);
            for (int i = 1; i < DEPLOYS; i++) {
                old.advance(Duration.ofSeconds(dice.between(0, 200)));
                write(old, dice.between(0, 3));
                old.advance(Duration.ofMillis(dice.between(0, 2000)));
                Deployment fresh = deploy(i);
                write(fresh, 1);
                pass(old, fresh, Duration.ofSeconds(dice.of(0, 3, 90)));
                int fate = dice.below(4);
                switch (fate) {
                    case 0 -> stop(old, fresh);
                    case 1 -> old.kill();
                    case 2 -> old.freeze();
                    default -> {
                        write(fresh, 2);
                        pass(old, fresh, Duration.ofMinutes(3));
                        stop(old, fresh);
                    }
                }
                write(fresh, dice.between(1, 5));
                awaitStored(fresh);
                if (fate == 2) {
                    old.thaw(dice.chance(0.5), Duration.ofMinutes(dice.between(1, 60)));
                    pass(old, fresh, Duration.ofMinutes(2));
                    stop(old, fresh);
                    write(fresh, 1);
                    awaitStored(fresh);
                }
                old = fresh;
            }
            CompletableFuture<Void> end = old.engine.stop(Duration.ofSeconds(30));
            for (int i = 0; i < 600 && !end.isDone(); i++) {
                old.advance(Duration.ofMillis(200));
            }
            assertThat(end.isDone()).isTrue();
            assertThat(violations).isEmpty();
        }

        /** A new container: the application goes on with a copy of the database, and so does a new engine. */
        private Deployment deploy(int number) throws IOException {
            Path database = place.resolve("app-" + number + ".db");
            SqliteApplication application = applications.application(0);
            if (number > 0) {
                Path before = place.resolve("app-" + (number - 1) + ".db");
                Truth.of(before, applications.observer(), database);
            }
            application
                    .ask("open", "c" + number, "file:" + database, "journal_mode=WAL;")
                    .require();
            if (number == 0) {
                application
                        .ask("sql", "c0", "CREATE TABLE t(n INTEGER PRIMARY KEY, data)")
                        .require();
            }
            Deployment deployment = new Deployment(number, database);
            deployment.engine.start();
            return deployment;
        }

        private void write(Deployment to, int count) {
            for (int i = 0; i < count; i++) {
                applications
                        .application(0)
                        .ask("sql", "c" + to.number, "INSERT INTO t VALUES (" + ++rows + ", hex(randomblob(300)))")
                        .require();
            }
        }

        private void pass(Deployment a, Deployment b, Duration duration) {
            for (Duration left = duration; !left.isNegative(); ) {
                Duration slice = Duration.ofMillis(dice.between(10, 900));
                a.advance(slice);
                b.advance(slice);
                left = left.minus(slice);
            }
        }

        private void stop(Deployment old, Deployment fresh) {
            CompletableFuture<Void> end = old.engine.stop(Duration.ofSeconds(30));
            for (int i = 0; i < 600 && !end.isDone(); i++) {
                pass(old, fresh, Duration.ofMillis(200));
            }
            assertThat(end.isDone()).as("the old one ends").isTrue();
            old.gone = true;
        }

        private void awaitStored(Deployment fresh) throws IOException {
            CompletableFuture<?> barrier = fresh.engine.sync();
            for (long waited = 0; !barrier.isDone() && waited < PATIENCE.toMillis(); waited += 500) {
                fresh.advance(Duration.ofMillis(500));
            }
            assertThat(violations).isEmpty();
            assertThat(barrier).as(() -> "stored: " + fresh.engine.report()).isCompleted();
            Truth source = Truth.of(fresh.database, applications.observer(), place.resolve("copy.db"));
            Path target = place.resolve("restored.db");
            ReplicaArchive archive = new ReplicaArchive(truth, layout);
            archive.load();
            RandomGenerator zeros = () -> 0;
            RestoredImage restored = new Restorer(
                            archive,
                            RestoreOptions.defaults().withParallelism(1).withForce(true),
                            new Backoff(Duration.ofNanos(1), Duration.ofNanos(1), zeros))
                    .restore(RestoreTarget.newest(), target);
            assertThat(restored.proof()).isEqualTo(ProofStatus.VERIFIED);
            assertThat(Image.read(target).differences(source.image())).isEmpty();
        }

        /** One engine with its clock. */
        private final class Deployment {

            private final int number;
            private final Path database;
            private final SimulatedTime time;
            private final SimulatedScheduler scheduler;
            private final DatabaseEngine engine;
            private final double speed;
            private boolean frozen;
            private boolean gone;

            Deployment(int number, Path database) {
                this.number = number;
                this.database = database;
                this.time = new SimulatedTime(ORIGIN.plus(Duration.ofHours(dice.between(-30, 30))));
                this.scheduler = new SimulatedScheduler(time, dice.anyLong());
                this.speed = 0.9 + dice.below(20) / 100.0;
                ObjectStore store = new FaultyObjectStore(new Judge(truth, violations), dice.anyLong(), plan);
                ReplicaSettings replica = ReplicaSettings.defaults("r", new ReplicaArchive(store, layout));
                DatabaseSettings settings =
                        DatabaseSettings.of(database, place.resolve("state-" + number), List.of(replica));
                this.engine = new DatabaseEngine(
                        settings,
                        new EngineContext(
                                time,
                                scheduler,
                                new SimulatedFileEvents(),
                                dice.split().generator(),
                                new DescriptorRegistry(),
                                KernelLocks.ofThisProcess(),
                                JournalSwitch.NONE));
            }

            void advance(Duration duration) {
                if (!frozen && !gone) {
                    scheduler.advance(Duration.ofNanos((long) (duration.toNanos() * speed)));
                }
            }

            void kill() {
                var unused = engine.abandon();
                scheduler.drop();
                gone = true;
            }

            void freeze() {
                frozen = true;
            }

            /** A stopped process finds that time went by; a suspended machine finds it on the wall clock only. */
            void thaw(boolean suspended, Duration after) {
                frozen = false;
                if (suspended) {
                    time.jump(after);
                } else {
                    time.advanceTo(time.elapsed() + after.toNanos());
                }
            }
        }
    }

    /** Lets nobody write whose lease is not the one that is there. */
    private static final class Judge extends FilterObjectStore {

        private final List<String> violations;
        private @Nullable String session;

        Judge(ObjectStore truth, List<String> violations) {
            super(truth);
            this.violations = violations;
        }

        @Override
        public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
                throws IOException {
            if (key.equals(LOCK)) {
                ObjectEntry entry = super.put(key, body, condition, timestamp);
                session = session();
                return entry;
            }
            judge(key);
            if (key.endsWith(".ltx") && !condition.isIfAbsent()) {
                violations.add(key + " may overwrite");
            }
            return super.put(key, body, condition, timestamp);
        }

        @Override
        public void delete(Collection<String> keys) throws IOException {
            judge("deletion of " + keys);
            super.delete(keys);
        }

        private void judge(String what) throws IOException {
            if (session == null || !session.equals(session())) {
                violations.add(what + ": written by " + session + " while the lease is " + session());
            }
        }

        private String session() throws IOException {
            byte[] lease = unwrap().readTail(LOCK, 4096).bytes();
            Matcher matcher = SESSION.matcher(new String(lease, StandardCharsets.UTF_8));
            return matcher.find() ? matcher.group(1) : "nobody's";
        }
    }
}
