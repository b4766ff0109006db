package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.Proof;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;
import dev.runnel.testing.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageMapTest {

    private static final long FLAG = 1L << 63;
    private static final TxId TXID = new TxId(7);

    @TempDir
    Path directory;

    @Test
    void anEmptyMap() {
        PageMap map = new PageMap(new PageSize(4096));
        assertThat(map.pageCount()).isZero();
        assertThat(map.get(1)).isZero();
        assertThat(map.databaseChecksum()).isEqualTo(Proof.EMPTY_DATABASE);
    }

    @Test
    void behavesLikeAMapThatKnowsItsXor() {
        Random random = Seeds.random("PageMapTest");
        PageMap map = new PageMap(new PageSize(512));
        Map<Integer, Long> model = new HashMap<>();
        for (int step = 0; step < 5000; step++) {
            if (random.nextInt(50) == 0) {
                int size = random.nextInt(100_000);
                map.resize(size);
                model.keySet().removeIf(page -> page > size);
                assertThat(map.pageCount()).isEqualTo(size);
            } else {
                int page = 1 + random.nextInt(50_000);
                long checksum = random.nextLong() | FLAG;
                map.set(page, checksum);
                model.put(page, checksum);
                assertThat(map.get(page)).isEqualTo(checksum);
            }
            long xor = model.values().stream().reduce(0L, (a, b) -> a ^ b);
            assertThat(map.databaseChecksum()).isEqualTo(xor | FLAG);
        }
        for (int page = 1; page <= 100_001; page++) {
            assertThat(map.get(page)).isEqualTo(model.getOrDefault(page, 0L));
        }
    }

    @Test
    void theLockPageHasNone() {
        PageMap map = new PageMap(new PageSize(65536));
        map.set(16384, FLAG | 1);
        assertThatThrownBy(() -> map.set(16385, FLAG | 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> map.set(0, FLAG | 2)).isInstanceOf(IllegalArgumentException.class);
        map.set(16386, FLAG | 3);
        assertThat(map.pageCount()).isEqualTo(16386);
        assertThat(map.get(16385)).isZero();
        assertThat(map.databaseChecksum()).isEqualTo(FLAG | 2);
    }

    private static PageMap some(int pageSize, int pages) {
        PageMap map = new PageMap(new PageSize(pageSize));
        Random random = new Random(pages);
        for (int page = 1; page <= pages; page++) {
            if (page != map.pageSize().lockPage()) {
                map.set(page, random.nextLong() | FLAG);
            }
        }
        map.resize(pages);
        return map;
    }

    private byte[] written(PageMap map) throws IOException {
        Path file = directory.resolve("some.map");
        PageMapCodec.write(map, TXID, file);
        return Files.readAllBytes(file);
    }

    private static PageMap read(byte[] bytes) throws IOException {
        return PageMapCodec.read(new ByteArrayInputStream(bytes), TXID, "some.map");
    }

    @Test
    void roundTrips() throws IOException {
        for (int pages : new int[] {0, 1, 8191, 8192, 8193, 16384, 16385, 16386, 40_000}) {
            PageMap map = some(65536, pages);
            PageMap back = read(written(map));
            assertThat(back.pageSize()).isEqualTo(map.pageSize());
            assertThat(back.pageCount()).isEqualTo(pages);
            assertThat(back.databaseChecksum()).isEqualTo(map.databaseChecksum());
            for (int page = 1; page <= pages; page++) {
                assertThat(back.get(page)).isEqualTo(map.get(page));
            }
        }
    }

    @Test
    void cutOffAnywhereIsCorrupt() throws IOException {
        byte[] good = written(some(4096, 50));
        for (int length = 0; length < good.length; length++) {
            byte[] part = Arrays.copyOf(good, length);
            Throwable thrown = catchThrowable(() -> read(part));
            // The last four bytes say only that the LZ4 frame ends; everything is checked before them.
            if (thrown != null || length < good.length - 4) {
                assertThat(thrown).as("length %d", length).isInstanceOf(CorruptChangesetException.class);
                assertThat(thrown).hasMessageContaining("some.map");
            }
        }
    }

    @Test
    void aFlippedBitAnywhereIsCorruptOrHarmless() throws IOException {
        PageMap map = some(4096, 50);
        byte[] good = written(map);
        for (int at = 0; at < good.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) (1 << bit);
                try {
                    PageMap back = read(bad);
                    assertThat(back.databaseChecksum()).isEqualTo(map.databaseChecksum());
                    assertThat(back.pageCount()).isEqualTo(map.pageCount());
                } catch (CorruptChangesetException expected) {
                    assertThat(expected).hasMessageContaining("some.map");
                }
            }
        }
    }

    @Test
    void noiseIsCorrupt() {
        Random random = Seeds.random("PageMapTest.noise");
        for (int i = 0; i < 200; i++) {
            byte[] noise = new byte[random.nextInt(300)];
            random.nextBytes(noise);
            assertThatThrownBy(() -> read(noise)).isInstanceOf(CorruptChangesetException.class);
        }
    }

    /** A header that promises two thousand million pages must not cost their memory. */
    @Test
    void aHugePageCountIsNotBelieved() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (LZ4FrameOutputStream lz4 = new LZ4FrameOutputStream(out)) {
            lz4.write(ByteBuffer.allocate(24)
                    .putInt(0x524e4c4d)
                    .putInt(1)
                    .putInt(4096)
                    .putInt(Integer.MAX_VALUE)
                    .putLong(TXID.value())
                    .array());
        }
        assertThatThrownBy(() -> read(out.toByteArray())).isInstanceOf(CorruptChangesetException.class);
    }

    @Test
    void aMapOfAnotherTransactionIsRefused() throws IOException {
        byte[] bytes = written(some(4096, 5));
        assertThatThrownBy(() -> PageMapCodec.read(new ByteArrayInputStream(bytes), new TxId(8), "some.map"))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining("0000000000000008");
    }

    /** What cannot be read is not what is damaged. */
    @Test
    void aFailingStreamIsNotCorruption() {
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("connection reset");
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                return read();
            }
        };
        assertThatThrownBy(() -> PageMapCodec.read(failing, TXID, "some.map"))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining("connection reset");
    }
}
