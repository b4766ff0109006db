package dev.runnel.ltx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.ltx.ChangesetSpec.PageSpec;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxRange;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Damage is always reported as such: whatever was cut off, flipped or replaced. */
class LtxDamageTest {

    private static final LtxHeader FIVE = LtxHeader.of(new PageSize(512), 5, TxRange.of(2, 3), 1);

    /** How a file is read. */
    private interface Reading {
        ChangesetSpec read(byte[] file) throws IOException;
    }

    private static final List<Reading> READINGS = List.of(ChangesetSpec::decode, ChangesetSpec::decodeByIndex);

    static List<byte[]> smallFiles() throws IOException {
        List<PageSpec> pages = ChangesetSpec.pages(512, 3);
        ChangesetSpec snapshot = ChangesetSpec.snapshot(512, 4, pages);
        ChangesetSpec proved = snapshot.with(
                snapshot.header().withProof(new Proof(Proof.EMPTY_DATABASE, snapshot.databaseChecksum())));
        ChangesetSpec incremental = ChangesetSpec.incremental(512, 200, 5, 6, List.of(pages.get(1)));
        SplittableRandom random = new SplittableRandom(1);
        byte[] noise = new byte[512];
        random.nextBytes(noise);
        return List.of(
                proved.encode(),
                snapshot.with(snapshot.header().withChecksums(0)).encode(),
                incremental.encode(),
                ChangesetSpec.incremental(512, 9, 5, 6, List.of()).encode(),
                ChangesetSpec.incremental(512, 7, 5, 6, List.of(new PageSpec(7, noise)))
                        .encode(),
                RawLtx.oldForm(snapshot),
                RawLtx.oldForm(ChangesetSpec.incremental(512, 7, 5, 6, List.of(new PageSpec(7, noise)))),
                LtxVectorsTest.vector("frame-nochk-0000000000000002-0000000000000002.ltx"));
    }

    @ParameterizedTest
    @MethodSource("smallFiles")
    void everyTruncationIsReported(byte[] file) throws IOException {
        for (Reading reading : READINGS) {
            assertThat(reading.read(file)).isNotNull();
            for (int n = 0; n < file.length; n++) {
                byte[] cut = Arrays.copyOf(file, n);
                assertThatThrownBy(() -> reading.read(cut)).as("%d", n).isInstanceOf(CorruptChangesetException.class);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("smallFiles")
    void trailingBytesAreReported(byte[] file) {
        for (Reading reading : READINGS) {
            for (int n : new int[] {1, 8, 16, 24, 131, 100_000}) {
                byte[] longer = Arrays.copyOf(file, file.length + n);
                assertThatThrownBy(() -> reading.read(longer)).isInstanceOf(CorruptChangesetException.class);
                System.arraycopy(file, 0, longer, file.length, Math.min(n, file.length));
                assertThatThrownBy(() -> reading.read(longer)).isInstanceOf(CorruptChangesetException.class);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("smallFiles")
    void everyFlippedBitIsReportedOrChangesNothing(byte[] file) throws IOException {
        for (Reading reading : READINGS) {
            ChangesetSpec content = reading.read(file);
            long pagesEnd =
                    LtxIndex.parse(file, file.length, content.header(), "file").pagesEnd();
            for (int bit = 0; bit < file.length * 8; bit++) {
                byte[] flipped = file.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                if (readsSame(reading, flipped, content, "bit " + bit)) {
                    assertThat(bit / 8L).as("in a payload").isBetween(LtxHeader.SIZE + 6L, pagesEnd - 1);
                }
            }
        }
    }

    @Test
    void everyBitOfABigHeaderIsCovered() throws IOException {
        byte[] file = smallFiles().get(0);
        for (int bit = 0; bit < LtxHeader.SIZE * 8; bit++) {
            byte[] flipped = file.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Class<? extends IOException> expected =
                    bit / 8 >= LtxHeader.AT_FLAGS && bit / 8 < LtxHeader.AT_PAGE_SIZE && bit != 56 + 1
                            ? UnsupportedFormatVersionException.class
                            : CorruptChangesetException.class;
            for (Reading reading : READINGS) {
                assertThatThrownBy(() -> reading.read(flipped))
                        .as("bit %d", bit)
                        .isInstanceOf(expected);
            }
        }
    }

    @Test
    void randomDamageIsReportedOrChangesNothing() throws IOException {
        SplittableRandom random = Seed.random("randomDamage");
        List<byte[]> files = new ArrayList<>(smallFiles());
        files.add(LtxVectorsTest.vector("lockpage-0000000000000007-0000000000000007.ltx"));
        files.add(LtxVectorsTest.vector("real-chk-0000000000000001-0000000000000005.ltx"));
        List<ChangesetSpec> contents = new ArrayList<>();
        for (byte[] file : files) {
            contents.add(ChangesetSpec.decode(file));
        }
        for (int i = 0; i < 20_000; i++) {
            int chosen = random.nextInt(files.size());
            byte[] damaged = files.get(chosen).clone();
            int from = random.nextInt(damaged.length);
            int len = 1 + random.nextInt(Math.min(12, damaged.length - from));
            for (int at = from; at < from + len; at++) {
                damaged[at] = (byte) (random.nextInt(3) > 0 ? random.nextInt() : random.nextInt(2) - 1);
            }
            for (Reading reading : READINGS) {
                readsSame(reading, damaged, contents.get(chosen), from + "+" + len);
            }
        }
    }

    /** Whether {@code file} reads as {@code content}; if not, it must be reported. */
    private static boolean readsSame(Reading reading, byte[] file, ChangesetSpec content, String what)
            throws IOException {
        try {
            assertThat(reading.read(file)).as(what).isEqualTo(content);
            return true;
        } catch (CorruptChangesetException e) {
            assertThat(e.getMessage()).contains(ChangesetSpec.NAME, e.expected(), e.actual());
            assertThat(e.resource()).isEqualTo(ChangesetSpec.NAME);
            assertThat(e.offset()).isBetween(0L, (long) file.length);
            return false;
        } catch (UnsupportedFormatVersionException e) {
            assertThat(e.resource()).isEqualTo(ChangesetSpec.NAME);
            return false;
        }
    }

    @Test
    void truncationSaysSo() {
        byte[] file =
                ChangesetSpec.snapshot(512, 1, ChangesetSpec.pages(512, 3)).encode();
        assertThatThrownBy(() -> ChangesetSpec.decode(Arrays.copyOf(file, 150)))
                .hasMessageContaining("file truncated?")
                .hasMessageContaining("byte 150");
        assertThatThrownBy(() -> ChangesetSpec.decodeByIndex(Arrays.copyOf(file, 150)))
                .hasMessageContaining("file truncated?");
    }

    static Map<String, byte[]> wrongFiles() {
        byte[] a = ChangesetSpec.pages(512, 9).get(0).data();
        LtxHeader snapshot = LtxHeader.of(new PageSize(512), 2, TxRange.of(1, 3), 1);
        LtxHeader checked = FIVE.withChecksums(PageChecksums.FLAG | 5);
        LtxHeader big = LtxHeader.of(new PageSize(512), 3_000_000, TxRange.of(2, 3), 1);
        Map<String, byte[]> files = new TreeMap<>();
        files.put("page beyond commit", RawLtx.of(FIVE).block(6, a).finish());
        files.put("page number over 2^31", RawLtx.of(FIVE).block(-5, a).finish());
        files.put("pages out of order", RawLtx.of(FIVE).block(3, a).block(2, a).finish());
        files.put("page twice", RawLtx.of(FIVE).block(3, a).block(3, a).finish());
        files.put("lock page", RawLtx.of(big).block(2097153, a).finish());
        files.put("snapshot from page 2", RawLtx.of(snapshot).block(2, a).finish());
        files.put("snapshot without last page", RawLtx.of(snapshot).block(1, a).finish());
        files.put("snapshot without pages", RawLtx.of(snapshot).finish());
        files.put(
                "block of half a page", RawLtx.of(FIVE).block(1, new byte[256]).finish());
        files.put("block of two pages", RawLtx.of(FIVE).block(1, new byte[1024]).finish());
        files.put("frame of half a page", raw(FIVE, RawLtx.lz4Frame(new byte[256]), new byte[256]));
        files.put("frame of two pages", raw(FIVE, RawLtx.lz4Frame(new byte[1024]), new byte[1024]));
        files.put("frame of nothing", raw(FIVE, RawLtx.lz4Frame(new byte[0]), new byte[0]));
        files.put("post-apply without checksums", RawLtx.of(FIVE).finish(PageChecksums.FLAG | 1));
        files.put("checksums without post-apply", RawLtx.of(checked).finish(0));
        files.put("post-apply without bit 63", RawLtx.of(checked).finish(77));
        files.put(
                "post-apply of other pages",
                RawLtx.of(snapshot.withChecksums(0)).block(1, a).block(2, a).finish(PageChecksums.FLAG | 77));
        files.put(
                "proof of other pages",
                RawLtx.of(snapshot.withProof(new Proof(0, PageChecksums.FLAG | 77)))
                        .block(1, a)
                        .block(2, a)
                        .finish());
        files.put(
                "index without entry",
                RawLtx.of(FIVE).block(1, a).block(2, a).removeEntry(1).finish());
        files.put(
                "index with other page",
                RawLtx.of(FIVE).block(1, a).block(2, a).replaceEntry(1, 3, 0, 0).finish());
        RawLtx raw = RawLtx.of(FIVE).block(1, a).block(2, a);
        byte[] index = raw.index();
        files.put("index with wrong size", raw.finish(index, new byte[] {0, 0, 0, 0, 0, 0, 0, 99}, 0));
        raw = RawLtx.of(FIVE).block(1, a).block(2, a);
        files.put("index with two ends", raw.finish(Arrays.copyOf(index, index.length + 1), 0));
        raw = RawLtx.of(FIVE).block(1, a).block(2, a);
        files.put("index with size over 2^63", raw.finish(index, new byte[] {-1, 0, 0, 0, 0, 0, 0, 99}, 0));
        files.put("index empty", RawLtx.of(FIVE).block(1, a).finish(new byte[0], 0));
        byte[] endless = new byte[40];
        Arrays.fill(endless, (byte) -1);
        files.put("index endless number", RawLtx.of(FIVE).block(1, a).finish(endless, 0));
        files.put("index overlong number", RawLtx.of(FIVE).finish(new byte[] {(byte) 0x80, 0}, 0));
        return files;
    }

    private static byte[] raw(LtxHeader header, byte[] frame, byte[] data) {
        return RawLtx.of(header).oldFrame(1, frame, data).finish();
    }

    @Test
    void filesThatBreakARuleAreReportedAlthoughTheirChecksumsAreRight() {
        wrongFiles()
                .forEach((what, file) -> assertThatThrownBy(() -> ChangesetSpec.decode(file))
                        .as(what)
                        .isInstanceOf(CorruptChangesetException.class));
    }

    @Test
    void theIndexAloneShowsWhatIsWrongWithTheStructure() {
        // Those need the pages, or the database: the caller of the index has them.
        List<String> invisible = List.of("post-apply of other pages", "proof of other pages");
        wrongFiles().forEach((what, file) -> {
            if (!invisible.contains(what)) {
                assertThatThrownBy(() -> ChangesetSpec.decodeByIndex(file))
                        .as(what)
                        .isInstanceOf(CorruptChangesetException.class);
            }
        });
    }

    @Test
    void entriesThatDifferFromTheFramesAreReported() {
        byte[] a = new byte[512];
        long size = RawLtx.of(FIVE).block(1, a).index()[3] & 0xff;
        long[][] second = {
            {2, 100 + size + 1, size},
            {2, 100 + size, size + 1},
            {2, 100 + size, size - 1},
            {3, 100 + size, size},
            {2, 100, size},
            {1, 100 + size, size},
            {0, 100 + size, size},
            {6, 100 + size, size},
            {1L << 32, 100 + size, size},
            {-1, 100 + size, size},
            {2, -1, size},
            {2, 100 + size, -1},
            {2, 100 + size, 0},
            {2, Long.MAX_VALUE, Long.MAX_VALUE},
            {2, 100 + size, Long.MAX_VALUE},
            {2, 100 + size, 1L << 32}
        };
        for (long[] e : second) {
            byte[] file = RawLtx.of(FIVE)
                    .block(1, a)
                    .block(2, a)
                    .replaceEntry(1, e[0], e[1], e[2])
                    .finish();
            for (Reading reading : READINGS) {
                assertThatThrownBy(() -> reading.read(file))
                        .as(Arrays.toString(e))
                        .isInstanceOf(CorruptChangesetException.class);
            }
        }
        // Two entries that are each plausible and wrong together.
        byte[] file = RawLtx.of(FIVE)
                .block(1, a)
                .block(2, a)
                .replaceEntry(0, 1, 100, size - 3)
                .replaceEntry(1, 2, 100 + size - 3, size + 3)
                .finish();
        for (Reading reading : READINGS) {
            assertThatThrownBy(() -> reading.read(file)).isInstanceOf(CorruptChangesetException.class);
        }
    }

    @Test
    void filesOfPreReleasesAreUnsupportedNotCorrupt() {
        byte[] header = FIVE.encode();
        byte[] page = ChangesetSpec.pages(512, 1).get(0).data();
        byte[] number = {0, 0, 0, 1};
        byte[] second =
                RawLtx.of(header).frame(1, number, RawLtx.lz4Frame(page), page).finish();
        byte[] first = header.clone();
        first[7] = 3;
        for (byte[] file : List.of(first, second)) {
            assertThatThrownBy(() -> ChangesetSpec.decode(file))
                    .isInstanceOf(UnsupportedFormatVersionException.class)
                    .hasMessageContaining("pre-release of Litestream 0.5");
        }
    }

    @Test
    void hugeSizesAllocateNothing() {
        byte[] a = new byte[512];
        LtxHeader header = LtxHeader.of(new PageSize(512), Integer.MAX_VALUE, TxRange.of(2, 3), 1);
        byte[] hugeIndex = {127, -1, -1, -1, -1, -1, -1, -1};
        List<byte[]> files = List.of(
                RawLtx.of(header).block(1, Integer.MAX_VALUE, new byte[10], a).finish(),
                RawLtx.of(header).block(1, -1, new byte[10], a).finish(),
                RawLtx.of(header).block(1, 0, new byte[10], a).finish(),
                RawLtx.of(header).block(1, a).finish(new byte[] {0}, hugeIndex, 0),
                RawLtx.of(header).block(1, a).finish(new byte[] {0}, new byte[] {0, 0, 0, 0, 127, -1, -1, -1}, 0),
                RawLtx.of(header)
                        .oldFrame(1, new byte[] {4, 34, 77, 24, 100, 64, -89, -1, -1, -1, 127}, a)
                        .finish(),
                RawLtx.of(header)
                        .oldFrame(1, new byte[] {4, 34, 77, 24, 100, 112, -71, -1, -1, -1, -1}, a)
                        .finish());
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (Reading reading : READINGS) {
            for (byte[] file : files) {
                long before = threads.getCurrentThreadAllocatedBytes();
                assertThatThrownBy(() -> reading.read(file)).isInstanceOf(CorruptChangesetException.class);
                assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(2_000_000);
            }
        }
    }

    @Test
    void aFailedHeaderClosesTheStream() {
        boolean[] closed = new boolean[1];
        ByteArrayInputStream in = new ByteArrayInputStream(new byte[200]) {
            @Override
            public void close() {
                closed[0] = true;
            }
        };
        assertThatThrownBy(() -> new LtxDecoder(in, "x")).isInstanceOf(CorruptChangesetException.class);
        assertThat(closed[0]).isTrue();
    }
}
