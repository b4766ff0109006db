package dev.runnel.source;

import dev.runnel.wal.WalState;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The swap: one of the gate and slot 0 is always held, and neither is let go before the other is taken. So the WAL can
 * be reset only when every frame of it was seen, and only once until we look again. Source: design.md, section 2.
 */
public final class Swap {

    /** Of some three microseconds each. */
    private static final int CHASE_STEPS = 150;

    private final AttachedDatabase database;
    private final WalGate gate;
    private long swaps;
    /** The state in which a checkpoint was left that is not at work any more. */
    private @Nullable WalState leftOver;

    public Swap(AttachedDatabase database, WalGate gate) {
        this.database = database;
        this.gate = gate;
    }

    /** Whether one of the two locks is held, so that nothing unseen can be overwritten. */
    public boolean attached() {
        return gate.gateHeld() || gate.slot0Held();
    }

    /** Whether the gate is held and slot 0 is not. */
    public boolean gateOnly() {
        return gate.gateHeld() && !gate.slot0Held();
    }

    /**
     * Whether the gate is held. Where it could not be had for a cut, or was lost in it because the WAL-index was made anew
     * and no slot was free, a reset may happen during the cut, and shows in the salts.
     */
    public boolean gateHeld() {
        return gate.gateHeld();
    }

    /** Whether a look that sees this again has no step to take. */
    public boolean isSettled(WalState seen) {
        return attached() && !(gateOnly() && isResting(seen));
    }

    /** Takes the gate, or else slot 0. Returns whether one of them is held. */
    public boolean attach() throws IOException {
        return attached() || gate.holdGate() || gate.holdSlot0();
    }

    /**
     * Goes on to the state that fits after a look. At slot 0, everything is in the database file; frames that come on top
     * of that stay in the WAL for as long as slot 0 is held, because nothing is backfilled.
     *
     * <p>While a large transaction is written, it is too late for the reset that slot 0 allows, or it has come; but the
     * checkpoint that follows the commit at once would find slot 0 taken. So the gate is better then.
     *
     * @param seen the state of which every frame was seen
     * @param writing whether a transaction seems to be written to the WAL
     */
    public void afterLook(WalState seen, boolean writing) throws IOException {
        boolean rests = isResting(seen) && !writing;
        if (gate.slot0Held() && !gate.gateHeld()) {
            if (rests) {
                database.stillness().begin();
            } else if (gate.holdGate()) {
                releaseSlot0();
            }
        } else if (gate.gateHeld() && rests) {
            toSlot0(seen);
        } else if (gate.gateHeld()) {
            releaseSlot0(); // both are held only where a step between them failed
        }
    }

    private static boolean isResting(WalState seen) {
        return seen.indexed() && seen.isBackfilled();
    }

    /**
     * Whether a checkpointer is copying what is not in the database file yet, so that the moment of the swap comes when he is
     * done. One that was killed leaves an index that says the same, but he does not keep slot 0 from us.
     *
     * @param seen the state of which every frame was seen
     */
    public boolean isAhead(WalState seen) throws IOException {
        if (!gateOnly() || !seen.isBeingBackfilled() || seen.equals(leftOver)) {
            return false;
        }
        if (gate.holdSlot0()) {
            releaseSlot0();
            leftOver = seen;
            return false;
        }
        return true;
    }

    /** How a chase ended. */
    public enum Chase {
        /** The swap is done, in time or too late. */
        SWAPPED,
        /** There are commits that were not seen. */
        OVERTAKEN,
        /** The checkpoint does not end, or not soon. */
        GIVEN_UP
    }

    /**
     * Follows a small checkpoint to its end without a pause, for up to half a millisecond, and swaps there. An application
     * that writes without a pause needs some ten microseconds from there to its next commit, and finds the WAL ready for
     * its reset only if the swap is done by then.
     *
     * @param seen the state of which every frame was seen
     */
    public Chase chase(WalState seen) throws IOException {
        for (int i = 0; i < CHASE_STEPS && gateOnly(); i++) {
            WalState now = database.state();
            if (now == null) {
                continue;
            }
            if (!now.sameCommits(seen)) {
                return Chase.OVERTAKEN;
            }
            // Who copies holds slot 0. It is free before he begins, too, but must be left to him then.
            if ((now.isBackfilled() || now.isBeingBackfilled()) && gate.holdSlot0()) {
                return goOnFromSlot0(seen);
            }
        }
        return Chase.GIVEN_UP;
    }

    private void toSlot0(WalState seen) throws IOException {
        if (gate.holdSlot0()) { // else a checkpointer is at work; at the next look
            goOnFromSlot0(seen);
        }
    }

    private Chase goOnFromSlot0(WalState seen) throws IOException {
        WalState now = database.state();
        if (now == null || !now.sameCommits(seen)) {
            releaseSlot0();
            return Chase.OVERTAKEN;
        }
        if (!now.isBackfilled()) {
            releaseSlot0();
            return Chase.GIVEN_UP; // the checkpointer that seemed to be at work is gone
        }
        gate.releaseGate(); // at once: whoever begins to write while both are held does not reset the WAL
        database.stillness().begin();
        swaps++;
        return Chase.SWAPPED;
    }

    private void releaseSlot0() throws IOException {
        database.stillness().end();
        gate.releaseSlot0();
    }

    /**
     * Holds both locks, for a cut: no reset, no backfill.
     *
     * @return what to give to {@link #release}; null when a checkpointer is at work: try again soon
     */
    public @Nullable Hold hold() throws IOException {
        boolean slot0Before = gate.slot0Held();
        if (!gate.holdSlot0()) {
            return null;
        }
        boolean gateBefore = gate.gateHeld();
        if (!gate.holdGate() && !slot0Before) {
            // Slot 0 alone proves nothing unless the gate was held until now.
            releaseSlot0();
            return null;
        }
        return new Hold(gateBefore, slot0Before);
    }

    /**
     * Lets backfill go on in the middle of a cut, where the gate alone is enough for what is still to be read: frames that
     * are not backfilled. Without effect where there is no gate, or no such frame.
     *
     * @param seen the state of which every frame was seen
     */
    public void allowBackfill(WalState seen) throws IOException {
        if (gate.gateHeld() && !isResting(seen)) {
            releaseSlot0();
        }
    }

    /**
     * Ends a cut.
     *
     * @param seen the state of which every frame was seen
     */
    public void release(Hold hold, WalState seen) throws IOException {
        if (hold.slot0Before && isResting(seen)) {
            if (!hold.gateBefore) {
                gate.releaseGate();
            }
        } else if (gate.gateHeld()) {
            releaseSlot0();
        }
    }

    /** Lets both locks go: the application comes first. The next look is a look across a break. */
    public void letGo() throws IOException {
        gate.releaseGate();
        releaseSlot0();
    }

    /** How often slot 0 took over from the gate. */
    public long swaps() {
        return swaps;
    }

    /**
     * What was held before a cut.
     *
     * @param gateBefore whether the gate was
     * @param slot0Before whether slot 0 was
     */
    public record Hold(boolean gateBefore, boolean slot0Before) {}
}
