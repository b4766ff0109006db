package dev.runnel.ltx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.model.PageSize;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Crc64Test {

    private static final SplittableRandom RANDOM = Seed.random("Crc64Test");

    @Test
    void knownValues() {
        byte[] check = "123456789".getBytes(StandardCharsets.US_ASCII);
        assertThat(Crc64.update(0, check, 0, check.length)).isEqualTo(0xb90956c775a41001L);
        assertThat(Crc64.update(0, check, 0, 0)).isZero();
    }

    @Test
    void everyLengthAndAlignmentGivesWhatTheDefinitionGives() {
        byte[] b = bytes(700);
        for (int len = 0; len <= 640; len++) {
            int off = RANDOM.nextInt(b.length - len);
            assertThat(Crc64.update(0, b, off, len)).as("%d+%d", off, len).isEqualTo(NaiveCrc64.of(b, off, len));
        }
    }

    @Test
    void singleBitsAreNotLost() {
        // Each bit of a block must come out of the folding, also those that are carried round its ends.
        byte[] b = new byte[64 * 5 + 3];
        for (int bit = 0; bit < b.length * 8; bit++) {
            b[bit / 8] = (byte) (1 << bit % 8);
            assertThat(Crc64.update(0, b, 0, b.length)).as("bit %d", bit).isEqualTo(NaiveCrc64.of(b, 0, b.length));
            b[bit / 8] = 0;
        }
    }

    @Test
    void partsChainAndCombine() {
        byte[] b = bytes(20_000);
        for (int i = 0; i < 2_000; i++) {
            int len = RANDOM.nextInt(b.length);
            int split = RANDOM.nextInt(len + 1);
            long whole = Crc64.update(0, b, 0, len);
            long first = Crc64.update(0, b, 0, split);
            long second = Crc64.update(0, b, split, len - split);
            assertThat(Crc64.update(first, b, split, len - split)).isEqualTo(whole);
            assertThat(Crc64.combine(first, second, len - split)).isEqualTo(whole);
            if (i % 20 == 0) {
                assertThat(Crc64.Shift.of(len - split).apply(first) ^ second).isEqualTo(whole);
            }
        }
    }

    @Test
    void shiftIsCombineForAnyLength() {
        for (long length : new long[] {0, 1, 7, 8, 4096, 65546, 1L << 32, 1L << 40, Long.MAX_VALUE}) {
            Crc64.Shift shift = Crc64.Shift.of(length);
            for (int i = 0; i < 20; i++) {
                long a = RANDOM.nextLong();
                long b = RANDOM.nextLong();
                assertThat(shift.apply(a) ^ b).as("%d", length).isEqualTo(Crc64.combine(a, b, length));
            }
        }
        assertThatThrownBy(() -> Crc64.Shift.of(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Crc64.combine(1, 2, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void combineIsAssociativeOverLongRanges() {
        HashedRange a = new HashedRange(RANDOM.nextLong(), RANDOM.nextLong(1L << 40));
        HashedRange b = new HashedRange(RANDOM.nextLong(), RANDOM.nextLong(1L << 40));
        HashedRange c = new HashedRange(RANDOM.nextLong(), RANDOM.nextLong(1L << 40));
        assertThat(a.then(b).then(c)).isEqualTo(a.then(b.then(c)));
        assertThat(HashedRange.EMPTY.then(a)).isEqualTo(a);
        assertThat(a.then(HashedRange.EMPTY)).isEqualTo(a);
    }

    @Test
    void integersAreBytesInBigEndianOrder() {
        for (int i = 0; i < 200; i++) {
            byte[] b = bytes(8);
            long before = RANDOM.nextLong();
            assertThat(Crc64.updateInt(before, Bytes.getInt(b, 0))).isEqualTo(Crc64.update(before, b, 0, 4));
            assertThat(Crc64.updateShort(before, Bytes.getShort(b, 0))).isEqualTo(Crc64.update(before, b, 0, 2));
            assertThat(Crc64.updateLong(before, Bytes.getLong(b, 0))).isEqualTo(Crc64.update(before, b, 0, 8));
        }
    }

    @Test
    void rangesOutsideTheArrayAreRefused() {
        byte[] b = new byte[10];
        assertThatThrownBy(() -> Crc64.update(0, b, 5, 6)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Crc64.update(0, b, -1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Crc64.update(0, b, 2, -1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void pageAndFrameChecksumsDeriveFromOneCrcOfThePage() {
        for (int size = 512; size <= 65536; size *= 2) {
            PageChecksums checksums = PageChecksums.forPageSize(new PageSize(size));
            byte[] page = bytes(size);
            long dataCrc = Crc64.update(0, page, 0, size);
            int pgno = RANDOM.nextInt(1, Integer.MAX_VALUE);
            byte[] header = new byte[10];
            Bytes.putInt(header, 0, pgno);
            Bytes.putInt(header, 6, 321);
            long plain = new NaiveCrc64().add(header, 0, 4).add(page).value() | PageChecksums.FLAG;
            assertThat(PageChecksums.of(pgno, page, 0, size)).isEqualTo(plain);
            assertThat(checksums.pageChecksum(pgno, dataCrc)).isEqualTo(plain);
            assertThat(checksums.frameCrc(pgno, 0, 321, dataCrc))
                    .isEqualTo(new NaiveCrc64().add(header, 0, 6).add(page).value());
            header[5] = 1;
            assertThat(checksums.frameCrc(pgno, 1, 321, dataCrc))
                    .isEqualTo(new NaiveCrc64().add(header).add(page).value());
        }
    }

    private static byte[] bytes(int n) {
        byte[] b = new byte[n];
        RANDOM.nextBytes(b);
        return b;
    }
}
