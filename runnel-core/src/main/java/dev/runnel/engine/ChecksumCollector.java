package dev.runnel.engine;

import dev.runnel.capture.PageMap;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.model.PageSize;
import dev.runnel.restore.PageChecksumSink;
import java.util.Arrays;

/** Collects page checksums that come from several threads in any order. */
final class ChecksumCollector implements PageChecksumSink {

    private long[] checksums = new long[1024];

    @Override
    public synchronized void page(int pgno, long checksum) {
        if (pgno > checksums.length) {
            checksums = Arrays.copyOf(checksums, Math.max(pgno, Math.multiplyExact(checksums.length, 2)));
        }
        checksums[pgno - 1] = checksum;
    }

    /** The map of a database of {@code pages} pages; those that were not given are zeros. */
    synchronized PageMap toMap(PageSize pageSize, int pages) {
        PageMap map = new PageMap(pageSize);
        byte[] zeros = new byte[pageSize.bytes()];
        for (int page = 1; page <= pages; page++) {
            if (page != pageSize.lockPage()) {
                long checksum = page <= checksums.length ? checksums[page - 1] : 0;
                map.set(page, checksum != 0 ? checksum : PageChecksums.of(page, zeros, 0, zeros.length));
            }
        }
        map.resize(pages);
        return map;
    }
}
