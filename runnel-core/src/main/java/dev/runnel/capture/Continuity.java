package dev.runnel.capture;

import dev.runnel.wal.Salts;
import dev.runnel.wal.WalChecksum;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a look at the WAL proves. Pure: the whole of "is anything missing?" is this one function. Source:
 * design.md, section 2.
 */
public final class Continuity {

    private Continuity() {}

    /**
     * What follows from a look.
     *
     * @param position up to where the WAL was seen before; null when nothing is known
     * @param unbroken whether the gate or slot 0 was held all the time since
     * @param facts what the WAL holds now
     */
    public static Decision decide(@Nullable Position position, boolean unbroken, Facts facts) {
        if (position == null) {
            return Decision.reconcile(Reason.NO_POSITION);
        }
        if (!facts.chainValid) {
            return Decision.reconcile(Reason.CHAIN_BROKEN);
        }
        // Recovery sets the counter back: the index was rebuilt, and the counter proves nothing.
        int counted = facts.changeCounter - position.changeCounter();
        boolean countable = unbroken && position.indexed() && facts.indexed && counted >= 0;
        if (facts.salts.equals(position.salts()) && !facts.salts.equals(Salts.NONE)) {
            if (facts.mxFrame < position.frames()) {
                return Decision.reconcile(Reason.FRAMES_LOST);
            }
            if (position.frames() > 0
                    && (position.checksum() == null || !position.checksum().equals(facts.checksumAtPosition))) {
                return Decision.reconcile(Reason.FRAMES_REPLACED);
            }
            if (countable && !facts.accountsFor(counted)) {
                return Decision.reconcile(Reason.COMMITS_MISCOUNTED);
            }
            return Decision.CONTINUE;
        }
        if (!countable) {
            return Decision.reconcile(Reason.WAL_CHANGED_UNSEEN);
        }
        return facts.accountsFor(counted) ? Decision.FOLLOW_RESET : Decision.reconcile(Reason.COMMITS_MISCOUNTED);
    }

    /**
     * What the WAL holds.
     *
     * @param salts its salts
     * @param mxFrame last committed frame
     * @param changeCounter the index's count of commits
     * @param indexed whether there is a WAL-index
     * @param chainValid whether every frame up to {@code mxFrame} has these salts and the right running checksum
     * @param checksumAtPosition running checksum of the frame that was the last one seen; null when there is none
     * @param newCommits commit frames among those behind the last one seen; all of them if the salts are others
     * @param repeats how many of these may be no commits of their own, but padding
     */
    public record Facts(
            Salts salts,
            int mxFrame,
            int changeCounter,
            boolean indexed,
            boolean chainValid,
            @Nullable WalChecksum checksumAtPosition,
            int newCommits,
            int repeats) {

        private boolean accountsFor(int counted) {
            return counted <= newCommits && counted >= newCommits - repeats;
        }
    }

    /** What to do. */
    public enum Kind {
        /** Take the pages of the frames behind the last one seen. */
        CONTINUE,
        /** The WAL was reset, and everything before was seen: take the pages of all its frames. */
        FOLLOW_RESET,
        /** Something may be missing: find what differs by a page diff. */
        RECONCILE
    }

    /** Why continuity is not proved. */
    public enum Reason {
        /** There is no earlier look to continue. */
        NO_POSITION,
        /** The WAL was reset, deleted or made while nobody watched. */
        WAL_CHANGED_UNSEEN,
        /** The WAL is shorter than what was seen of it. */
        FRAMES_LOST,
        /** The last frame seen is another one now. */
        FRAMES_REPLACED,
        /** A frame below the last committed one is not valid. */
        CHAIN_BROKEN,
        /** The index counts other commits than the WAL holds. */
        COMMITS_MISCOUNTED
    }

    /**
     * A decision.
     *
     * @param kind what to do
     * @param reason why continuity is not proved; null where it is
     */
    public record Decision(Kind kind, @Nullable Reason reason) {

        static final Decision CONTINUE = new Decision(Kind.CONTINUE, null);
        static final Decision FOLLOW_RESET = new Decision(Kind.FOLLOW_RESET, null);

        static Decision reconcile(Reason reason) {
            return new Decision(Kind.RECONCILE, reason);
        }
    }
}
