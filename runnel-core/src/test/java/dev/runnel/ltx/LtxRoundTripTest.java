package dev.runnel.ltx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.ltx.ChangesetSpec.PageSpec;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxRange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LtxRoundTripTest {

    /** A stream that gives a few bytes at a time. */
    private static final class Dribble extends InputStream {

        private final ByteArrayInputStream in;
        private final SplittableRandom random;

        Dribble(byte[] bytes, SplittableRandom random) {
            this.in = new ByteArrayInputStream(bytes);
            this.random = random;
        }

        @Override
        public int read() {
            return in.read();
        }

        @Override
        public int read(byte[] b, int off, int len) {
            return in.read(b, off, Math.min(len, 1 + random.nextInt(40)));
        }
    }

    @Test
    void filesOfAllPageSizesComeBack() throws IOException {
        SplittableRandom random = Seed.random("filesOfAllPageSizes");
        for (int size = 512; size <= 65536; size *= 2) {
            for (int i = 0; i < 25; i++) {
                ChangesetSpec spec = randomSpec(size, random);
                byte[] file = spec.encode();
                assertThat(ChangesetSpec.decode(file)).isEqualTo(spec);
                assertThat(ChangesetSpec.decodeByIndex(file)).isEqualTo(spec);
                if (!spec.header().hasChecksums()) {
                    assertThat(ChangesetSpec.decode(RawLtx.oldForm(spec))).isEqualTo(spec);
                    assertThat(ChangesetSpec.decodeByIndex(RawLtx.oldForm(spec)))
                            .isEqualTo(spec);
                    RawLtx raw = RawLtx.of(spec.header());
                    spec.pages().forEach(p -> raw.block(p.pgno(), p.data()));
                    assertThat(ChangesetSpec.decode(raw.finish())).isEqualTo(spec);
                }
                try (LtxDecoder decoder = new LtxDecoder(new Dribble(file, random), "dribble")) {
                    LtxTrailer trailer = decoder.finish();
                    assertThat(trailer.fileSize()).isEqualTo(file.length);
                    assertThat(decoder.next()).isFalse();
                }
            }
        }
    }

    private static ChangesetSpec randomSpec(int size, SplittableRandom random) {
        List<PageSpec> pages = new ArrayList<>();
        int count = random.nextInt(size <= 4096 ? 120 : 12);
        boolean snapshot = count > 0 && random.nextInt(2) == 0;
        int pgno = 0;
        for (int i = 0; i < count; i++) {
            pgno += snapshot ? 1 : 1 + random.nextInt(1 << random.nextInt(20));
            pages.add(new PageSpec(pgno, ChangesetSpec.randomPage(size, random)));
        }
        // Without page numbers in the way of the lock page, which has a test of its own.
        pages.removeIf(p -> p.pgno() == new PageSize(size).lockPage());
        long min = snapshot ? 1 : 2 + random.nextLong(1L << 60);
        int commit = snapshot ? pgno : pgno + 1 + random.nextInt(1000);
        LtxHeader header =
                LtxHeader.of(new PageSize(size), commit, TxRange.of(min, min + random.nextInt(100)), random.nextLong());
        if (snapshot && random.nextBoolean()) {
            header = header.withChecksums(0);
        }
        ChangesetSpec spec = new ChangesetSpec(header.withWal(random.nextLong(1, 1L << 50), 5, 6, 7), pages);
        return random.nextInt(3) == 0 && snapshot
                ? spec.with(spec.header().withProof(new Proof(Proof.EMPTY_DATABASE, spec.databaseChecksum())))
                : spec;
    }

    @Test
    void aSnapshotStepsOverTheLockPage() throws IOException {
        PageSize size = new PageSize(65536);
        int lock = size.lockPage();
        PageFrame zero = new FrameCodec(size).compress(1, new byte[65536], 0);
        for (int commit = lock - 1; commit <= lock + 2; commit++) {
            LtxHeader header = LtxHeader.of(size, commit, TxRange.of(1, 1), 0);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            LtxEncoder encoder = new LtxEncoder(out, header);
            for (int pgno = 1; pgno <= commit; pgno++) {
                if (pgno != lock) {
                    encoder.write(new PageFrame(pgno, zero.payload(), 0, zero.payloadSize(), zero.dataCrc()));
                }
            }
            encoder.finish();
            byte[] file = out.toByteArray();
            LtxIndex index = LtxIndex.parse(file, file.length, header, "lock");
            assertThat(index.count()).isEqualTo(commit < lock ? commit : commit - 1);
            assertThat(index.find(lock)).isNegative();
            if (commit == lock + 2) {
                // A gigabyte of zeros: once is enough.
                try (LtxDecoder decoder = new LtxDecoder(new ByteArrayInputStream(file), "lock")) {
                    assertThat(decoder.finish().fileSize()).isEqualTo(file.length);
                }
            }
        }
    }
}
