package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.ltx.FrameCodec;
import dev.runnel.ltx.LtxDecoder;
import dev.runnel.ltx.LtxEncoder;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.ltx.PageFrame;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxRange;
import dev.runnel.testing.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameSpoolTest {

    private static final PageSize PAGE_SIZE = new PageSize(4096);

    @TempDir
    Path directory;

    /** Few pages stay in memory; many go to a file; replaced pages of both kinds come back in their newest image. */
    @ParameterizedTest
    @CsvSource({"50,0", "2000,0", "2000,500", "3000,3000"})
    void pagesComeBackInOrderAndInTheirNewestImage(int puts, int replaced) throws IOException {
        Random random = Seeds.random("FrameSpoolTest");
        Path file = directory.resolve("spool");
        FrameCodec codec = new FrameCodec(PAGE_SIZE);
        TreeMap<Integer, byte[]> model = new TreeMap<>();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int last = 2500;
        try (FrameSpool spool = new FrameSpool(file)) {
            for (int i = 0; i < puts + replaced; i++) {
                int page = i < puts ? 1 + random.nextInt(3000) : model.firstKey() + random.nextInt(50);
                byte[] image = new byte[4096];
                random.nextBytes(image);
                if (random.nextInt(3) == 0) {
                    java.util.Arrays.fill(image, 100, 4096, (byte) page);
                }
                PageFrame frame = codec.compress(page, image, 0);
                spool.put(frame, PageChecksums.of(page, image, 0, 4096));
                model.put(page, image);
            }
            assertThat(spool.size()).isEqualTo(model.size());
            model.forEach((page, image) -> {
                assertThat(spool.contains(page)).isTrue();
                assertThat(spool.checksum(page)).isEqualTo(PageChecksums.of(page, image, 0, 4096));
            });
            assertThat(spool.contains(3001)).isFalse();
            assertThat(spool.pages(last))
                    .isEqualTo(model.headMap(last, true).keySet().stream()
                            .mapToInt(Integer::intValue)
                            .toArray());
            LtxEncoder encoder = new LtxEncoder(out, LtxHeader.of(PAGE_SIZE, last, TxRange.of(2, 2), 0));
            spool.writeTo(encoder, last, () -> {});
            encoder.finish();
        }
        assertThat(file).doesNotExist();
        try (LtxDecoder ltx = new LtxDecoder(new ByteArrayInputStream(out.toByteArray()), "spooled")) {
            for (int page : model.headMap(last, true).keySet()) {
                assertThat(ltx.next()).isTrue();
                assertThat(ltx.pageNumber()).isEqualTo(page);
                assertThat(ltx.page()).isEqualTo(model.get(page));
            }
            assertThat(ltx.next()).isFalse();
            ltx.finish();
        }
    }

    @Test
    void anEmptySpool() throws IOException {
        try (FrameSpool spool = new FrameSpool(directory.resolve("spool"))) {
            assertThat(spool.pages(Integer.MAX_VALUE)).isEmpty();
            assertThat(spool.size()).isZero();
            assertThat(spool.bytes()).isZero();
        }
    }
}
