package dev.runnel.verify;

import dev.runnel.archive.LtxFile;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxDecoder;
import dev.runnel.ltx.LtxTrailer;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads one LTX file in slices, to its end, with every check that a file allows by itself. Not thread-safe. */
final class DigestReader implements Closeable {

    private static final int BUFFER = 1 << 16;

    private final LtxFile file;
    private final LtxDecoder decoder;
    private int[] pages = new int[64];
    private long[] checksums = new long[64];
    private int count;
    private @Nullable FileDigest digest;

    /**
     * Reads the header.
     *
     * @param file the place that the content must be of
     * @param in its bytes; closed with this reader, also if this constructor fails
     * @throws CorruptChangesetException if the header is damaged, or is that of another file
     */
    DigestReader(LtxFile file, InputStream in, String resource) throws IOException {
        this.file = file;
        this.decoder = new LtxDecoder(new BufferedInputStream(in, BUFFER), resource);
        if (!decoder.header().txIds().equals(file.txIds())) {
            decoder.close();
            throw new CorruptChangesetException(
                    resource,
                    16,
                    "transactions " + file.txIds() + " as its name says",
                    "" + decoder.header().txIds());
        }
    }

    /**
     * Reads on.
     *
     * @param maxPages pages to read at most
     * @return whether the file was read to its end, and all of it is right
     */
    boolean read(int maxPages) throws IOException {
        for (int i = 0; i < maxPages; i++) {
            if (!decoder.next()) {
                LtxTrailer trailer = decoder.finish();
                digest = new FileDigest(
                        file.withExactTime(decoder.header().timestamp()),
                        decoder.header(),
                        new FileDigest.End(trailer.postApply(), trailer.fileChecksum(), trailer.fileSize()),
                        Arrays.copyOf(pages, count),
                        Arrays.copyOf(checksums, count));
                return true;
            }
            if (count == pages.length) {
                pages = Arrays.copyOf(pages, Math.multiplyExact(count, 2));
                checksums = Arrays.copyOf(checksums, pages.length);
            }
            pages[count] = decoder.pageNumber();
            checksums[count] = decoder.pageChecksum();
            count++;
        }
        return false;
    }

    /** The file, once {@link #read} returned true. */
    FileDigest digest() {
        if (digest == null) {
            throw new IllegalStateException("not read to its end: " + file);
        }
        return digest;
    }

    @Override
    public void close() throws IOException {
        decoder.close();
    }
}
