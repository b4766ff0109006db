package dev.runnel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.engine.Checkpointing.Mode;
import dev.runnel.model.PageSize;
import dev.runnel.wal.Salts;
import dev.runnel.wal.WalChecksum;
import dev.runnel.wal.WalState;
import dev.runnel.wal.WalWalk;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When Runnel runs a checkpoint. */
class CheckpointPolicyTest {

    private static final long SECOND = 1_000_000_000;

    private static CheckpointPolicy policy(Mode mode) {
        return new CheckpointPolicy(new Checkpointing(mode, Duration.ofSeconds(60), 1000, Checkpointer.NONE), 0);
    }

    private static WalState wal(int salt, int mxFrame, int backfill) {
        WalWalk.Format format = new WalWalk.Format(new PageSize(4096), new Salts(salt, salt), false);
        return new WalState(format, mxFrame, 100, WalChecksum.ZERO, 0, backfill, backfill, true);
    }

    @Test
    void autoWaitsForTheApplication() {
        CheckpointPolicy policy = policy(Mode.AUTO);
        assertThat(policy.isDue(0, wal(1, 100_000, 0))).isFalse();
        assertThat(policy.isDue(9 * SECOND, wal(1, 100_000, 0))).isFalse();
        assertThat(policy.isDue(9 * SECOND, wal(1, 100_000, 50_000)))
                .as("it does")
                .isFalse();
        assertThat(policy.isDue(18 * SECOND, wal(1, 100_000, 50_000))).isFalse();
        assertThat(policy.isDue(19 * SECOND, wal(1, 100_000, 50_000)))
                .as("no more")
                .isTrue();
    }

    @Test
    void autoLeavesAShortWalAlone() {
        CheckpointPolicy policy = policy(Mode.AUTO);
        assertThat(policy.isDue(0, wal(1, 3999, 0))).isFalse();
        assertThat(policy.isDue(3600 * SECOND, wal(1, 3999, 0))).isFalse();
        assertThat(policy.isDue(3600 * SECOND, wal(1, 4000, 0))).isTrue();
    }

    /** Whoever runs large transactions and checkpoints behind each of them has a long WAL, and no need of us. */
    @Test
    void autoLeavesLargeTransactionsAlone() {
        CheckpointPolicy policy = policy(Mode.AUTO);
        for (int i = 1; i < 100; i++) {
            long now = i * 20L * SECOND;
            assertThat(policy.isDue(now, wal(i, 25_000, 0))).isFalse();
            assertThat(policy.isDue(now + SECOND, wal(i, 25_000, 25_000))).isFalse();
            assertThat(policy.isDue(now + 15 * SECOND, wal(i, 25_000, 25_000))).isFalse();
        }
    }

    @Test
    void onceTheApplicationIsKnownToRunNoneAutoDoesNotWait() {
        CheckpointPolicy policy = policy(Mode.AUTO);
        policy.isDue(0, wal(1, 5000, 0));
        assertThat(policy.isDue(10 * SECOND, wal(1, 5000, 0))).isTrue();
        policy.begun();
        assertThat(policy.isDue(11 * SECOND, wal(1, 5000, 0)))
                .as("one at a time")
                .isFalse();
        assertThat(policy.isDue(12 * SECOND, wal(1, 5000, 5000))).isFalse();
        assertThat(policy.ended(12 * SECOND, wal(1, 5000, 5000))).as("progress").isTrue();
        assertThat(policy.isDue(13 * SECOND, wal(2, 100, 0))).as("reset").isFalse();
        assertThat(policy.isDue(14 * SECOND, wal(2, 4000, 0))).isTrue();
        policy.begun();
        policy.ended(15 * SECOND, wal(2, 4000, 4000));
        assertThat(policy.isDue(17 * SECOND, wal(3, 4000, 1000)))
                .as("somebody else's")
                .isFalse();
        assertThat(policy.isDue(18 * SECOND, wal(3, 6000, 1000)))
                .as("it is taken care of")
                .isFalse();
    }

    @Test
    void aReaderThatHoldsOldStateMakesUsWait() {
        CheckpointPolicy policy = policy(Mode.ALWAYS);
        assertThat(policy.isDue(0, wal(1, 1000, 0))).isTrue();
        policy.begun();
        assertThat(policy.ended(SECOND, wal(1, 1000, 0))).isFalse();
        assertThat(policy.isDue(30 * SECOND, wal(1, 9000, 0))).isFalse();
        assertThat(policy.isDue(31 * SECOND, wal(1, 9000, 0))).isTrue();
    }

    @Test
    void alwaysAtALengthOrAfterATime() {
        CheckpointPolicy policy = policy(Mode.ALWAYS);
        assertThat(policy.isDue(0, wal(1, 999, 0))).isFalse();
        assertThat(policy.isDue(1, wal(1, 1000, 0))).isTrue();
        assertThat(policy.isDue(2, wal(1, 1000, 1000))).as("nothing to copy").isFalse();
        assertThat(policy.isDue(100 * SECOND, wal(1, 1000, 1000))).isFalse();
        assertThat(policy.isDue(100 * SECOND, wal(2, 1, 0))).isFalse();
        assertThat(policy.isDue(160 * SECOND, wal(2, 1, 0))).isTrue();
    }
}
