package dev.runnel.ltx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.PageSize;
import dev.runnel.model.TxRange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Files of the Go library and of the real Litestream. */
class LtxVectorsTest {

    private static final Path FIXTURES = Path.of(System.getProperty("runnel.fixtures"));
    private static final Path VECTORS = FIXTURES.resolve("ltx-vectors");

    static List<Path> ltxFiles() throws IOException {
        try (Stream<Path> files = Files.walk(FIXTURES)) {
            return files.filter(f -> f.toString().endsWith(".ltx")).sorted().toList();
        }
    }

    static byte[] vector(String name) throws IOException {
        return Files.readAllBytes(VECTORS.resolve(name));
    }

    @ParameterizedTest
    @MethodSource("ltxFiles")
    void decodesBothWaysAndEncodesAgain(Path path) throws IOException {
        byte[] file = Files.readAllBytes(path);
        ChangesetSpec spec = ChangesetSpec.decode(file, path.toString());
        assertThat(ChangesetSpec.decodeByIndex(file)).isEqualTo(spec);

        byte[] again = encodeAgain(spec, file);
        assertThat(ChangesetSpec.decode(again)).isEqualTo(spec);
        assertThat(Arrays.copyOf(again, LtxHeader.SIZE)).isEqualTo(Arrays.copyOf(file, LtxHeader.SIZE));
        if (again.length == file.length) {
            // The payloads may differ, they are not hashed; their sizes and all else must be the same.
            LtxIndex index = index(file);
            int from = (int) index.pagesEnd();
            assertThat(Arrays.copyOfRange(again, from, again.length))
                    .isEqualTo(Arrays.copyOfRange(file, from, file.length));
        }
    }

    @ParameterizedTest
    @MethodSource("ltxFiles")
    void copiedFramesGiveTheSameBytes(Path path) throws IOException {
        byte[] file = Files.readAllBytes(path);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (LtxDecoder decoder = new LtxDecoder(new ByteArrayInputStream(file), path.toString())) {
            LtxEncoder encoder = new LtxEncoder(out, decoder.header());
            boolean old = false;
            while (decoder.next()) {
                old |= decoder.frame() == null;
                encoder.write(decoder.frameOrCompress());
            }
            LtxTrailer read = decoder.finish();
            LtxTrailer written = decoder.header().hasChecksums() ? encoder.finish(read.postApply()) : encoder.finish();
            assertThat(old).isEqualTo(path.getFileName().toString().startsWith("frame-"));
            if (!old) {
                assertThat(written).isEqualTo(read);
                assertThat(out.toByteArray()).isEqualTo(file);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "block-nochk-0000000000000002-0000000000000002.ltx, a5fb9b5a60441be3, 0000000000000000, 466",
        "frame-nochk-0000000000000002-0000000000000002.ltx, ef0257b4ed526277, 0000000000000000, 496",
        "snapshot-chk-0000000000000001-0000000000000001.ltx, a38207bf5cf8ba61, 871ac267a4fd1417, -1",
    })
    void trailersAreAsListed(String name, String fileChecksum, String postApply, long size) throws IOException {
        byte[] file = vector(name);
        try (LtxDecoder decoder = new LtxDecoder(new ByteArrayInputStream(file), name)) {
            LtxTrailer trailer = decoder.finish();
            assertThat(Proof.hex(trailer.fileChecksum())).isEqualTo(fileChecksum);
            assertThat(Proof.hex(trailer.postApply())).isEqualTo(postApply);
            assertThat(trailer.fileSize()).isEqualTo(size < 0 ? file.length : size);
            assertThat(decoder.finish()).isEqualTo(trailer);
        }
    }

    @Test
    void blockVectorHasTheContentOfItsDescription() throws IOException {
        ChangesetSpec spec = ChangesetSpec.decode(vector("block-nochk-0000000000000002-0000000000000002.ltx"));
        LtxHeader header = LtxHeader.of(new PageSize(512), 3, TxRange.of(2, 2), 1_700_000_000_123L)
                .withWal(32, 1072, 0x11223344, 0x55667788);
        byte[] first = new byte[512];
        Arrays.fill(first, (byte) 0x41);
        byte[] third = new byte[512];
        for (int i = 0; i < third.length; i++) {
            third[i] = (byte) (i * 7 + i / 256);
        }
        assertThat(spec)
                .isEqualTo(new ChangesetSpec(
                        header, List.of(new ChangesetSpec.PageSpec(1, first), new ChangesetSpec.PageSpec(3, third))));
        assertThat(spec.header().timestamp()).isEqualTo(Instant.parse("2023-11-14T22:13:20.123Z"));
        assertThat(ChangesetSpec.decode(vector("frame-nochk-0000000000000002-0000000000000002.ltx")))
                .isEqualTo(spec);
    }

    @Test
    void pageChecksumsAreAsListed() throws IOException {
        assertThat(pageChecksums("snapshot-chk-0000000000000001-0000000000000001.ltx"))
                .containsExactly("e1b3111ab98cc555", "e6a9d37d1d71d142");
        assertThat(pageChecksums("real-chk-0000000000000001-0000000000000005.ltx"))
                .startsWith("b15319b5572b1938", "b2f6768fc0253b26");
        assertThat(pageChecksums("real-nochk-0000000000000001-0000000000000005.ltx"))
                .startsWith("b15319b5572b1938", "b2f6768fc0253b26");
    }

    @Test
    void realSnapshotsAreTheDatabase() throws IOException {
        byte[] db = Files.readAllBytes(VECTORS.resolve("real.db"));
        for (String name : List.of("real-chk", "real-nochk")) {
            ChangesetSpec spec = ChangesetSpec.decode(vector(name + "-0000000000000001-0000000000000005.ltx"));
            ByteArrayOutputStream image = new ByteArrayOutputStream();
            spec.pages().forEach(p -> image.writeBytes(p.data()));
            assertThat(image.toByteArray()).isEqualTo(db);
            assertThat(Proof.hex(spec.databaseChecksum())).isEqualTo("b781accc3aac5ee3");
        }
    }

    @Test
    void lockPageIsLeftOut() throws IOException {
        ChangesetSpec spec = ChangesetSpec.decode(vector("lockpage-0000000000000007-0000000000000007.ltx"));
        assertThat(spec.pages()).extracting(ChangesetSpec.PageSpec::pgno).containsExactly(16384, 16386);
    }

    @Test
    void incompressiblePageIsABlockLargerThanThePage() throws IOException {
        byte[] file = vector("incompressible-0000000000000001-0000000000000001.ltx");
        try (LtxDecoder decoder = new LtxDecoder(new ByteArrayInputStream(file), "incompressible")) {
            assertThat(decoder.next()).isTrue();
            PageFrame frame = Objects.requireNonNull(decoder.frame());
            assertThat(frame.payloadSize()).isEqualTo(515);
        }
    }

    @Test
    void compactionGivesTheCompactedVector() throws IOException {
        byte[] expected = vector("compact-out-0000000000000002-0000000000000003.ltx");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (LtxDecoder first = open("frame-nochk-0000000000000002-0000000000000002.ltx");
                LtxDecoder second = open("compact-in2-0000000000000003-0000000000000003.ltx")) {
            LtxMerge.Result result = LtxMerge.merge(List.of(first, second), out);
            assertThat(result.trailer().fileSize()).isEqualTo(out.size());
            assertThat(result.pages())
                    .isEqualTo(ChangesetSpec.decode(expected).pages().size());
        }
        assertThat(ChangesetSpec.decode(out.toByteArray())).isEqualTo(ChangesetSpec.decode(expected));
    }

    @Test
    void compactionOfRealFilesGivesRealCompactedFiles() throws IOException {
        Path replica = FIXTURES.resolve("litestream-0.5-4k/replica/ltx");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] second = Files.readAllBytes(replica.resolve("1/0000000000000002-0000000000000002.ltx"));
        byte[] third = Files.readAllBytes(replica.resolve("1/0000000000000003-0000000000000003.ltx"));
        try (LtxDecoder a = new LtxDecoder(new ByteArrayInputStream(second), "2");
                LtxDecoder b = new LtxDecoder(new ByteArrayInputStream(third), "3")) {
            LtxMerge.merge(List.of(a, b), out);
        }
        byte[] expected = Files.readAllBytes(replica.resolve("2/0000000000000002-0000000000000003.ltx"));
        assertThat(out.toByteArray()).isEqualTo(expected);
    }

    private static LtxDecoder open(String name) throws IOException {
        return new LtxDecoder(new ByteArrayInputStream(vector(name)), name);
    }

    private static List<String> pageChecksums(String name) throws IOException {
        List<String> checksums = new ArrayList<>();
        try (LtxDecoder decoder = open(name)) {
            while (decoder.next()) {
                checksums.add(Proof.hex(decoder.pageChecksum()));
            }
            decoder.finish();
        }
        return checksums;
    }

    private static LtxIndex index(byte[] file) throws IOException {
        return LtxIndex.parse(file, file.length, LtxHeader.decode(file, "file"), "file");
    }

    private static byte[] encodeAgain(ChangesetSpec spec, byte[] file) throws IOException {
        if (!spec.header().hasChecksums() || spec.header().isSnapshot()) {
            return spec.encode();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LtxEncoder encoder = new LtxEncoder(out, spec.header());
        FrameCodec codec = new FrameCodec(spec.header().pageSize());
        for (ChangesetSpec.PageSpec page : spec.pages()) {
            encoder.write(codec.compress(page.pgno(), page.data(), 0));
        }
        encoder.finish(Bytes.getLong(file, file.length - 16));
        return out.toByteArray();
    }
}
