package dev.runnel.wal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WalIndexHeaderTest {

    @Test
    void tellsEveryField() {
        WalIndexBuilder index = new WalIndexBuilder();
        index.bigEndianChecksum = 1;
        WalIndexHeader header = WalIndexHeader.parse(index.bytes());
        assertThat(header).isNotNull();
        assertThat(header.changeCounter()).isEqualTo(3);
        assertThat(header.pageSize().bytes()).isEqualTo(4096);
        assertThat(header.bigEndianChecksum()).isTrue();
        assertThat(header.mxFrame()).isEqualTo(5);
        assertThat(header.pageCount()).isEqualTo(9);
        assertThat(header.frameChecksum()).isEqualTo(new WalChecksum(0x11111111, 0x22222222));
        assertThat(header.backfill()).isEqualTo(2);
        assertThat(header.backfillAttempted()).isEqualTo(4);
        assertThat(header.readMarks())
                .containsExactly(
                        0, 5, WalIndexHeader.MARK_UNUSED, WalIndexHeader.MARK_UNUSED, WalIndexHeader.MARK_UNUSED);
    }

    @Test
    void saltsStandAsInTheWalWhateverTheOrderOfTheMachine() {
        WalIndexHeader header = WalIndexHeader.parse(new WalIndexBuilder().bytes());
        assertThat(header).isNotNull();
        assertThat(header.salts()).isEqualTo(new Salts(0x01020304, 0x05060708));
    }

    @Test
    void pageSize65536IsWrittenAsOne() {
        WalIndexBuilder index = new WalIndexBuilder();
        index.pageSizeField = 1;
        WalIndexHeader header = WalIndexHeader.parse(index.bytes());
        assertThat(header).isNotNull();
        assertThat(header.pageSize().bytes()).isEqualTo(65536);
    }

    @Test
    void pageSize32768IsNotNegative() {
        WalIndexBuilder index = new WalIndexBuilder();
        index.pageSizeField = 32768;
        WalIndexHeader header = WalIndexHeader.parse(index.bytes());
        assertThat(header).isNotNull();
        assertThat(header.pageSize().bytes()).isEqualTo(32768);
    }

    /** A writer changes the second copy first: a reader that comes between finds them unequal. */
    @Test
    void everyTornMixtureOfTwoHeadersIsRefused() {
        byte[] before = new WalIndexBuilder().bytes();
        WalIndexBuilder next = new WalIndexBuilder();
        next.changeCounter = 4;
        next.mxFrame = 8;
        next.pageCount = 11;
        byte[] after = next.bytes();
        for (int done = 0; done <= 96; done += 4) {
            byte[] torn = before.clone();
            // The second copy from its beginning, then the first.
            System.arraycopy(after, 48, torn, 48, Math.min(done, 48));
            if (done > 48) {
                System.arraycopy(after, 0, torn, 0, done - 48);
            }
            WalIndexHeader header = WalIndexHeader.parse(torn);
            if (header != null) {
                assertThat(header.sameCommits(parsed(before)) || header.sameCommits(parsed(after)))
                        .as("torn after %d bytes", done)
                        .isTrue();
            }
        }
    }

    private static WalIndexHeader parsed(byte[] bytes) {
        WalIndexHeader header = WalIndexHeader.parse(bytes);
        assertThat(header).isNotNull();
        return header;
    }

    @Test
    void everyFlippedBitOfTheHeaderIsNoticed() {
        byte[] good = new WalIndexBuilder().bytes();
        for (int bit = 0; bit < 96 * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThat(WalIndexHeader.parse(bad)).as("bit %d", bit).isNull();
        }
    }

    @Test
    void bothCopiesDamagedAlikeFailTheChecksum() {
        byte[] good = new WalIndexBuilder().bytes();
        for (int bit = 0; bit < 48 * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << (bit % 8));
            bad[48 + bit / 8] ^= (byte) (1 << (bit % 8));
            assertThat(WalIndexHeader.parse(bad)).as("bit %d", bit).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 4097, 511, 256})
    void impossiblePageSizesAreRefused(int field) {
        WalIndexBuilder index = new WalIndexBuilder();
        index.pageSizeField = field;
        assertThat(WalIndexHeader.parse(index.bytes())).isNull();
    }

    @Test
    void anotherVersionOrAnIndexBeingMadeIsRefused() {
        WalIndexBuilder version = new WalIndexBuilder();
        version.version = 3007001;
        assertThat(WalIndexHeader.parse(version.bytes())).isNull();
        WalIndexBuilder making = new WalIndexBuilder();
        making.isInit = 0;
        assertThat(WalIndexHeader.parse(making.bytes())).isNull();
        assertThat(WalIndexHeader.parse(new byte[WalIndexHeader.SIZE])).isNull();
    }

    @Test
    void backfillAndMarksAreNoCommits() {
        WalIndexBuilder index = new WalIndexBuilder();
        WalIndexHeader before = parsed(index.bytes());
        index.backfill = 5;
        index.readMarks = new int[] {0, 1, 2, 3, 4};
        WalIndexHeader after = parsed(index.bytes());
        assertThat(after.sameCommits(before)).isTrue();
        assertThat(before.isBackfilled()).isFalse();
        assertThat(after.isBackfilled()).isTrue();
        index.changeCounter++;
        assertThat(parsed(index.bytes()).sameCommits(before)).isFalse();
    }
}
