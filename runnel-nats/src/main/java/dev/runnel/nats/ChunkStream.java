package dev.runnel.nats;

import dev.runnel.storage.SingleByte;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

/** The bytes of some pieces, of which the next are on their way while one is read. Confined to one thread. */
final class ChunkStream extends InputStream {

    /** So many bytes are on their way at the same time, or one chunk. */
    private static final int AHEAD_BYTES = 2 * 1024 * 1024;

    private final Bucket bucket;
    private final Iterator<ChunkMap.Piece> pieces;
    private final Deque<Asked> asked = new ArrayDeque<>();
    private final Deque<Loaded> loaded = new ArrayDeque<>();
    private int askedBytes;
    private byte[] chunk = new byte[0];
    private int at;
    private int end;

    private record Asked(ChunkMap.Piece piece, Pending answer) {}

    @SuppressWarnings("ArrayRecordComponent")
    private record Loaded(ChunkMap.Piece piece, byte[] body) {}

    /**
     * Waits for the first pieces, so that 2 MiB are given as they were at one moment.
     *
     * @throws ChunksGoneException if one of them is not there
     */
    ChunkStream(Bucket bucket, List<ChunkMap.Piece> pieces) throws IOException {
        this.bucket = bucket;
        this.pieces = pieces.iterator();
        ask();
        for (Asked first = asked.poll(); first != null; first = asked.poll()) {
            loaded.add(load(first));
        }
    }

    private void ask() {
        while (pieces.hasNext() && (askedBytes == 0 || askedBytes < AHEAD_BYTES)) {
            ChunkMap.Piece piece = pieces.next();
            askedBytes += piece.chunkBytes();
            asked.add(new Asked(piece, bucket.get(piece.which())));
        }
    }

    private Loaded load(Asked next) throws IOException {
        byte[] body = bucket.body(next.answer(), next.piece().which());
        if (body == null) {
            throw new ChunksGoneException("a chunk is missing");
        }
        if (body.length != next.piece().chunkBytes()) {
            throw new ChunksGoneException("a chunk has another size than it should have");
        }
        return new Loaded(next.piece(), body);
    }

    /** Makes the next piece the current one; leaves none if there is none. */
    private void advance() throws IOException {
        Loaded next = loaded.poll();
        if (next == null) {
            Asked waiting = asked.poll();
            if (waiting == null) {
                return;
            }
            next = load(waiting);
        }
        askedBytes -= next.piece().chunkBytes();
        chunk = next.body();
        at = next.piece().from();
        end = at + next.piece().length();
        ask();
    }

    @Override
    public int read() throws IOException {
        return SingleByte.of(this);
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, target.length);
        if (count == 0) {
            return 0;
        }
        if (at == end) {
            advance();
        }
        if (at == end) {
            return -1;
        }
        int given = Math.min(count, end - at);
        System.arraycopy(chunk, at, target, offset, given);
        at += given;
        return given;
    }

    @Override
    public int available() {
        return end - at;
    }
}
