package dev.runnel.ltx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.model.PageSize;
import dev.runnel.model.TxRange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.Test;

/** Each rule that a writer must keep, and what the encoder says if it does not. */
class LtxEncoderTest {

    private static final PageSize SIZE = new PageSize(512);
    private static final int LOCK = SIZE.lockPage();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final FrameCodec codec = new FrameCodec(SIZE);
    private final byte[] data = ChangesetSpec.pages(512, 1).get(0).data();

    private LtxEncoder encoder(int commit, long min) throws IOException {
        return new LtxEncoder(out, LtxHeader.of(SIZE, commit, TxRange.of(min, min), 1));
    }

    private PageFrame page(int pgno) {
        return codec.compress(pgno, data, 0);
    }

    private static void refuses(LtxEncoder encoder, PageFrame frame, String... words) {
        assertThatThrownBy(() -> encoder.write(frame))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(words);
    }

    @Test
    void pagesLieWithinTheDatabase() throws IOException {
        refuses(encoder(3, 2), page(4), "page number from 1 to 3", "got page 4");
        assertThatThrownBy(() -> page(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> page(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void pagesOfIncrementalsAscend() throws IOException {
        LtxEncoder encoder = encoder(9, 2);
        encoder.write(page(2));
        encoder.write(page(5));
        refuses(encoder, page(5), "greater than that of the page before, 5", "got page 5");
        refuses(encoder, page(4), "greater than", "got page 4");
        encoder.write(page(9));
        encoder.finish();
        assertThat(ChangesetSpec.decode(out.toByteArray()).pages())
                .extracting(ChangesetSpec.PageSpec::pgno)
                .containsExactly(2, 5, 9);
    }

    @Test
    void snapshotsStartWithPageOne() throws IOException {
        refuses(encoder(3, 1), page(2), "page 1, the next page of a snapshot", "got page 2");
    }

    @Test
    void snapshotsHaveNoGaps() throws IOException {
        LtxEncoder encoder = encoder(3, 1);
        encoder.write(page(1));
        refuses(encoder, page(3), "page 2, the next page of a snapshot", "got page 3");
        refuses(encoder, page(1), "page 2");
    }

    @Test
    void snapshotsAreComplete() throws IOException {
        LtxEncoder encoder = encoder(3, 1);
        encoder.write(page(1));
        assertThatThrownBy(encoder::finish)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("up to 3", "up to 1");
    }

    @Test
    void theLockPageIsNeverWritten() throws IOException {
        LtxEncoder encoder = encoder(LOCK + 2, 2);
        encoder.write(page(LOCK - 1));
        refuses(encoder, page(LOCK), "lock page 2097153");
        encoder.write(page(LOCK + 1));
        encoder.finish();
    }

    @Test
    void payloadsFitThePage() throws IOException {
        byte[] large = new byte[2000];
        refuses(encoder(3, 2), new PageFrame(1, large, 0, 531, 0), "at most 530 bytes: 531");
        assertThatThrownBy(() -> new PageFrame(1, large, 0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PageFrame(1, large, 1999, 2, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void nothingFollowsTheEnd() throws IOException {
        LtxEncoder encoder = encoder(3, 2);
        encoder.write(page(1));
        encoder.finish();
        assertThatThrownBy(() -> encoder.write(page(2))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(encoder::finish).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anEmptyDatabaseNeedsChecksums() throws IOException {
        assertThatThrownBy(() -> encoder(0, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 pages");
        LtxHeader header = LtxHeader.of(SIZE, 0, TxRange.of(2, 2), 1).withChecksums(PageChecksums.FLAG | 1);
        LtxEncoder encoder = new LtxEncoder(out, header);
        assertThatThrownBy(() -> encoder.finish(PageChecksums.FLAG | 1)).isInstanceOf(IllegalArgumentException.class);
        encoder.finish(Proof.EMPTY_DATABASE);
        assertThat(out.size()).isEqualTo(131);
        assertThat(ChangesetSpec.decode(out.toByteArray()).pages()).isEmpty();
        assertThat(ChangesetSpec.decodeByIndex(out.toByteArray()).pages()).isEmpty();
    }

    @Test
    void postApplyChecksumsBelongToFilesWithChecksums() throws IOException {
        assertThatThrownBy(() -> encoder(3, 2).finish(PageChecksums.FLAG)).isInstanceOf(IllegalStateException.class);
        LtxHeader header = LtxHeader.of(SIZE, 3, TxRange.of(2, 2), 1).withChecksums(PageChecksums.FLAG | 1);
        LtxEncoder encoder = new LtxEncoder(out, header);
        assertThatThrownBy(encoder::finish).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> encoder.finish(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> encoder.finish(5)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void postApplyChecksumOfASnapshotIsThatOfItsPages() throws IOException {
        LtxHeader header = LtxHeader.of(SIZE, 1, TxRange.of(1, 2), 1).withChecksums(0);
        LtxEncoder encoder = new LtxEncoder(out, header);
        encoder.write(page(1));
        long right = PageChecksums.of(1, data, 0, 512);
        assertThatThrownBy(() -> encoder.finish(right ^ 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Proof.hex(right));
        assertThat(encoder.finish(right).postApply()).isEqualTo(right);
    }

    @Test
    void proofOfASnapshotIsThatOfItsPages() throws IOException {
        long right = PageChecksums.of(1, data, 0, 512);
        LtxHeader header = LtxHeader.of(SIZE, 1, TxRange.of(1, 2), 1).withProof(new Proof(0, right ^ 1));
        LtxEncoder encoder = new LtxEncoder(out, header);
        encoder.write(page(1));
        assertThatThrownBy(encoder::finish)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(Proof.hex(right), Proof.hex(right ^ 1));
    }

    @Test
    void theStreamIsNeitherClosedNorFlushedAndGetsAllBytes() throws IOException {
        OutputStream strict = new OutputStream() {
            @Override
            public void write(int b) {
                out.write(b);
            }

            @Override
            public void flush() {
                throw new AssertionError("flushed");
            }

            @Override
            public void close() {
                throw new AssertionError("closed");
            }
        };
        LtxEncoder encoder = new LtxEncoder(strict, LtxHeader.of(SIZE, 3, TxRange.of(2, 2), 1));
        encoder.write(page(1));
        LtxTrailer trailer = encoder.finish();
        assertThat(trailer.fileSize()).isEqualTo(out.size());
        assertThat(trailer.fileChecksum()).isEqualTo(Bytes.getLong(out.toByteArray(), out.size() - 8));
    }

    @Test
    void aFailingStreamFailsTheEncoder() throws IOException {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("disk full");
            }
        };
        LtxEncoder encoder = new LtxEncoder(broken, LtxHeader.of(SIZE, 3, TxRange.of(2, 2), 1));
        encoder.write(page(1));
        assertThatThrownBy(encoder::finish).isInstanceOf(IOException.class).hasMessage("disk full");
    }
}
