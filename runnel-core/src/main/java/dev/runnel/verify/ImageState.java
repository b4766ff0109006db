package dev.runnel.verify;

import dev.runnel.capture.PageMap;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;

/** The checksums of all pages as of a transaction, brought forward file by file. Not thread-safe. */
final class ImageState {

    private final PageMap map;
    private TxId txId;
    private boolean proved;

    private ImageState(PageMap map, TxId txId, boolean proved) {
        this.map = map;
        this.txId = txId;
        this.proved = proved;
    }

    /** The database of a file that holds all of it. */
    static ImageState of(FileDigest base) {
        ImageState state = new ImageState(new PageMap(base.header().pageSize()), base.max(), false);
        state.apply(base);
        return state;
    }

    /** A copy of a state that was verified. */
    static ImageState of(VerifiedState verified) {
        return new ImageState(copy(verified.map()), verified.txId(), true);
    }

    private static PageMap copy(PageMap map) {
        PageMap copy = new PageMap(map.pageSize());
        for (int page = 1; page <= map.pageCount(); page++) {
            if (page != map.pageSize().lockPage()) {
                copy.set(page, map.get(page));
            }
        }
        copy.resize(map.pageCount());
        return copy;
    }

    TxId txId() {
        return txId;
    }

    /** Whether a proof said that this is the database. */
    boolean isProved() {
        return proved;
    }

    PageMap map() {
        return map;
    }

    PageSize pageSize() {
        return map.pageSize();
    }

    long checksum() {
        return map.databaseChecksum();
    }

    /** Whether a file can be applied: it joins or overlaps, and reaches further. */
    boolean precedes(FileDigest next) {
        return next.file().txIds().extendsFrom(txId);
    }

    /** Whether a file begins where this state ends, so that its checksum before is that of this state. */
    boolean adjoins(FileDigest next) {
        return next.min().value() == txId.value() + 1;
    }

    /** Checksum of the database after a file. */
    long checksumAfter(FileDigest next) {
        long sum = map.databaseChecksum();
        int commit = next.header().commit();
        int[] pages = next.pages();
        for (int i = 0; i < pages.length; i++) {
            sum ^= map.get(pages[i]) ^ next.checksums()[i];
        }
        for (int page = commit + 1; page <= map.pageCount(); page++) {
            sum ^= map.get(page);
        }
        int at = 0;
        for (int page = map.pageCount() + 1; page <= commit; page++) {
            while (at < pages.length && pages[at] < page) {
                at++;
            }
            boolean given = at < pages.length && pages[at] == page;
            if (!given && page != map.pageSize().lockPage()) {
                sum ^= zeros(page);
            }
        }
        return sum | PageChecksums.FLAG;
    }

    /** Brings the state to the end of a file. What a file does not give of the pages by which it grows are zeros. */
    void apply(FileDigest next) {
        int before = map.pageCount();
        int commit = next.header().commit();
        map.resize(commit);
        for (int i = 0; i < next.pages().length; i++) {
            map.set(next.pages()[i], next.checksums()[i]);
        }
        for (int page = before + 1; page <= commit; page++) {
            if (page != map.pageSize().lockPage() && map.get(page) == 0) {
                map.set(page, zeros(page));
            }
        }
        txId = next.max();
        proved = next.post() != 0;
    }

    private long zeros(int page) {
        byte[] zeros = new byte[map.pageSize().bytes()];
        return PageChecksums.of(page, zeros, 0, zeros.length);
    }
}
