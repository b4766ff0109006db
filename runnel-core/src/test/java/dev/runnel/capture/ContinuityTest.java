package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.capture.Continuity.Decision;
import dev.runnel.capture.Continuity.Facts;
import dev.runnel.capture.Continuity.Kind;
import dev.runnel.capture.Continuity.Reason;
import dev.runnel.wal.Salts;
import dev.runnel.wal.WalChecksum;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The whole space of small cases against the rules of design.md, section 2, written down a second time as what must hold
 * rather than as what to do next.
 */
class ContinuityTest {

    private static final WalChecksum OURS = new WalChecksum(1, 2);
    private static final WalChecksum ANOTHER = new WalChecksum(3, 4);
    private static final Salts OLD = new Salts(10, 20);
    private static final Salts NEW = new Salts(11, 99);

    private final Map<Kind, Integer> kinds = new EnumMap<>(Kind.class);
    private final Set<Reason> reasons = EnumSet.noneOf(Reason.class);

    /** One case. */
    private record Case(@Nullable Position position, boolean unbroken, Facts facts) {

        boolean sameWal() {
            return position != null
                    && !position.salts().equals(Salts.NONE)
                    && position.salts().equals(facts.salts());
        }

        boolean lastFrameIsStillThere() {
            return position != null
                    && position.frames() <= facts.mxFrame()
                    && (position.frames() == 0
                            || (position.checksum() != null
                                    && position.checksum().equals(facts.checksumAtPosition())));
        }

        /** The counter speaks only while attached without a break, and while recovery has not set it back. */
        boolean counterSpeaks() {
            return unbroken
                    && position != null
                    && position.indexed()
                    && facts.indexed()
                    && facts.changeCounter() >= position.changeCounter();
        }

        /** Padding makes two or more commit frames of one commit; else every commit frame is one. */
        boolean counterAgrees() {
            int commits = position == null ? 0 : facts.changeCounter() - position.changeCounter();
            for (int padding = 0; padding <= facts.repeats(); padding++) {
                if (commits == facts.newCommits() - padding) {
                    return true;
                }
            }
            return false;
        }

        Set<Kind> proved() {
            Set<Kind> proved = EnumSet.noneOf(Kind.class);
            if (position != null && facts.chainValid()) {
                if (sameWal() && lastFrameIsStillThere() && !(counterSpeaks() && !counterAgrees())) {
                    proved.add(Kind.CONTINUE);
                }
                if (!sameWal() && counterSpeaks() && counterAgrees()) {
                    proved.add(Kind.FOLLOW_RESET);
                }
            }
            return proved;
        }

        /** Every reason that is true of this case; the one given must be among them. */
        Set<Reason> trueReasons() {
            Set<Reason> all = EnumSet.noneOf(Reason.class);
            if (position == null) {
                return EnumSet.of(Reason.NO_POSITION);
            }
            if (!facts.chainValid()) {
                all.add(Reason.CHAIN_BROKEN);
            }
            if (sameWal() && facts.mxFrame() < position.frames()) {
                all.add(Reason.FRAMES_LOST);
            }
            if (sameWal() && facts.mxFrame() >= position.frames() && !lastFrameIsStillThere()) {
                all.add(Reason.FRAMES_REPLACED);
            }
            if (counterSpeaks() && !counterAgrees()) {
                all.add(Reason.COMMITS_MISCOUNTED);
            }
            if (!sameWal() && !counterSpeaks()) {
                all.add(Reason.WAL_CHANGED_UNSEEN);
            }
            return all;
        }
    }

    @Test
    void everySmallCaseIsDecidedAsTheDesignSays() {
        int cases = 0;
        for (Salts before : new Salts[] {OLD, Salts.NONE}) {
            for (int frames : new int[] {0, 1, 3}) {
                for (boolean indexed : new boolean[] {true, false}) {
                    for (boolean known : new boolean[] {true, false}) {
                        cases += decideAll(new Position(before, frames, known ? OURS : null, 100, indexed));
                    }
                }
            }
        }
        cases += decideAll(null);
        assertThat(cases).isGreaterThan(100_000);
        assertThat(kinds).containsOnlyKeys(Kind.values());
        assertThat(reasons).containsExactlyInAnyOrder(Reason.values());
    }

    private int decideAll(@Nullable Position position) {
        int cases = 0;
        for (Salts now : new Salts[] {OLD, NEW, Salts.NONE}) {
            for (int mxFrame : new int[] {0, 1, 2, 3, 4}) {
                for (int counter : new int[] {-1, 99, 100, 101, 102}) {
                    for (int bits = 0; bits < 8; bits++) {
                        cases += decideCommits(position, now, mxFrame, counter, bits);
                    }
                }
            }
        }
        return cases;
    }

    private int decideCommits(@Nullable Position position, Salts now, int mxFrame, int counter, int bits) {
        int cases = 0;
        for (WalChecksum there : new WalChecksum[] {OURS, ANOTHER, null}) {
            for (int commits = 0; commits <= 3; commits++) {
                for (int repeats = 0; repeats <= Math.max(0, commits - 1); repeats++) {
                    boolean indexed = (bits & 1) != 0;
                    boolean chain = (bits & 2) != 0;
                    Facts facts = new Facts(now, mxFrame, counter, indexed, chain, there, commits, repeats);
                    check(new Case(position, (bits & 4) != 0, facts));
                    cases++;
                }
            }
        }
        return cases;
    }

    private void check(Case tested) {
        Decision decision = Continuity.decide(tested.position, tested.unbroken, tested.facts);
        kinds.merge(decision.kind(), 1, Integer::sum);
        Set<Kind> proved = tested.proved();
        if (proved.isEmpty()) {
            Reason reason = decision.reason();
            assertThat(decision.kind()).as("%s", tested).isEqualTo(Kind.RECONCILE);
            assertThat(reason).as("%s", tested).isNotNull().isIn(tested.trueReasons());
            reasons.add(reason);
        } else {
            assertThat(proved).as("the rules exclude each other: %s", tested).hasSize(1);
            assertThat(decision.kind()).as("%s", tested).isIn(proved);
            assertThat(decision.reason()).isNull();
        }
    }

    /** The counter is 32 bits wide and goes round. */
    @Test
    void theCounterGoesRound() {
        Position position = new Position(OLD, 3, OURS, -1, true);
        Facts facts = new Facts(NEW, 2, 1, true, true, null, 2, 0);
        assertThat(Continuity.decide(position, true, facts).kind()).isEqualTo(Kind.FOLLOW_RESET);
        Position half = new Position(OLD, 3, OURS, Integer.MAX_VALUE, true);
        Facts after = new Facts(NEW, 1, Integer.MIN_VALUE, true, true, null, 1, 0);
        assertThat(Continuity.decide(half, true, after).kind()).isEqualTo(Kind.FOLLOW_RESET);
    }
}
