package dev.runnel.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ValuesTest {

    @Test
    void pageSizesArePowersOfTwo() {
        for (int bytes = 512; bytes <= 65536; bytes *= 2) {
            assertThat(new PageSize(bytes).bytes()).isEqualTo(bytes);
        }
        for (int bytes : new int[] {0, 1, 256, 1000, 131072, -4096}) {
            assertThatThrownBy(() -> new PageSize(bytes)).hasMessageContaining(Integer.toString(bytes));
        }
        assertThat(PageSize.ofField(1).bytes()).isEqualTo(65536);
        assertThat(PageSize.ofField(4096).bytes()).isEqualTo(4096);
    }

    @Test
    void theLockPageHoldsTheLockByte() {
        assertThat(new PageSize(65536).lockPage()).isEqualTo(16385);
        assertThat(new PageSize(4096).lockPage()).isEqualTo(262145);
        assertThat(new PageSize(512).lockPage()).isEqualTo(2097153);
        assertThat(new PageSize(4096).offsetOf(262145)).isEqualTo(PageSize.LOCK_BYTE);
        assertThat(new PageSize(65536).offsetOf(Integer.MAX_VALUE)).isEqualTo((Integer.MAX_VALUE - 1L) * 65536);
    }

    @Test
    void txIdsAreSixteenDigits() {
        assertThat(new TxId(255)).hasToString("00000000000000ff");
        assertThat(TxId.parse("00000000000000ff")).isEqualTo(new TxId(255));
        assertThat(TxId.FIRST.next()).isEqualTo(new TxId(2));
        assertThat(TxId.FIRST.isFirst()).isTrue();
        assertThat(new TxId(9).compareTo(new TxId(10))).isNegative();
        for (String text : new String[] {
            "", "ff", "0000000000000000", "8000000000000000", "ffffffffffffffff", "000000000000000g", "+00000000000000f"
        }) {
            assertThatThrownBy(() -> TxId.parse(text)).as(text).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> new TxId(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TxId(Long.MAX_VALUE).next()).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void digitsOfOtherScriptsAreNoTxId() {
        assertThatThrownBy(() -> TxId.parse("000000000000000\u0661")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ranges() {
        TxRange range = TxRange.of(3, 5);
        assertThat(range).hasToString("0000000000000003-0000000000000005");
        assertThat(range.contains(new TxId(3))).isTrue();
        assertThat(range.contains(new TxId(5))).isTrue();
        assertThat(range.contains(new TxId(6))).isFalse();
        assertThat(range.contains(new TxId(2))).isFalse();
        assertThat(range.extendsFrom(new TxId(2))).isTrue();
        assertThat(range.extendsFrom(new TxId(4))).isTrue();
        assertThat(range.extendsFrom(new TxId(1))).as("a gap").isFalse();
        assertThat(range.extendsFrom(new TxId(5))).as("nothing new").isFalse();
        assertThat(TxRange.of(1, Long.MAX_VALUE).extendsFrom(new TxId(Long.MAX_VALUE)))
                .isFalse();
        assertThat(TxRange.single(new TxId(7))).isEqualTo(TxRange.of(7, 7));
        assertThatThrownBy(() -> TxRange.of(5, 4)).hasMessageContaining("backwards");
    }

    @Test
    void levels() {
        assertThat(Level.SNAPSHOT.isSnapshot()).isTrue();
        assertThat(Level.L0.isSnapshot()).isFalse();
        assertThat(Level.MAX_COMPACTED.compareTo(Level.SNAPSHOT)).isNegative();
        assertThat(new Level(3)).hasToString("3");
        assertThatThrownBy(() -> new Level(10)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Level(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
