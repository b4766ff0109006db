package dev.runnel.engine;

import dev.runnel.capture.Capture;
import dev.runnel.model.TimeSource;
import dev.runnel.source.Pace;
import dev.runnel.source.Swap;
import dev.runnel.wal.WalState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When to look at a database next: at pace while changes flow, and on file events and heartbeats once it is quiet. Confined
 * to the task that captures, but for {@link #call} and {@link #expectChanges}.
 */
final class LookSchedule {

    /** Other databases have their looks in between. */
    private static final int CHASES_AT_ONCE = 16;

    private final TimeSource time;
    private final Duration monitorInterval;
    private final Pace pace;
    private final Heartbeat heartbeat;
    private final DatabaseWatch watch;
    private long lookedAt;

    /**
     * @param monitorInterval between two heartbeats
     * @param listener told of events on the files of the database
     */
    LookSchedule(Path database, EngineContext context, Duration monitorInterval, FileEvents.Listener listener) {
        this.time = context.time();
        this.monitorInterval = monitorInterval;
        this.pace = new Pace(time.nanoTime());
        this.heartbeat = new Heartbeat(time);
        this.watch = new DatabaseWatch(database, context.fileEvents(), listener);
    }

    /** Somebody wants something: the next step is a whole one. */
    void call() {
        heartbeat.call();
    }

    /** The database was just attached, or a file event came: changes may flow. */
    void expectChanges() {
        pace.wake(time.nanoTime());
    }

    /** Whether a heartbeat is all that is needed now. */
    boolean needsNoLook(@Nullable Capture capture) throws IOException {
        return heartbeat.suffices(capture);
    }

    /** Has file events wake the task. */
    void watch() {
        watch.arm();
    }

    void stopWatching() {
        watch.disarm();
    }

    /** Looks, and looks again without a pause while the moment of the swap is near and short. */
    Capture.Step look(Capture attached) throws IOException {
        Capture.Step all = lookOnce(attached);
        for (int i = 0; i < CHASES_AT_ONCE && pace.maySwapSoon(attached.swapPending()); i++) {
            Swap.Chase chase = attached.chaseSwap();
            pace.chased(chase);
            if (chase != Swap.Chase.OVERTAKEN) {
                break;
            }
            Capture.Step look = lookOnce(attached);
            all = look == Capture.Step.NOTHING ? all : look;
        }
        return all;
    }

    private Capture.Step lookOnce(Capture attached) throws IOException {
        Capture.Step look = attached.look();
        looked(attached, look);
        return look;
    }

    private void looked(Capture attached, Capture.Step look) throws IOException {
        lookedAt = time.nanoTime();
        WalState seen = attached.seen();
        if (seen != null) {
            pace.looked(lookedAt, look == Capture.Step.DONE, seen, attached.swapAhead());
        }
        if (!pace.isQuiet(lookedAt)) {
            // While changes flow, looks come at pace: an event for each write would slow the writer down.
            watch.disarm();
        }
    }

    /** Whether nothing but looks should be done until a large checkpoint has ended. */
    boolean awaitsSwap() {
        return pace.awaitsSwap(lookedAt);
    }

    /** Time from the look that was just taken until the next one. */
    Duration pause(Capture attached) {
        if (!pace.isQuiet(lookedAt)) {
            return Duration.ofNanos(pace.pause(lookedAt, attached.swapPending()));
        }
        if (!watch.isArmed()) {
            watch.arm();
            return Duration.ZERO; // what came before the watch was armed is seen by one more look
        }
        return monitorInterval;
    }

    /** There is nothing to do: once it is quiet, heartbeats are enough. */
    void rest(Capture attached) throws IOException {
        if (watch.isArmed()) {
            heartbeat.rest(attached);
        }
    }
}
