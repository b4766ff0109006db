package dev.runnel.wal;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a WAL says without its index: the frames up to the last one that ends a transaction, as SQLite's recovery would
 * find them.
 *
 * @param header the WAL's header
 * @param mxFrame last committed frame, 0 for none
 * @param pageCount size of the database in pages after that frame, 0 when there is none
 * @param checksum running checksum of that frame, or of the header
 * @param commits number of commits
 */
public record WalRecovery(WalHeader header, int mxFrame, int pageCount, WalChecksum checksum, int commits) {

    /** Scans a WAL; null when it has no valid header, which means that nothing in it counts. */
    public static @Nullable WalRecovery scan(ByteSource wal) throws IOException {
        WalHeader header = WalHeader.read(wal);
        if (header == null) {
            return null;
        }
        int[] lastCommit = new int[2];
        WalWalk all = WalWalk.walk(
                wal, WalWalk.Format.of(header), 0, header.checksum(), Integer.MAX_VALUE, (frame, page, commitSize) -> {
                    if (commitSize != 0) {
                        lastCommit[0] = frame;
                        lastCommit[1] = commitSize;
                    }
                });
        // Frames behind the last commit belong to nobody: their checksum is not that of the last committed one.
        WalChecksum checksum = lastCommit[0] == all.frames()
                ? all.checksum()
                : WalWalk.walk(
                                wal,
                                WalWalk.Format.of(header),
                                0,
                                header.checksum(),
                                lastCommit[0],
                                (frame, page, commitSize) -> {})
                        .checksum();
        return new WalRecovery(header, lastCommit[0], lastCommit[1], checksum, all.commits());
    }
}
