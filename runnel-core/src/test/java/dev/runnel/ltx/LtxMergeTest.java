package dev.runnel.ltx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.ltx.ChangesetSpec.PageSpec;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxRange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LtxMergeTest {

    private static final PageSize SIZE = new PageSize(512);
    private static final List<PageSpec> PAGES = ChangesetSpec.pages(512, 9);
    private static final long A = PageChecksums.FLAG | 0xa;
    private static final long B = PageChecksums.FLAG | 0xb;
    private static final long C = PageChecksums.FLAG | 0xc;

    private static byte[] merge(byte[]... files) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        merge(out, files);
        return out.toByteArray();
    }

    private static LtxMerge.Result merge(ByteArrayOutputStream out, byte[]... files) throws IOException {
        List<LtxDecoder> inputs = new ArrayList<>();
        for (byte[] file : files) {
            inputs.add(new LtxDecoder(new ByteArrayInputStream(file), "in" + inputs.size()));
        }
        LtxMerge.Result result = LtxMerge.merge(inputs, out);
        for (LtxDecoder input : inputs) {
            input.close();
        }
        return result;
    }

    private static byte[] file(int commit, long min, long max, @Nullable Proof proof, PageSpec... pages) {
        ChangesetSpec spec = ChangesetSpec.incremental(512, commit, min, max, List.of(pages));
        return spec.with(spec.header().withProof(proof)).encode();
    }

    private static PageSpec page(int pgno, int content) {
        return new PageSpec(pgno, PAGES.get(content).data());
    }

    @Test
    void theNewestImageWinsAndTheLastSizeCuts() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LtxMerge.Result result = merge(
                out,
                file(9, 2, 2, null, page(1, 1), page(3, 1), page(9, 1)),
                file(9, 3, 5, null, page(2, 2), page(3, 2), page(8, 2)),
                file(8, 6, 6, null, page(3, 3)));
        ChangesetSpec merged = ChangesetSpec.decode(out.toByteArray());
        assertThat(merged.pages()).containsExactly(page(1, 1), page(2, 2), page(3, 3), page(8, 2));
        assertThat(merged.header())
                .isEqualTo(LtxHeader.of(SIZE, 8, TxRange.of(2, 6), 1_700_000_000_006L))
                .isEqualTo(result.header());
        assertThat(result.pages()).isEqualTo(4);
        assertThat(result.trailer().fileSize()).isEqualTo(out.size());
    }

    @Test
    void walPositionAndChecksumsOfTheInputsAreDropped() throws IOException {
        LtxHeader first = LtxHeader.of(SIZE, 3, TxRange.of(2, 2), 5).withWal(32, 0, 1, 2);
        LtxHeader second = LtxHeader.of(SIZE, 3, TxRange.of(3, 3), 6).withChecksums(B);
        byte[] merged = merge(
                new ChangesetSpec(first, List.of(page(1, 1))).encode(),
                RawLtx.of(second).block(2, PAGES.get(2).data()).finish(C));
        assertThat(ChangesetSpec.decode(merged).header()).isEqualTo(LtxHeader.of(SIZE, 3, TxRange.of(2, 3), 6));
    }

    @Test
    void oneInputIsCopied() throws IOException {
        byte[] file = file(9, 2, 2, null, page(1, 1), page(3, 1));
        assertThat(merge(file)).isEqualTo(file);
    }

    @Test
    void oldFramesBecomeBlocks() throws IOException {
        ChangesetSpec spec = ChangesetSpec.incremental(512, 9, 2, 2, List.of(page(1, 1), page(3, 1)));
        assertThat(merge(RawLtx.oldForm(spec))).isEqualTo(spec.encode());
    }

    @Test
    void overlapIsAllowedGapsAndRepetitionAreNot() throws IOException {
        byte[] two = file(9, 2, 4, null, page(1, 1));
        assertThat(ChangesetSpec.decode(merge(two, file(9, 3, 5, null, page(2, 2))))
                        .header()
                        .txIds())
                .isEqualTo(TxRange.of(2, 5));
        assertThat(ChangesetSpec.decode(merge(two, file(9, 5, 5, null, page(2, 2))))
                        .header()
                        .txIds())
                .isEqualTo(TxRange.of(2, 5));
        assertThatThrownBy(() -> merge(two, file(9, 6, 6, null)))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContainingAll("in1", "0000000000000002-0000000000000004", "in0");
        assertThatThrownBy(() -> merge(two, file(9, 3, 4, null))).isInstanceOf(CorruptChangesetException.class);
        assertThatThrownBy(() -> merge()).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void pageSizesMustAgree() {
        byte[] other = ChangesetSpec.incremental(1024, 9, 3, 3, List.of()).encode();
        assertThatThrownBy(() -> merge(file(9, 2, 2, null), other))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContainingAll("page size 512", "1024");
    }

    @Test
    void proofsAreJoined() throws IOException {
        assertThat(proofOf(new Proof(A, B), new Proof(B, C))).isEqualTo(new Proof(A, C));
        assertThat(proofOf(new Proof(A, 0), new Proof(B, C))).isEqualTo(new Proof(A, C));
        assertThat(proofOf(new Proof(0, B), new Proof(B, 0))).isNull();
        assertThat(proofOf(null, new Proof(B, C))).isEqualTo(new Proof(0, C));
        assertThat(proofOf(new Proof(A, B), null)).isEqualTo(new Proof(A, 0));
        assertThat(proofOf(null, null)).isNull();
    }

    private static @Nullable Proof proofOf(@Nullable Proof first, @Nullable Proof second) throws IOException {
        return ChangesetSpec.decode(merge(file(9, 2, 2, first, page(1, 1)), file(9, 3, 3, second, page(2, 1))))
                .header()
                .proof();
    }

    @Test
    void contradictingProofsBreakTheChain() throws IOException {
        byte[] first = file(9, 2, 3, new Proof(A, B));
        assertThatThrownBy(() -> merge(first, file(9, 4, 4, new Proof(C, A))))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContainingAll("in0", "in1", "broken proof chain", Proof.hex(B), Proof.hex(C));
        // Of overlapping files nothing is known of the moment between them.
        merge(first, file(9, 3, 4, new Proof(C, A)));
    }

    @Test
    void aMergedSnapshotMustHaveTheChecksumItPromises() throws IOException {
        byte[] base = ChangesetSpec.snapshot(512, 2, PAGES.subList(0, 3)).encode();
        ChangesetSpec whole = ChangesetSpec.snapshot(512, 3, List.of(PAGES.get(0), page(2, 8), PAGES.get(2)));
        byte[] right = file(3, 3, 3, new Proof(0, whole.databaseChecksum()), page(2, 8));
        assertThat(ChangesetSpec.decode(merge(base, right)).pages()).isEqualTo(whole.pages());
        byte[] wrong = file(3, 3, 3, new Proof(0, whole.databaseChecksum()), page(2, 7));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThatThrownBy(() -> merge(out, base, wrong))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContainingAll("in1", "in0", "broken proof chain");
        assertThatThrownBy(() -> ChangesetSpec.decode(out.toByteArray())).isInstanceOf(CorruptChangesetException.class);
    }

    @Test
    void aMergedSnapshotMustBeComplete() {
        byte[] base = ChangesetSpec.snapshot(512, 2, PAGES.subList(0, 3)).encode();
        for (byte[] next : List.of(file(5, 3, 3, null, page(5, 1)), file(5, 3, 3, null, page(4, 1)))) {
            assertThatThrownBy(() -> merge(base, next))
                    .isInstanceOf(CorruptChangesetException.class)
                    .hasMessageContainingAll("snapshot", "in1", "in0");
        }
    }

    @Test
    void anEmptyDatabaseCannotBeMerged() {
        LtxHeader header = LtxHeader.of(SIZE, 0, TxRange.of(2, 2), 1).withChecksums(A);
        byte[] empty = RawLtx.of(header).finish(Proof.EMPTY_DATABASE);
        assertThatThrownBy(() -> merge(empty))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining("at least one page");
    }

    @Test
    void damageDoesNotTravel() {
        byte[] first = file(9, 2, 2, null, page(1, 1), page(3, 1));
        byte[] second = file(9, 3, 3, null, page(1, 2), page(9, 1));
        for (int i = 0; i < 2; i++) {
            byte[] good = i == 0 ? first : second;
            for (int at = 0; at < good.length; at++) {
                byte[] bad = i == 0 ? Arrays.copyOf(good, at) : good.clone();
                if (i == 1) {
                    bad[at] ^= 1;
                }
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                try {
                    merge(out, i == 0 ? bad : first, i == 1 ? bad : second);
                    assertThat(i)
                            .as("a changed payload that decodes to the same page")
                            .isEqualTo(1);
                    assertThat(ChangesetSpec.decode(out.toByteArray()).pages())
                            .containsExactly(page(1, 2), page(3, 1), page(9, 1));
                } catch (IOException e) {
                    assertThat(e)
                            .isInstanceOfAny(CorruptChangesetException.class, UnsupportedFormatVersionException.class);
                    assertThatThrownBy(() -> ChangesetSpec.decode(out.toByteArray()))
                            .isInstanceOf(CorruptChangesetException.class);
                }
            }
        }
    }

    /** A database of random pages that grows, shrinks and changes; each change is a file with a proof. */
    @Test
    void anyRunOfFilesMergesToWhatTheyDoTogether() throws IOException {
        SplittableRandom random = Seed.random("anyRunOfFiles");
        for (int round = 0; round < 150; round++) {
            NavigableMap<Integer, byte[]> db = new TreeMap<>();
            List<byte[]> files = new ArrayList<>();
            List<NavigableMap<Integer, byte[]>> states = new ArrayList<>();
            states.add(new TreeMap<>());
            int size = 512 << random.nextInt(4);
            for (int n = 0; n < 12; n++) {
                NavigableMap<Integer, byte[]> changed = change(db, size, random);
                long before = checksum(states.get(n), size);
                LtxHeader header = LtxHeader.of(new PageSize(size), db.lastKey(), TxRange.of(n + 1, n + 1), 1000 + n)
                        .withProof(new Proof(before, checksum(db, size)));
                ChangesetSpec spec = new ChangesetSpec(header, specs(changed));
                files.add(random.nextInt(3) == 0 ? RawLtx.oldForm(spec) : spec.encode());
                states.add(new TreeMap<>(db));
            }
            for (int i = 0; i < 10; i++) {
                int from = random.nextInt(files.size());
                int to = random.nextInt(from, files.size());
                byte[] merged = merge(files.subList(from, to + 1).toArray(byte[][]::new));
                ChangesetSpec spec = ChangesetSpec.decode(merged);
                assertThat(ChangesetSpec.decodeByIndex(merged)).isEqualTo(spec);
                assertThat(spec.header().txIds()).isEqualTo(TxRange.of(from + 1, to + 1));
                assertThat(spec.header().timestampMillis()).isEqualTo(1000 + to);
                assertThat(spec.header().proof())
                        .isEqualTo(new Proof(checksum(states.get(from), size), checksum(states.get(to + 1), size)));
                NavigableMap<Integer, byte[]> result = new TreeMap<>(states.get(from));
                spec.pages().forEach(p -> result.put(p.pgno(), p.data()));
                result.tailMap(spec.header().commit(), false).clear();
                assertThat(specs(result)).isEqualTo(specs(states.get(to + 1)));
                // Merging merged files gives the same as merging them all at once.
                int middle = random.nextInt(from, to + 1);
                if (middle < to) {
                    byte[] left = merge(files.subList(from, middle + 1).toArray(byte[][]::new));
                    byte[] right = merge(files.subList(middle + 1, to + 1).toArray(byte[][]::new));
                    assertThat(merge(left, right)).isEqualTo(merged);
                }
            }
        }
    }

    private static NavigableMap<Integer, byte[]> change(
            NavigableMap<Integer, byte[]> db, int size, SplittableRandom random) {
        NavigableMap<Integer, byte[]> changed = new TreeMap<>();
        int before = db.isEmpty() ? 0 : db.lastKey();
        int commit = Math.max(1, before + random.nextInt(-3, 6));
        for (int pgno = 1; pgno <= commit; pgno++) {
            if (pgno > before || random.nextInt(4) == 0) {
                changed.put(pgno, ChangesetSpec.randomPage(size, random));
            }
        }
        db.tailMap(commit, false).clear();
        db.putAll(changed);
        return changed;
    }

    private static List<PageSpec> specs(NavigableMap<Integer, byte[]> pages) {
        List<PageSpec> specs = new ArrayList<>();
        pages.forEach((pgno, data) -> specs.add(new PageSpec(pgno, data)));
        return specs;
    }

    private static long checksum(NavigableMap<Integer, byte[]> db, int size) {
        long sum = PageChecksums.FLAG;
        for (var page : db.entrySet()) {
            sum = PageChecksums.FLAG | (sum ^ PageChecksums.of(page.getKey(), page.getValue(), 0, size));
        }
        return sum;
    }
}
