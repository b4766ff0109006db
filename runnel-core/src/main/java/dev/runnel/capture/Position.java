package dev.runnel.capture;

import dev.runnel.ltx.LtxHeader;
import dev.runnel.wal.Salts;
import dev.runnel.wal.WalChecksum;
import dev.runnel.wal.WalHeader;
import dev.runnel.wal.WalState;
import org.jspecify.annotations.Nullable;

/**
 * Up to where the WAL was seen.
 *
 * @param salts salts of the WAL
 * @param frames number of the last frame seen, 0 for none
 * @param checksum running checksum of that frame; null when it is not known, as after Litestream, and meaningless when
 *     {@code frames} is 0
 * @param changeCounter the index's count of commits then; meaningless when not {@code indexed}
 * @param indexed whether there was a WAL-index
 */
public record Position(Salts salts, int frames, @Nullable WalChecksum checksum, int changeCounter, boolean indexed) {

    /** The end of what a state tells. */
    public static Position of(WalState state) {
        return new Position(state.salts(), state.mxFrame(), state.checksum(), state.changeCounter(), state.indexed());
    }

    /** What the header of a level 0 file tells, which does not include the checksum; null when it tells of no WAL. */
    public static @Nullable Position of(LtxHeader header) {
        Salts salts = new Salts(header.walSalt1(), header.walSalt2());
        if (salts.equals(Salts.NONE)) {
            return null;
        }
        long end = header.walOffset() + header.walSize() - WalHeader.SIZE;
        return new Position(salts, (int) (end / WalHeader.frameSize(header.pageSize())), null, 0, false);
    }

    /** This position where the index may be another one, so that its count of commits proves nothing. */
    Position uncounted() {
        return new Position(salts, frames, checksum, changeCounter, false);
    }

    Position withChecksum(WalChecksum known) {
        return new Position(salts, frames, known, changeCounter, indexed);
    }
}
