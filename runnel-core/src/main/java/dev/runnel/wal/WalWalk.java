package dev.runnel.wal;

import dev.runnel.model.PageSize;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Walks the frames of a WAL and verifies salts and running checksum of each, as SQLite's own recovery does.
 *
 * @param frames number of the last valid frame reached; the one before the first walked if none was valid
 * @param checksum running checksum of that frame
 * @param commits frames among those walked that end a transaction
 * @param repeats how many of these repeat the frame before them: another commit of the same page, or the padding that
 *     SQLite writes up to the end of a disk sector where the file system may tear writes ({@code psow=0}); the padding
 *     is part of the commit before it
 */
public record WalWalk(int frames, WalChecksum checksum, int commits, int repeats) {

    private static final int BUFFER_BYTES = 256 * 1024;

    /**
     * Walks frames {@code after + 1} to {@code last}, and stops before the first one that is not valid.
     *
     * @param after number of the frame before the first to walk, 0 for the start of the WAL
     * @param seed running checksum of frame {@code after}; that of the header when it is 0
     * @param last last frame to walk; {@link Integer#MAX_VALUE} for as far as there are valid ones
     */
    public static WalWalk walk(
            ByteSource wal, Format format, int after, WalChecksum seed, int last, FrameVisitor visitor)
            throws IOException {
        int frameSize = WalHeader.frameSize(format.pageSize());
        int perRead = Math.max(1, BUFFER_BYTES / frameSize);
        byte[] bytes = new byte[frameSize * Math.min(perRead, Math.max(1, last - after))];
        WalChecksum checksum = seed;
        int frame = after;
        int commits = 0;
        int repeats = 0;
        long lastCommit = 0; // page and size of the frame before, if that was a commit
        while (frame < last) {
            int wanted = Math.min(bytes.length / frameSize, last - frame);
            ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, wanted * frameSize);
            int got = wal.read(buffer, WalHeader.frameOffset(format.pageSize(), frame + 1)) / frameSize;
            for (int i = 0; i < got; i++) {
                int at = i * frameSize;
                ByteBuffer header = ByteBuffer.wrap(bytes, at, WalHeader.FRAME_HEADER_SIZE);
                int pageNumber = header.getInt(at);
                if (header.getInt(at + 8) != format.salts().salt1()
                        || header.getInt(at + 12) != format.salts().salt2()
                        || pageNumber < 1) {
                    return new WalWalk(frame, checksum, commits, repeats);
                }
                WalChecksum next = checksum.update(bytes, at, 8, format.bigEndianChecksum())
                        .update(
                                bytes,
                                at + WalHeader.FRAME_HEADER_SIZE,
                                format.pageSize().bytes(),
                                format.bigEndianChecksum());
                if (next.s0() != header.getInt(at + 16) || next.s1() != header.getInt(at + 20)) {
                    return new WalWalk(frame, checksum, commits, repeats);
                }
                checksum = next;
                frame++;
                int commitSize = header.getInt(at + 4);
                long commit = commitSize == 0 ? 0 : ((long) pageNumber << 32) | (commitSize & 0xffff_ffffL);
                if (commit != 0) {
                    commits++;
                    repeats += commit == lastCommit ? 1 : 0;
                }
                lastCommit = commit;
                visitor.frame(frame, pageNumber, commitSize);
            }
            if (got < wanted) {
                break;
            }
        }
        return new WalWalk(frame, checksum, commits, repeats);
    }

    /**
     * Tells of frames 1 to {@code last} as SQLite's readers take them: on the word of the index, without their checksums.
     * For a WAL whose chain is broken though the application goes on with it. SQLite before 3.51 leaves frames without
     * salts and checksum behind when a transaction that spilled its cache goes back to a savepoint and then commits;
     * the chain begins anew behind them.
     *
     * @return whether all of these frames are there, each with the right salts or with none
     */
    public static boolean walkUnverified(ByteSource wal, Format format, int last, FrameVisitor visitor)
            throws IOException {
        ByteBuffer header = ByteBuffer.allocate(WalHeader.FRAME_HEADER_SIZE);
        byte[] end = new byte[1];
        long size = WalHeader.frameOffset(format.pageSize(), last + 1);
        if (wal.read(ByteBuffer.wrap(end), size - 1) < 1) {
            return false;
        }
        for (int frame = 1; frame <= last; frame++) {
            header.clear();
            int read = wal.read(header, WalHeader.frameOffset(format.pageSize(), frame));
            boolean unsigned = header.getLong(8) == 0 && header.getLong(16) == 0;
            Salts salts = new Salts(header.getInt(8), header.getInt(12));
            if (read < header.capacity() || header.getInt(0) < 1 || !(unsigned || salts.equals(format.salts()))) {
                return false;
            }
            visitor.frame(frame, header.getInt(0), header.getInt(4));
        }
        return true;
    }

    /**
     * What a walk needs to know of a WAL.
     *
     * @param pageSize page size
     * @param salts salts of valid frames
     * @param bigEndianChecksum order of the words that checksums run over
     */
    public record Format(PageSize pageSize, Salts salts, boolean bigEndianChecksum) {

        /** The format that a WAL header tells. */
        public static Format of(WalHeader header) {
            return new Format(header.pageSize(), header.salts(), header.bigEndianChecksum());
        }
    }
}
