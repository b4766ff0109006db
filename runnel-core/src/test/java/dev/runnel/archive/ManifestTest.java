package dev.runnel.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManifestTest {

    private static LtxFile file(int level, long min, long max) {
        return new LtxFile(new Level(level), TxRange.of(min, max), 1000, Instant.EPOCH, true);
    }

    @Test
    void keepsEachLevelInOrderWhateverTheListingWas() {
        Manifest manifest = Manifest.of(
                List.of(file(0, 3, 3), file(9, 1, 4), file(0, 1, 1), file(9, 1, 1), file(0, 2, 2), file(1, 2, 3)));

        assertThat(manifest.files(Level.L0)).extracting(LtxFile::max).containsExactly(id(1), id(2), id(3));
        assertThat(manifest.files(Level.SNAPSHOT)).extracting(LtxFile::max).containsExactly(id(1), id(4));
        assertThat(manifest.size()).isEqualTo(6);
        assertThat(manifest.bytes()).isEqualTo(6000);
        assertThat(manifest.newest(new Level(1))).isEqualTo(id(3));
        assertThat(manifest.newest(new Level(2))).isNull();
        assertThat(manifest.newest()).isEqualTo(id(4));
    }

    @Test
    void addsReplacesAndRemovesByPlace() {
        Manifest one = Manifest.EMPTY.with(file(0, 2, 2)).with(file(0, 1, 1));
        Manifest replaced = one.with(new LtxFile(Level.L0, TxRange.of(2, 2), 7, Instant.EPOCH, true));

        assertThat(one.files(Level.L0)).extracting(LtxFile::max).containsExactly(id(1), id(2));
        assertThat(replaced.size()).isEqualTo(2);
        assertThat(replaced.find(Level.L0, TxRange.of(2, 2)))
                .extracting(LtxFile::size)
                .isEqualTo(7L);
        assertThat(replaced.without(List.of(file(0, 1, 1), file(1, 1, 1))).files(Level.L0))
                .extracting(LtxFile::max)
                .containsExactly(id(2));
        assertThat(one.size()).isEqualTo(2);
    }

    @Test
    void newestRestorableStopsAtAGap() {
        assertThat(Manifest.EMPTY.newestRestorable()).isNull();
        assertThat(Manifest.of(List.of(file(0, 2, 2))).newestRestorable()).isNull();
        assertThat(Manifest.of(List.of(file(0, 1, 1), file(0, 2, 2), file(0, 4, 4)))
                        .newestRestorable())
                .isEqualTo(id(2));
        assertThat(Manifest.of(List.of(file(0, 1, 1), file(1, 2, 3), file(0, 4, 4)))
                        .newestRestorable())
                .isEqualTo(id(4));
    }

    @Test
    void knowsCoverageAndGapsOfALevel() {
        Manifest manifest = Manifest.of(List.of(file(1, 2, 5), file(1, 6, 6), file(1, 9, 12)));

        assertThat(manifest.covers(new Level(1), TxRange.of(2, 6))).isTrue();
        assertThat(manifest.covers(new Level(1), TxRange.of(5, 6))).isTrue();
        assertThat(manifest.covers(new Level(1), TxRange.of(10, 11))).isTrue();
        assertThat(manifest.covers(new Level(1), TxRange.of(1, 2))).isFalse();
        assertThat(manifest.covers(new Level(1), TxRange.of(6, 9))).isFalse();
        assertThat(manifest.covers(new Level(1), TxRange.of(7, 7))).isFalse();
        assertThat(manifest.covers(new Level(1), TxRange.of(12, 13))).isFalse();
        assertThat(manifest.gaps(new Level(1))).containsExactly(TxRange.of(7, 8));
        assertThat(manifest.gaps(Level.L0)).isEmpty();
    }

    private static TxId id(long value) {
        return new TxId(value);
    }
}
