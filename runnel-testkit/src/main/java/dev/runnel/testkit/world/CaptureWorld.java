package dev.runnel.testkit.world;

import dev.runnel.capture.Capture;
import dev.runnel.capture.CaptureCounts;
import dev.runnel.capture.Continuity;
import dev.runnel.capture.CutFile;
import dev.runnel.capture.History;
import dev.runnel.capture.PageMap;
import dev.runnel.capture.Position;
import dev.runnel.capture.StateDirectory;
import dev.runnel.model.TxId;
import dev.runnel.source.AttachedDatabase;
import dev.runnel.source.DescriptorRegistry;
import dev.runnel.source.KernelLocks;
import dev.runnel.source.SourceUnavailableException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The smaller world: applications beside a {@link Capture} that is driven look by look. After every cut, what its LTX
 * files make is the database as SQLite sees it, page for page.
 */
public final class CaptureWorld implements Closeable {

    private static final Instant ORIGIN = Instant.parse("2026-01-01T00:00:00Z");
    /** A cut that has not come to its end by then never will. */
    private static final int PATIENCE = 2000;

    private final long seed;
    private final Applications applications;
    private final Path directory;
    private final Path database;
    private final Coverage coverage;
    private final Dice dice;
    private final Scenario scenario;
    private final Trail trail = new Trail();
    private final Workload workload;
    private final Disk disk;
    private final SimulatedTime time = new SimulatedTime(ORIGIN);
    private final DescriptorRegistry descriptors = new DescriptorRegistry();
    private final KernelLocks kernelLocks = KernelLocks.ofThisProcess();
    private final StateDirectory state;
    private final Replayed replayed = new Replayed();
    private final Map<CaptureMove, Integer> moves;

    private @Nullable Capture capture;
    private @Nullable TxId txId;
    private @Nullable PageMap map;
    private CaptureCounts counted = new CaptureCounts(0, 0, Map.of());

    /** What the capture can be told to do in a step. */
    private enum CaptureMove {
        LOOK,
        STEP_OF_CUT,
        WHOLE_CUT,
        BEGIN_SNAPSHOT,
        LET_GO,
        DETACH,
        /** Detached, and nothing remembered but the page map: the state directory was deleted. */
        FORGET,
        /** Of everybody. */
        POWER_LOSS
    }

    /**
     * A world from a seed.
     *
     * @param directory an empty directory
     */
    public CaptureWorld(long seed, Applications applications, Path directory, Coverage coverage) {
        this.seed = seed;
        this.applications = applications;
        this.directory = directory;
        this.database = directory.resolve("source.db");
        this.coverage = coverage;
        this.dice = new Dice(seed);
        this.scenario = Scenario.of(dice.split());
        this.workload = new Workload(applications, database, scenario, dice.split(), coverage, trail);
        this.disk = new Disk(database, dice.split());
        this.state = new StateDirectory(directory.resolve("state"));
        this.moves = new EnumMap<>(Map.of(
                CaptureMove.LOOK,
                10,
                CaptureMove.STEP_OF_CUT,
                3,
                CaptureMove.WHOLE_CUT,
                5,
                CaptureMove.BEGIN_SNAPSHOT,
                1,
                CaptureMove.LET_GO,
                dice.of(0, 1),
                CaptureMove.DETACH,
                dice.of(0, 1),
                CaptureMove.FORGET,
                dice.of(0, 0, 1),
                CaptureMove.POWER_LOSS,
                dice.of(0, 0, 0, 0, 1)));
        time.creep(Duration.ofMillis(dice.of(0, 1, 15, 50)));
        double interrupts = dice.of(0.0, 0.05, 0.3);
        time.onTiming(() -> duringLongRead(interrupts));
    }

    /** Lets applications go on between two pages of a long read; who opens a database at rest ends the read. */
    private void duringLongRead(double chance) {
        Capture attached = capture;
        if (attached != null && attached.longReadActive() && attached.database().indexed() && dice.chance(chance)) {
            workload.step();
            coverage.count("longRead.interrupted");
        }
    }

    /**
     * Runs the world to its end.
     *
     * @throws WorldFailure if a cut is not what the database was
     */
    public void run() {
        try {
            state.open();
            workload.create();
            double busy = dice.of(0.3, 0.5, 0.8);
            for (int i = 0; i < scenario.steps(); i++) {
                if (dice.chance(busy)) {
                    workload.step();
                } else {
                    move(dice.weighted(moves));
                }
            }
            move(CaptureMove.WHOLE_CUT);
        } catch (IOException | RuntimeException | AssertionError e) {
            throw new WorldFailure(
                    "capture world " + seed + " failed: " + e + "\n" + trail + Seeds.replay("CaptureWorldTest", seed),
                    e);
        }
    }

    private void move(CaptureMove move) throws IOException {
        time.advanceTo(time.elapsed() + dice.below(50_000_000));
        Capture attached = attached();
        if (attached == null) {
            return;
        }
        switch (move) {
            case LOOK -> look(attached);
            case STEP_OF_CUT -> cut(attached, 1);
            case WHOLE_CUT -> cut(attached, PATIENCE);
            case BEGIN_SNAPSHOT -> trail.add("snapshot begun: " + attached.beginSnapshot());
            case LET_GO -> {
                attached.letGo();
                trail.add("let go");
            }
            case DETACH -> detach("detached");
            case POWER_LOSS -> {
                detach("power loss");
                workload.killAll();
                trail.add(disk.losePower());
                // What the applications do before anybody looks again can put other frames in the place of lost ones.
                for (int i = dice.below(20); i > 0; i--) {
                    workload.step();
                }
                moves.put(CaptureMove.POWER_LOSS, 0); // starting the processes anew is what takes the time
                coverage.count("powerLoss");
            }
            case FORGET -> {
                detach("detached and forgot");
                state.forget();
            }
        }
    }

    /** The capture, attached if it was not, or if its files are others by now. */
    private @Nullable Capture attached() throws IOException {
        Capture attached = capture;
        if (attached != null) {
            AttachedDatabase.Standing standing = attached.database().standing();
            if (standing == AttachedDatabase.Standing.GOOD) {
                return attached;
            }
            coverage.count("standing." + standing);
            detach("detached, " + standing);
        }
        try {
            AttachedDatabase source = AttachedDatabase.attach(database, descriptors, kernelLocks);
            trail.add("attached, " + (source.indexed() ? "indexed" : "at rest"));
            coverage.count(source.indexed() ? "attach.indexed" : "attach.atRest");
            TxId known = txId;
            Position position = known == null ? null : state.loadPosition(known);
            attached = new Capture(source, state, new History(known, map, position, ORIGIN.toEpochMilli()), time);
            capture = attached;
            counted = attached.counts();
            return attached;
        } catch (SourceUnavailableException e) {
            trail.add("not attached: " + e.reason());
            coverage.count("attach." + e.reason());
            return null;
        }
    }

    private void detach(String how) throws IOException {
        if (capture != null) {
            txId = capture.txId();
            map = capture.map();
            capture.close();
            capture = null;
            trail.add(how);
        }
    }

    private void look(Capture attached) throws IOException {
        Capture.Step step = attached.look();
        trail.add("look: " + step + tally(attached, step == Capture.Step.DONE));
    }

    /** Counts which arms of {@link Continuity} were taken since the last time. */
    private String tally(Capture attached, boolean changed) {
        CaptureCounts now = attached.counts();
        StringBuilder text = new StringBuilder();
        if (now.resetsFollowed() > counted.resetsFollowed()) {
            coverage.count("continuity.FOLLOW_RESET");
            text.append(" FOLLOW_RESET");
        }
        for (Continuity.Reason reason : Continuity.Reason.values()) {
            if (now.breaks().getOrDefault(reason, 0) > counted.breaks().getOrDefault(reason, 0)) {
                coverage.count("continuity.RECONCILE." + reason);
                text.append(' ').append(reason);
            }
        }
        if (changed && text.isEmpty()) {
            coverage.count("continuity.CONTINUE");
        }
        coverage.count("swaps", now.swaps() - counted.swaps());
        counted = now;
        return text.toString();
    }

    private void cut(Capture attached, int patience) throws IOException {
        for (int i = 0; i < patience; i++) {
            Capture.Step looked = attached.look();
            String tally = tally(attached, looked == Capture.Step.DONE);
            boolean longRead = attached.longReadActive();
            Capture.Result result = attached.cut();
            if (attached.longReadActive()) {
                coverage.count("longRead.chunk");
                result = result.step() == Capture.Step.NOTHING ? attached.advance() : result;
            }
            if (result.step() != Capture.Step.AGAIN || patience == 1) {
                CutFile file = result.file();
                trail.add("cut: " + result.step() + tally + (longRead ? " of a long read" : "")
                        + (file == null ? "" : ", " + file.header().txIds() + " with " + file.pages() + " pages"));
            }
            if (file(result) || result.step() == Capture.Step.DONE) {
                verify(attached, result);
            }
            if (result.step() != Capture.Step.AGAIN && !attached.longReadActive() && !attached.hasWork()) {
                return;
            }
        }
        if (patience == PATIENCE) {
            throw new AssertionError("no cut after " + patience + " tries");
        }
    }

    private static boolean file(Capture.Result result) {
        return result.file() != null;
    }

    private void verify(Capture attached, Capture.Result result) throws IOException {
        CutFile file = result.file();
        if (file != null) {
            replayed.apply(file.path());
            coverage.count("cut");
        }
        Truth truth = Truth.of(database, applications.observer(), directory.resolve("copy.db"));
        if (!truth.isSound()) {
            throw new AssertionError("the source is harmed: " + truth.verdict());
        }
        Image image = Objects.requireNonNull(replayed.image(), "cut without a file");
        String differences = image.differences(truth.image());
        if (!differences.isEmpty()) {
            if (!image.sameButFreeLeaves(truth.image())) {
                throw new AssertionError("captured against source: " + differences);
            }
            coverage.count("difference.freeLeaf");
            trail.add("free leaves differ: " + differences);
        }
        if (Objects.requireNonNull(attached.map()).databaseChecksum() != image.checksum()) {
            throw new AssertionError("the page map is not that of the database");
        }
        verifySnapshot(attached, image);
    }

    private void verifySnapshot(Capture attached, Image image) throws IOException {
        CutFile snapshot = attached.takeSnapshot();
        if (snapshot != null) {
            Replayed alone = new Replayed();
            alone.apply(snapshot.path());
            if (!image.equals(alone.image())) {
                throw new AssertionError("snapshot against replica: "
                        + Objects.requireNonNull(alone.image()).differences(image));
            }
            coverage.count("snapshot");
            Files.delete(snapshot.path());
            trail.add("snapshot " + snapshot.header().txIds());
        }
    }

    @Override
    public void close() throws IOException {
        detach("end");
        applications.closeConnections();
    }
}
