package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.ltx.LtxDecoder;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.ltx.Proof;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A plain copy of the database, kept up by applying LTX files, and the strictest reader of them: TXIDs without a gap, the
 * chain of proofs, and the checksum after each file recomputed from the bytes of the copy.
 */
final class Replica {

    private final Path file;
    private @Nullable LtxHeader last;

    Replica(Path file) {
        this.file = file;
    }

    Path file() {
        return file;
    }

    @Nullable
    LtxHeader last() {
        return last;
    }

    /** Applies a file and verifies all that can be verified. Returns the number of pages in it. */
    int apply(CutFile cut) throws IOException {
        int pages = 0;
        try (LtxDecoder ltx = new LtxDecoder(
                        new BufferedInputStream(Files.newInputStream(cut.path())),
                        cut.path().getFileName().toString());
                FileChannel copy = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            LtxHeader header = ltx.header();
            assertThat(header).isEqualTo(cut.header());
            verifyPlace(header);
            int pageSize = header.pageSize().bytes();
            if (header.isSnapshot()) {
                copy.truncate(0);
            }
            while (ltx.next()) {
                write(copy, ltx.page(), header.pageSize().offsetOf(ltx.pageNumber()));
                pages++;
            }
            assertThat(ltx.finish().fileSize())
                    .isEqualTo(Files.size(cut.path()))
                    .isEqualTo(cut.size());
            long length = (long) header.commit() * pageSize;
            copy.truncate(length);
            if (copy.size() < length) {
                copy.write(ByteBuffer.allocate(1), length - 1); // the lock page is the last one
            }
            last = header;
        }
        assertThat(pages).isEqualTo(cut.pages());
        Proof proof = last.proof();
        assertThat(proof).isNotNull();
        assertThat(databaseChecksum(file, last.pageSize().bytes()))
                .as("post-apply checksum of %s", last.txIds())
                .isEqualTo(proof.postApply());
        return pages;
    }

    /** Leaves holes where there is nothing but zeros, so that a large database costs little. */
    private static void write(FileChannel copy, byte[] page, long at) throws IOException {
        if (at < copy.size() || Arrays.mismatch(page, new byte[page.length]) >= 0) {
            copy.write(ByteBuffer.wrap(page), at);
        }
    }

    private void verifyPlace(LtxHeader header) {
        Proof proof = header.proof();
        assertThat(proof).isNotNull();
        LtxHeader before = last;
        if (before == null || header.isSnapshot()) {
            assertThat(header.isSnapshot()).isTrue();
            assertThat(proof.preApply()).isEqualTo(Proof.EMPTY_DATABASE);
        } else {
            assertThat(header.txIds().min()).isEqualTo(before.txIds().max().next());
            assertThat(header.txIds().max()).isEqualTo(header.txIds().min());
            Proof proofBefore = before.proof();
            assertThat(proofBefore).isNotNull();
            assertThat(proof.preApply()).isEqualTo(proofBefore.postApply());
        }
        if (before != null) {
            assertThat(header.txIds().max().compareTo(before.txIds().max())).isGreaterThanOrEqualTo(0);
            assertThat(header.timestampMillis()).isGreaterThanOrEqualTo(before.timestampMillis());
        }
    }

    /** Checksum of a database, page by page, as the LTX format defines it. */
    static long databaseChecksum(Path database, int pageSize) throws IOException {
        long sum = 0;
        byte[] page = new byte[pageSize];
        long lockPage = 0x4000_0000L / pageSize + 1;
        try (FileChannel in = FileChannel.open(database, StandardOpenOption.READ)) {
            long pages = in.size() / pageSize;
            for (int number = 1; number <= pages; number++) {
                ByteBuffer target = ByteBuffer.wrap(page);
                while (target.hasRemaining()) {
                    in.read(target, (number - 1L) * pageSize + target.position());
                }
                if (number != lockPage) {
                    sum ^= PageChecksums.of(number, page, 0, pageSize);
                }
            }
        }
        return sum | 1L << 63;
    }
}
