package dev.runnel.nats;

import java.util.ArrayList;
import java.util.List;

/**
 * Where in the stream the chunks of an object are. Other clients make chunks of unequal sizes (Litestream's first has the
 * header of the file), so that only a look at all of them tells where a byte is. Immutable.
 */
final class ChunkMap {

    private final long[] sequences;
    private final long[] ends;

    /** @param ends offset behind each chunk; the array must not change afterwards */
    ChunkMap(long[] sequences, long[] ends) {
        this.sequences = sequences;
        this.ends = ends;
    }

    /** A chunk, or part of one. */
    record Piece(Bucket.Which which, int chunkBytes, int from, int length) {}

    long size() {
        return ends.length == 0 ? 0 : ends[ends.length - 1];
    }

    /** The pieces that make up a range, which lies within the object and is not empty. */
    List<Piece> pieces(long offset, long length) {
        List<Piece> pieces = new ArrayList<>();
        long end = offset + length;
        for (int i = first(offset); i < ends.length && begin(i) < end; i++) {
            long from = Math.max(offset, begin(i));
            long to = Math.min(end, ends[i]);
            pieces.add(
                    new Piece(Bucket.Which.of(sequences[i]), (int) (ends[i] - begin(i)), (int) (from - begin(i)), (int)
                            (to - from)));
        }
        return pieces;
    }

    private long begin(int chunk) {
        return chunk == 0 ? 0 : ends[chunk - 1];
    }

    private int first(long offset) {
        int low = 0;
        int high = ends.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[middle] <= offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
