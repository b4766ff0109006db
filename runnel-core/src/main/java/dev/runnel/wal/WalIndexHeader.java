package dev.runnel.wal;

import dev.runnel.model.PageSize;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Header of the WAL-index ({@code -shm}): the truth about what is committed. Source: SQLite's documentation of the WAL
 * format.
 *
 * @param changeCounter one more at each commit; recovery sets it back
 * @param pageSize page size of the database
 * @param bigEndianChecksum whether the WAL's checksums run over big-endian words
 * @param mxFrame last committed frame, 0 for none
 * @param pageCount size of the database in pages after that frame; 0 when unknown
 * @param frameChecksum running checksum of frame {@code mxFrame}
 * @param salts salts of the WAL
 * @param backfill frames already copied into the database file
 * @param backfillAttempted frames that the newest checkpoint copies, or has copied
 * @param readMarks the five read marks; {@link #MARK_UNUSED} stands for none
 */
public record WalIndexHeader(
        int changeCounter,
        PageSize pageSize,
        boolean bigEndianChecksum,
        int mxFrame,
        int pageCount,
        WalChecksum frameChecksum,
        Salts salts,
        int backfill,
        int backfillAttempted,
        List<Integer> readMarks) {

    /** Bytes to read for {@link #parse}: both copies of the header and the checkpoint information. */
    public static final int SIZE = 136;
    /** Value of an unused read mark. */
    public static final int MARK_UNUSED = 0xffffffff;
    /** File offset of the first lock byte, that of WRITE. */
    public static final int LOCK_BASE = 120;
    /** Lock byte of writers. */
    public static final int LOCK_WRITE = LOCK_BASE;
    /** Lock byte of checkpointers. */
    public static final int LOCK_CHECKPOINT = LOCK_BASE + 1;
    /** Lock byte of the reader slot 0; slot {@code n} is {@code n} bytes further. */
    public static final int LOCK_READ0 = LOCK_BASE + 3;
    /** Lock byte of the dead-man switch. */
    public static final int LOCK_DEAD_MAN = 128;

    private static final int COPY_SIZE = 48;
    private static final int VERSION = 3007000;

    /**
     * Parses the start of a WAL-index.
     *
     * @param bytes at least {@link #SIZE} bytes, read in one call
     * @return null when the header is being written (the copies differ), is not initialised, or is damaged
     */
    public static @Nullable WalIndexHeader parse(byte[] bytes) {
        return parse(bytes, null);
    }

    /**
     * Parses the start of a WAL-index.
     *
     * @param bytes at least {@link #SIZE} bytes, read in one call
     * @param unset the page size where the header has none: as long as no WAL has been written, SQLite leaves 0 there
     * @return null when the header is being written (the copies differ), is not initialised, or is damaged
     */
    public static @Nullable WalIndexHeader parse(byte[] bytes, @Nullable PageSize unset) {
        ByteBuffer native_ = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        for (int at = 0; at < COPY_SIZE; at += 8) {
            if (native_.getLong(at) != native_.getLong(at + COPY_SIZE)) {
                return null;
            }
        }
        if (native_.getInt(0) != VERSION || bytes[12] != 1) {
            return null;
        }
        WalChecksum sum = WalChecksum.ZERO.update(bytes, 0, 40, ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN);
        if (sum.s0() != native_.getInt(40) || sum.s1() != native_.getInt(44)) {
            return null;
        }
        int pageSize = native_.getShort(14) & 0xffff;
        boolean set = PageSize.isValid(pageSize == 1 ? 65536 : pageSize);
        if (!set && (unset == null || pageSize != 0 || native_.getInt(16) != 0)) {
            return null;
        }
        ByteBuffer big = ByteBuffer.wrap(bytes);
        return new WalIndexHeader(
                native_.getInt(8),
                set || unset == null ? PageSize.ofField(pageSize) : unset,
                bytes[13] != 0,
                native_.getInt(16),
                native_.getInt(20),
                new WalChecksum(native_.getInt(24), native_.getInt(28)),
                // Salts stand here as in the WAL header, byte for byte, whatever the order of the machine.
                new Salts(big.getInt(32), big.getInt(36)),
                native_.getInt(96),
                native_.getInt(128),
                List.of(
                        native_.getInt(100),
                        native_.getInt(104),
                        native_.getInt(108),
                        native_.getInt(112),
                        native_.getInt(116)));
    }

    /** Whether every committed frame has been copied into the database file. */
    public boolean isBackfilled() {
        return backfill == mxFrame;
    }

    /** Whether the commits that two headers speak of are the same ones; backfill and read marks may differ. */
    public boolean sameCommits(WalIndexHeader other) {
        return mxFrame == other.mxFrame
                && changeCounter == other.changeCounter
                && pageCount == other.pageCount
                && salts.equals(other.salts)
                && frameChecksum.equals(other.frameChecksum);
    }
}
