package dev.runnel.ltx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.model.PageSize;
import dev.runnel.model.TxRange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG.Bits;
import org.junit.jupiter.api.Test;

class FrameCodecTest {

    private static final PageSize SIZE = new PageSize(4096);
    private static final SplittableRandom RANDOM = Seed.random("FrameCodecTest");

    @Test
    void pagesComeBack() throws IOException {
        for (int size = 512; size <= 65536; size *= 2) {
            FrameCodec codec = new FrameCodec(new PageSize(size));
            for (int i = 0; i < 50; i++) {
                byte[] page = ChangesetSpec.randomPage(size, RANDOM);
                byte[] source = new byte[size + 20];
                System.arraycopy(page, 0, source, 13, size);
                PageFrame frame = codec.compress(5, source, 13);
                assertThat(frame.dataCrc()).isEqualTo(NaiveCrc64.of(page, 0, size));
                byte[] back = new byte[size + 30];
                codec.decompress(frame, back, 7);
                assertThat(Arrays.copyOfRange(back, 7, 7 + size)).isEqualTo(page);
                assertThat(Arrays.copyOf(back, 7)).containsOnly(0);
                assertThat(Arrays.copyOfRange(back, 7 + size, back.length)).containsOnly(0);
            }
        }
    }

    @Test
    void aCopyOutlivesTheBuffer() throws IOException {
        FrameCodec codec = new FrameCodec(SIZE);
        byte[] first = ChangesetSpec.pages(4096, 2).get(0).data();
        byte[] second = ChangesetSpec.pages(4096, 2).get(1).data();
        PageFrame copy = codec.compress(1, first, 0).copy();
        codec.compress(2, second, 0);
        byte[] back = new byte[4096];
        codec.decompress(copy, back, 0);
        assertThat(back).isEqualTo(first);
        assertThat(copy.payload()).hasSize(copy.payloadSize());
    }

    @Test
    void otherPagesAndOtherSizesAreReported() {
        byte[] page = ChangesetSpec.pages(4096, 1).get(0).data();
        FrameCodec codec = new FrameCodec(SIZE);
        PageFrame frame = codec.compress(1, page, 0);
        PageFrame wrong = new PageFrame(1, frame.payload(), 0, frame.payloadSize(), frame.dataCrc() ^ 1);
        byte[] back = new byte[8192];
        assertThatThrownBy(() -> codec.decompress(wrong, back, 0))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining("page 1");
        for (int size : new int[] {512, 2048, 8192, 65536}) {
            PageFrame other = new FrameCodec(new PageSize(size)).compress(1, new byte[size], 0);
            assertThatThrownBy(() -> codec.decompress(other, back, 0)).isInstanceOf(CorruptChangesetException.class);
        }
        assertThatThrownBy(() -> codec.decompress(frame, back, 4097)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> codec.compress(1, page, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void noiseNeverEscapesItsBounds() {
        FrameCodec codec = new FrameCodec(SIZE);
        byte[] page = ChangesetSpec.pages(4096, 1).get(0).data();
        PageFrame good = codec.compress(1, page, 0).copy();
        byte[] dest = new byte[4096 + 64];
        for (int i = 0; i < 100_000; i++) {
            byte[] src = good.payload().clone();
            for (int n = RANDOM.nextInt(1, 6); n > 0; n--) {
                src[RANDOM.nextInt(src.length)] = (byte) RANDOM.nextInt();
            }
            int size = RANDOM.nextInt(src.length + 1);
            int room = RANDOM.nextInt(4097);
            Arrays.fill(dest, (byte) 0);
            int written = codec.tryDecompress(src, 0, size, dest, 32, room);
            assertThat(written).isBetween(-1, room);
            if (!isZero(dest, 0, 32) || !isZero(dest, 32 + room, dest.length)) {
                throw new AssertionError("wrote outside its range");
            }
        }
    }

    private static boolean isZero(byte[] b, int from, int to) {
        return Arrays.equals(b, from, to, new byte[to - from], 0, to - from);
    }

    @Test
    void everyIndependentFormOfAnLz4FrameIsRead() throws IOException {
        Bits[][] forms = {
            {Bits.BLOCK_INDEPENDENCE},
            {Bits.BLOCK_INDEPENDENCE, Bits.CONTENT_CHECKSUM},
            {Bits.BLOCK_INDEPENDENCE, Bits.BLOCK_CHECKSUM},
            {Bits.BLOCK_INDEPENDENCE, Bits.BLOCK_CHECKSUM, Bits.CONTENT_CHECKSUM, Bits.CONTENT_SIZE},
        };
        for (int size = 512; size <= 65536; size *= 2) {
            for (Bits[] form : forms) {
                for (int i = 0; i < 8; i++) {
                    byte[] page = ChangesetSpec.randomPage(size, RANDOM);
                    byte[] frame = RawLtx.lz4Frame(page, form);
                    assertThat(readOld(size, frame)).isEqualTo(page);
                    if (form.length > 1) {
                        byte[] damaged = frame.clone();
                        damaged[RANDOM.nextInt(frame.length)] ^= (byte) (1 << RANDOM.nextInt(8));
                        assertReportedOrSame(damaged, page);
                    }
                }
            }
        }
    }

    private static void assertReportedOrSame(byte[] damaged, byte[] page) throws IOException {
        try {
            assertThat(readOld(page.length, damaged)).isEqualTo(page);
        } catch (CorruptChangesetException e) {
            assertThat(e.resource()).isEqualTo("old");
        }
    }

    @Test
    void aPageInSeveralBlocksIsRead() throws IOException {
        byte[] page = ChangesetSpec.pages(4096, 1).get(0).data();
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        byte[] header = {4, 34, 77, 24, 0x60, 0x40, 0};
        FrameCodec codec = new FrameCodec(SIZE);
        header[6] = (byte) (codec.xxHash32(header, 4, 2) >>> 8);
        frame.writeBytes(header);
        for (int part = 0; part < 4; part++) {
            frame.writeBytes(new byte[] {0, 4, 0, (byte) 0x80});
            frame.write(page, part * 1024, 1024);
        }
        frame.writeBytes(new byte[4]);
        assertThat(readOld(4096, frame.toByteArray())).isEqualTo(page);
    }

    @Test
    void dictionariesAndLinkedBlocksAreUnsupported() {
        FrameCodec codec = new FrameCodec(SIZE);
        byte[] dictionary = {4, 34, 77, 24, 0x61, 0x40, 1, 2, 3, 4, 0, 0, 0, 0, 0};
        dictionary[10] = (byte) (codec.xxHash32(dictionary, 4, 6) >>> 8);
        assertThatThrownBy(() -> readOld(4096, dictionary))
                .isInstanceOf(UnsupportedFormatVersionException.class)
                .hasMessageContaining("dictionary");
        byte[] linked = {4, 34, 77, 24, 0x40, 0x40, 0, 1, 0, 0, (byte) 0x80, 7, 1, 0, 0, (byte) 0x80, 7, 0, 0, 0, 0};
        linked[6] = (byte) (codec.xxHash32(linked, 4, 2) >>> 8);
        assertThatThrownBy(() -> readOld(4096, linked))
                .isInstanceOf(UnsupportedFormatVersionException.class)
                .hasMessageContaining("linked");
    }

    @Test
    void emptyBlocksAreRefused() {
        FrameCodec codec = new FrameCodec(SIZE);
        for (byte[] block : new byte[][] {{1, 0, 0, 0, 0}, {0, 0, 0, (byte) 0x80}}) {
            byte[] frame = Arrays.copyOf(new byte[] {4, 34, 77, 24, 0x60, 0x40}, 7 + block.length + 4);
            frame[6] = (byte) (codec.xxHash32(frame, 4, 2) >>> 8);
            System.arraycopy(block, 0, frame, 7, block.length);
            assertThatThrownBy(() -> readOld(4096, frame))
                    .isInstanceOf(CorruptChangesetException.class)
                    .hasMessageContaining("an LZ4 block of 1 to 4096 bytes");
        }
    }

    private static byte[] readOld(int size, byte[] frame) throws IOException {
        byte[] src = new byte[6 + frame.length];
        src[3] = 1;
        System.arraycopy(frame, 0, src, 6, frame.length);
        FrameReader reader = new FrameReader(new PageSize(size), "old");
        assertThat(reader.read(src, 0, src.length, 0)).isEqualTo(src.length);
        assertThat(reader.frame()).isNull();
        return reader.page();
    }

    @Test
    void framesAreReadFromTheMiddleOfARange() throws IOException {
        ChangesetSpec spec = ChangesetSpec.incremental(512, 9, 2, 2, ChangesetSpec.pages(512, 3));
        byte[] file = spec.encode();
        LtxIndex index = LtxIndex.parse(file, file.length, spec.header(), "x");
        FrameReader reader = new FrameReader(new PageSize(512), "x");
        int at = (int) index.offset(1);
        assertThat(reader.read(file, at, file.length, at)).isEqualTo(index.size(1));
        assertThat(reader.pageNumber()).isEqualTo(2);
        assertThat(reader.page()).isEqualTo(spec.pages().get(1).data());
        assertThat(reader.frameCrc()).isEqualTo(reader.hashed().crc());
        assertThat(reader.hashed().length()).isEqualTo(10 + 512);
        assertThat(reader.pageChecksum()).isEqualTo(PageChecksums.of(2, reader.page(), 0, 512));
        reader.restartHash();
        assertThat(reader.hashed()).isEqualTo(HashedRange.EMPTY);
        assertThat(reader.read(file, (int) index.pagesEnd(), file.length, 0)).isZero();
        assertThatThrownBy(() -> reader.read(index, 1, new byte[10], index.offset(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> reader.read(index, 1, file, index.offset(1) + 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> reader.read(file, at, at + index.size(1) - 1, at))
                .isInstanceOf(CorruptChangesetException.class);
        byte[] moved = file.clone();
        System.arraycopy(file, at, moved, (int) index.offset(0), index.size(0));
        assertThatThrownBy(() -> reader.read(index, 0, moved, 0))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining("as the page index says");
    }

    @Test
    void theIndexFindsPagesAndSaysHowMuchItNeeds() throws IOException {
        LtxHeader header = LtxHeader.of(new PageSize(512), 100_000, TxRange.of(2, 2), 1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LtxEncoder encoder = new LtxEncoder(out, header);
        FrameCodec codec = new FrameCodec(new PageSize(512));
        PageFrame zero = codec.compress(1, new byte[512], 0);
        for (int pgno = 3; pgno <= 100_000; pgno += 7) {
            encoder.write(new PageFrame(pgno, zero.payload(), 0, zero.payloadSize(), zero.dataCrc()));
        }
        LtxTrailer trailer = encoder.finish();
        byte[] file = out.toByteArray();
        byte[] tail = Arrays.copyOfRange(file, file.length - 32768, file.length);
        long needed = LtxIndex.tailNeeded(tail, file.length, header, "x");
        assertThat(needed).isGreaterThan(tail.length);
        assertThatThrownBy(() -> LtxIndex.parse(tail, file.length, header, "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must have " + needed);
        byte[] enough = Arrays.copyOfRange(file, file.length - (int) needed, file.length);
        assertThat(LtxIndex.tailNeeded(enough, file.length, header, "x")).isEqualTo(needed);
        LtxIndex index = LtxIndex.parse(enough, file.length, header, "x");
        assertThat(index.count()).isEqualTo(14286);
        assertThat(index.trailer()).isEqualTo(trailer);
        assertThat(index.indexOffset() + index.length() + 16).isEqualTo(file.length);
        assertThat(index.pgno(index.find(10))).isEqualTo(10);
        assertThat(index.find(11)).isNegative();
        assertThat(index.size(5)).isEqualTo(zero.storedSize());
        assertThat(index.offset(index.count() - 1) + index.size(index.count() - 1))
                .isEqualTo(index.pagesEnd());
        assertThatThrownBy(() -> LtxIndex.tailNeeded(new byte[23], file.length, header, "x"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LtxIndex.tailNeeded(new byte[23], 130, header, "x"))
                .isInstanceOf(CorruptChangesetException.class);
    }
}
