package dev.runnel.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.PageSize;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class WalStateTest {

    private static final WalWalk.Format FORMAT = new WalWalk.Format(new PageSize(4096), new Salts(1, 2), false);
    private static final WalState STATE = new WalState(FORMAT, 5, 9, new WalChecksum(7, 8), 3, 0, 0, true);

    @Test
    void checkpointsDoNotMakeOtherCommits() {
        assertThat(STATE.sameCommits(new WalState(FORMAT, 5, 9, new WalChecksum(7, 8), 3, 5, 0, true)))
                .isTrue();
    }

    @Test
    void everythingElseDoes() {
        WalWalk.Format other = new WalWalk.Format(new PageSize(4096), new Salts(1, 3), false);
        assertThat(STATE.sameCommits(new WalState(other, 5, 9, new WalChecksum(7, 8), 3, 0, 0, true)))
                .isFalse();
        assertThat(STATE.sameCommits(new WalState(FORMAT, 6, 9, new WalChecksum(7, 8), 3, 0, 0, true)))
                .isFalse();
        assertThat(STATE.sameCommits(new WalState(FORMAT, 5, 8, new WalChecksum(7, 8), 3, 0, 0, true)))
                .isFalse();
        assertThat(STATE.sameCommits(new WalState(FORMAT, 5, 9, new WalChecksum(7, 9), 3, 0, 0, true)))
                .isFalse();
        assertThat(STATE.sameCommits(new WalState(FORMAT, 5, 9, new WalChecksum(7, 8), 4, 0, 0, true)))
                .isFalse();
        assertThat(STATE.sameCommits(new WalState(FORMAT, 5, 9, new WalChecksum(7, 8), 3, 0, 0, false)))
                .isFalse();
    }

    @Test
    void anEmptyWalHasNoChecksum() {
        WalState empty = new WalState(FORMAT, 0, 9, new WalChecksum(7, 8), 3, 0, 0, true);
        assertThat(empty.sameCommits(new WalState(FORMAT, 0, 9, WalChecksum.ZERO, 3, 0, 0, true)))
                .isTrue();
    }

    @Test
    void aCheckpointOfAllFramesIsToldFromOthers() {
        assertThat(state(0, 5).isBeingBackfilled()).isTrue();
        assertThat(state(3, 5).isBeingBackfilled()).isTrue();
        assertThat(state(5, 5).isBeingBackfilled()).as("it has ended").isFalse();
        assertThat(state(5, 5).isBackfilled()).isTrue();
        assertThat(state(0, 4).isBeingBackfilled())
                .as("a reader, or a commit since")
                .isFalse();
        assertThat(state(3, 3).isBackfilled()).isFalse();
    }

    private static WalState state(int backfill, int backfillAttempted) {
        return new WalState(FORMAT, 5, 9, new WalChecksum(7, 8), 3, backfill, backfillAttempted, true);
    }

    @Test
    void aScanTellsTheSameAsTheWal() throws IOException {
        WalBuilder wal =
                new WalBuilder(1024, true).frame(1, 0, 0).frame(2, 2, 1).frame(3, 0, 2);
        WalRecovery recovery = WalRecovery.scan(ByteSource.of(wal.bytes()));
        assertThat(recovery).isNotNull();
        WalState state = WalState.of(recovery);
        assertThat(state.indexed()).isFalse();
        assertThat(state.mxFrame()).isEqualTo(2);
        assertThat(state.pageCount()).isEqualTo(2);
        assertThat(state.checksum()).isEqualTo(wal.checksum(2));
        assertThat(state.pageSize()).isEqualTo(new PageSize(1024));
        assertThat(state.format().bigEndianChecksum()).isTrue();
        WalState none = WalState.databaseOnly(new PageSize(512));
        assertThat(none.salts()).isEqualTo(Salts.NONE);
        assertThat(none.mxFrame()).isZero();
    }
}
