package dev.runnel.cli.services;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When the daemon gives memory back. */
class HeapKeeperTest {

    private static final long MEBIBYTE = 1 << 20;

    private final ScriptedHeap heap = new ScriptedHeap();
    private final HeapKeeper keeper = new HeapKeeper(heap);

    /** A heap in which 4 MiB live. */
    private static final class ScriptedHeap implements HeapKeeper.Heap {

        private long used = 4 * MEBIBYTE;
        private int collections;

        @Override
        public long used() {
            return used;
        }

        @Override
        public void collect() {
            collections++;
            used = 4 * MEBIBYTE;
        }
    }

    private void allocateAndVisit(long mebibytes) {
        heap.used += mebibytes * MEBIBYTE;
        keeper.run();
    }

    @Test
    void collectsWhenTheStormIsOver() {
        for (int i = 0; i < 5; i++) {
            allocateAndVisit(20);
        }
        assertThat(heap.collections).as("in the storm").isZero();
        allocateAndVisit(0);
        assertThat(heap.collections).as("behind it").isOne();
    }

    @Test
    void collectsAgainOnlyAfterAWhileAndWhereItIsWorthIt() {
        allocateAndVisit(3);
        assertThat(heap.collections).isOne();
        for (int i = 0; i < 75; i++) {
            allocateAndVisit(1);
        }
        assertThat(heap.collections).as("too soon").isOne();
        allocateAndVisit(1);
        assertThat(heap.collections).isEqualTo(2);
        for (int i = 0; i < 100; i++) {
            allocateAndVisit(0);
        }
        assertThat(heap.collections).as("nothing to gain").isEqualTo(2);
    }
}
