package dev.runnel.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.PageSize;
import dev.runnel.wal.Salts;
import dev.runnel.wal.WalChecksum;
import dev.runnel.wal.WalState;
import dev.runnel.wal.WalWalk;
import org.junit.jupiter.api.Test;

class PaceTest {

    private static final long MILLI = 1_000_000;
    private static final Salts FIRST = new Salts(1, 1);
    private static final Salts SECOND = new Salts(2, 2);

    private final Pace pace = new Pace(0);

    private void looked(long now, boolean changed, Salts salts, int mxFrame, int backfill) {
        pace.looked(now, changed, state(salts, mxFrame, backfill), false);
    }

    private void looked(long now, boolean changed, int mxFrame) {
        looked(now, changed, FIRST, mxFrame, 0);
    }

    /** A look that finds a checkpoint at work. */
    private void lookedAhead(long now, boolean changed, int mxFrame) {
        pace.looked(now, changed, state(FIRST, mxFrame, 0), true);
    }

    private static WalState state(Salts salts, int mxFrame, int backfill) {
        return new WalState(
                new WalWalk.Format(new PageSize(4096), salts, false),
                mxFrame,
                1,
                WalChecksum.ZERO,
                0,
                backfill,
                mxFrame,
                true);
    }

    @Test
    void looksComeEveryFewMillisecondsWhileChangesFlow() {
        looked(MILLI, true, 10);
        assertThat(pace.pause(2 * MILLI, true)).isEqualTo(Pace.FLOWING_NANOS);
        assertThat(pace.isQuiet(500 * MILLI)).isFalse();
    }

    @Test
    void afterAQuietSecondEventsServe() {
        looked(MILLI, true, 10);
        looked(900 * MILLI, false, 10);
        assertThat(pace.isQuiet(1000 * MILLI)).isFalse();
        assertThat(pace.isQuiet(1001 * MILLI)).isTrue();
        pace.wake(1500 * MILLI);
        assertThat(pace.isQuiet(1501 * MILLI)).isFalse();
        assertThat(pace.isQuiet(2500 * MILLI)).isTrue();
    }

    @Test
    void theMomentOfTheSwapIsHuntedFromNineHundredFramesOn() {
        looked(MILLI, true, 899);
        assertThat(pace.pause(MILLI, true)).isEqualTo(Pace.FLOWING_NANOS);
        looked(MILLI, true, 900);
        assertThat(pace.pause(MILLI, true)).isEqualTo(Pace.HUNTING_NANOS);
        pace.pause(MILLI, false);
        assertThat(pace.pause(MILLI, false)).as("nothing to hunt in state B").isEqualTo(Pace.FLOWING_NANOS);
    }

    @Test
    void whetherTheSwapWasInTimeIsSeenAtOnce() {
        looked(MILLI, true, 10);
        assertThat(pace.pause(MILLI, true)).isEqualTo(Pace.FLOWING_NANOS);
        assertThat(pace.pause(2 * MILLI, false)).isEqualTo(Pace.HUNTING_NANOS);
        assertThat(pace.pause(3 * MILLI, false)).isEqualTo(Pace.FLOWING_NANOS);
    }

    @Test
    void checkpointsOfFewFramesAreFollowedToTheirEnd() {
        looked(MILLI, true, FIRST, 1001, 0);
        assertThat(pace.maySwapSoon(true)).as("all is to be copied").isFalse();
        looked(MILLI, true, FIRST, 1001, 1000);
        assertThat(pace.maySwapSoon(true)).isTrue();
        assertThat(pace.maySwapSoon(false)).as("the swap is done").isFalse();
        looked(MILLI, true, FIRST, 1100, 1000);
        assertThat(pace.maySwapSoon(true)).as("much is to be copied").isFalse();
        looked(MILLI, true, FIRST, 1100, 1100);
        assertThat(pace.maySwapSoon(true)).as("the look has tried").isFalse();
        looked(MILLI, true, SECOND, 500, 499);
        assertThat(pace.maySwapSoon(true))
                .as("the application does not checkpoint yet")
                .isFalse();
    }

    @Test
    void whereTheyTakeLongTheyAreFollowedOncePerReset() {
        looked(MILLI, true, FIRST, 1001, 1000);
        pace.chased(Swap.Chase.OVERTAKEN);
        looked(MILLI, true, FIRST, 1002, 1001);
        assertThat(pace.maySwapSoon(true)).isTrue();
        pace.chased(Swap.Chase.GIVEN_UP);
        looked(MILLI, true, FIRST, 1003, 1002);
        assertThat(pace.maySwapSoon(true)).isFalse();
        looked(MILLI, true, SECOND, 1001, 1000);
        assertThat(pace.maySwapSoon(true)).isTrue();
    }

    @Test
    void followingHasAnEndWhereItIsInVain() {
        looked(MILLI, true, FIRST, 1001, 1000);
        int chases = 0;
        for (; pace.maySwapSoon(true); chases++) {
            pace.chased(Swap.Chase.OVERTAKEN);
        }
        assertThat(chases).isBetween(100, 1000);
    }

    @Test
    void huntingHasAnEndWhereTheApplicationRests() {
        looked(MILLI, true, 2000);
        assertThat(pace.pause(15 * MILLI, true)).isEqualTo(Pace.HUNTING_NANOS);
        assertThat(pace.pause(30 * MILLI, true)).isEqualTo(Pace.FLOWING_NANOS);
    }

    @Test
    void itBeginsAnewWhereACheckpointGetsOn() {
        looked(MILLI, true, FIRST, 2000, 0);
        looked(500 * MILLI, false, FIRST, 2000, 2000);
        assertThat(pace.pause(515 * MILLI, true)).isEqualTo(Pace.HUNTING_NANOS);
        assertThat(pace.pause(530 * MILLI, true)).isEqualTo(Pace.FLOWING_NANOS);
        assertThat(pace.isQuiet(1001 * MILLI)).as("a checkpoint is no change").isTrue();
    }

    @Test
    void aCheckpointAtWorkIsWaitedFor() {
        lookedAhead(MILLI, true, 2000);
        assertThat(pace.pause(15 * MILLI, true)).isEqualTo(Pace.HUNTING_NANOS);
        assertThat(pace.pause(30 * MILLI, true)).isEqualTo(Pace.CHECKPOINT_NANOS);
        assertThat(pace.isQuiet(9_000 * MILLI)).isFalse();
        assertThat(pace.pause(9_000 * MILLI, true)).isEqualTo(Pace.CHECKPOINT_NANOS);
        looked(9_001 * MILLI, false, 2000);
        assertThat(pace.isQuiet(9_001 * MILLI)).as("it was killed").isTrue();
    }

    @Test
    void oneThatIsStoppedInTheActIsNotWaitedForWithoutEnd() {
        lookedAhead(MILLI, true, 30_000);
        lookedAhead(10_001 * MILLI, false, 30_000);
        assertThat(pace.isQuiet(10_001 * MILLI)).isTrue();
        assertThat(pace.awaitsSwap(10_001 * MILLI)).isFalse();
    }

    @Test
    void onlyForALargeOneAllElseWaits() {
        lookedAhead(MILLI, true, 4095);
        assertThat(pace.awaitsSwap(MILLI)).isFalse();
        lookedAhead(2 * MILLI, true, 4096);
        assertThat(pace.awaitsSwap(2 * MILLI)).isTrue();
        assertThat(pace.awaitsSwap(9_000 * MILLI)).isTrue();
        looked(9_000 * MILLI, false, FIRST, 4096, 4096);
        assertThat(pace.awaitsSwap(9_000 * MILLI)).isFalse();
    }

    @Test
    void theLengthIsLearntFromTheApplication() {
        looked(MILLI, true, FIRST, 90, 0);
        looked(2 * MILLI, true, FIRST, 101, 100);
        assertThat(pause(2 * MILLI, FIRST, 89, 100)).isEqualTo(Pace.FLOWING_NANOS);
        assertThat(pause(2 * MILLI, FIRST, 90, 100)).isEqualTo(Pace.HUNTING_NANOS);
        // Only the first backfill of a WAL tells; what follows in the same WAL is the same checkpoint going on.
        looked(3 * MILLI, true, FIRST, 600, 600);
        assertThat(pause(3 * MILLI, FIRST, 90, 600)).isEqualTo(Pace.HUNTING_NANOS);
        looked(4 * MILLI, true, SECOND, 500, 0);
        looked(5 * MILLI, true, SECOND, 510, 500);
        assertThat(pause(5 * MILLI, SECOND, 449, 500)).isEqualTo(Pace.FLOWING_NANOS);
        assertThat(pause(5 * MILLI, SECOND, 450, 500)).isEqualTo(Pace.HUNTING_NANOS);
    }

    private long pause(long now, Salts salts, int mxFrame, int backfill) {
        looked(now, true, salts, mxFrame, backfill);
        return pace.pause(now, true);
    }

    @Test
    void theLengthHasBounds() {
        looked(MILLI, true, FIRST, 3, 3);
        looked(MILLI, true, SECOND, 2, 0);
        looked(MILLI, true, SECOND, 3, 3);
        assertThat(pause(MILLI, SECOND, 31, 3)).isEqualTo(Pace.FLOWING_NANOS);
        assertThat(pause(MILLI, SECOND, 32, 3)).isEqualTo(Pace.HUNTING_NANOS);
        looked(MILLI, true, FIRST, 1, 0);
        looked(MILLI, true, FIRST, 1_000_000, 1_000_000);
        assertThat(pause(MILLI, FIRST, 899, 1)).isEqualTo(Pace.FLOWING_NANOS);
        assertThat(pause(MILLI, FIRST, 900, 1)).isEqualTo(Pace.HUNTING_NANOS);
    }
}
