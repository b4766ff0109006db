package dev.runnel.testkit.world;

import dev.runnel.ltx.LtxDecoder;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.Proof;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A database as LTX files make it, applied one after another in the plainest way. */
final class Replayed {

    private Image image = new Image(512, new byte[0]);
    private long txId;

    /** Applies a file, and holds it to its own words. */
    void apply(Path file) throws IOException {
        try (LtxDecoder decoder =
                new LtxDecoder(new BufferedInputStream(Files.newInputStream(file)), file.toString())) {
            LtxHeader header = decoder.header();
            Image base = image;
            if (header.isSnapshot()) {
                base = new Image(header.pageSize().bytes(), new byte[0]);
            } else {
                expect(header.txIds().min().value(), txId + 1, "first transaction of " + file);
                expect(header.pageSize().bytes(), image.pageSize(), "page size of " + file);
            }
            Proof proof = header.proof();
            if (proof == null) {
                throw new AssertionError(file + " has no proof");
            }
            expect(proof.preApply(), base.checksum(), "checksum before " + file);
            byte[] bytes = Arrays.copyOf(base.bytes(), header.commit() * base.pageSize());
            while (decoder.next()) {
                System.arraycopy(
                        decoder.page(), 0, bytes, (decoder.pageNumber() - 1) * base.pageSize(), base.pageSize());
            }
            decoder.finish();
            image = new Image(base.pageSize(), bytes);
            expect(proof.postApply(), image.checksum(), "checksum after " + file);
            txId = header.txIds().max().value();
        }
    }

    private static void expect(long actual, long expected, String what) {
        if (actual != expected) {
            throw new AssertionError(
                    what + " is " + Long.toHexString(actual) + " instead of " + Long.toHexString(expected));
        }
    }

    /** The database; null before the first file. */
    @Nullable
    Image image() {
        return txId == 0 ? null : image;
    }
}
