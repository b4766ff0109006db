package dev.runnel.restore;

import dev.runnel.archive.LtxFile;
import dev.runnel.ltx.HashedRange;
import java.util.BitSet;

/**
 * Consecutive frames of one file: what one thread fetches and decodes at a time.
 *
 * @param source number of the file in the plan
 * @param from first entry of its page index
 * @param to entry behind the last one
 */
record Segment(int source, int from, int to) {

    /** Names a segment whatever the plan. */
    record Key(LtxFile file, int from, int to) {}

    /**
     * What came out of a segment.
     *
     * @param hashed CRC of its frames, for the file checksum
     * @param checksum XOR of the checksums of the pages whose newest image is in it
     * @param newest which entries these pages were, counted from {@link Segment#from}
     */
    record Result(HashedRange hashed, long checksum, BitSet newest) {}
}
