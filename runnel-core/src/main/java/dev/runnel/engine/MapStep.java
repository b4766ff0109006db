package dev.runnel.engine;

import dev.runnel.capture.PageMap;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxDecoder;
import dev.runnel.ltx.LtxHeader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What an LTX file does to a page map, read and verified to its end before anything of it is believed. */
final class MapStep {

    private static final int BUFFER = 1 << 16;

    private final LtxHeader header;
    private int[] pages = new int[64];
    private long[] checksums = new long[64];
    private int count;

    private MapStep(LtxHeader header) {
        this.header = header;
    }

    /**
     * Reads a file.
     *
     * @throws CorruptChangesetException if it is damaged
     */
    static MapStep read(InputStream in, String resource) throws IOException {
        try (LtxDecoder decoder = new LtxDecoder(new BufferedInputStream(in, BUFFER), resource)) {
            MapStep step = new MapStep(decoder.header());
            while (decoder.next()) {
                step.add(decoder.pageNumber(), decoder.pageChecksum());
            }
            decoder.finish();
            return step;
        }
    }

    private void add(int page, long checksum) {
        if (count == pages.length) {
            pages = Arrays.copyOf(pages, Math.multiplyExact(count, 2));
            checksums = Arrays.copyOf(checksums, pages.length);
        }
        pages[count] = page;
        checksums[count++] = checksum;
    }

    LtxHeader header() {
        return header;
    }

    /**
     * Brings a map forward.
     *
     * @param map is changed; null for none yet
     */
    PageMap apply(@Nullable PageMap map) {
        PageMap result = map == null || header.isSnapshot() ? new PageMap(header.pageSize()) : map;
        for (int i = 0; i < count; i++) {
            result.set(pages[i], checksums[i]);
        }
        result.resize(header.commit());
        return result;
    }
}
