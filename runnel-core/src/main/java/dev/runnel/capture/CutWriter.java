package dev.runnel.capture;

import dev.runnel.capture.LongRead.Purpose;
import dev.runnel.ltx.LtxEncoder;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.LtxTrailer;
import dev.runnel.ltx.Proof;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.wal.Salts;
import dev.runnel.wal.WalHeader;
import dev.runnel.wal.WalState;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what a cut took to LTX files, and keeps the page map in step with them. */
final class CutWriter {

    private static final Logger LOG = LoggerFactory.getLogger(CutWriter.class);
    /** A clock that is set back by less is waited for. */
    private static final Duration WRONG_CLOCK = Duration.ofMinutes(10);

    private final StateDirectory state;
    private final String file;
    private final Runnable meanwhile;
    private @Nullable TxId txId;
    private @Nullable PageMap map;
    private long timestampMillis;
    private final long floorMillis;
    private @Nullable Position position;
    /** As of the newest transaction; null before the first cut. */
    private byte @Nullable [] pageOne;

    /** The one that is kept in local state; null before it is. */
    private byte @Nullable [] keptPageOne;

    private long spools;

    /**
     * @param file distinguishes the database's file from others
     * @param meanwhile runs often while a file is written, and takes no longer than a look
     */
    CutWriter(StateDirectory state, History history, String file, Runnable meanwhile) {
        this.file = file;
        this.meanwhile = meanwhile;
        this.state = state;
        this.txId = history.txId();
        this.map = history.map();
        this.timestampMillis = history.timestampMillis();
        this.floorMillis = history.floorMillis();
        this.position = history.position();
    }

    @Nullable
    TxId txId() {
        return txId;
    }

    History history() {
        return new History(txId, map, position, timestampMillis, floorMillis);
    }

    /** The map of the newest transaction; null before the first. */
    @Nullable
    PageMap map() {
        return map;
    }

    /** The map, if it is of a database with this page size. */
    @Nullable
    PageMap mapFor(PageSize pageSize) {
        return map != null && map.pageSize().equals(pageSize) ? map : null;
    }

    FrameSpool newSpool() throws IOException {
        return new FrameSpool(state.temporaryFile("spool-" + ++spools));
    }

    /**
     * Writes one level 0 file, or the first file of a history.
     *
     * @param spool the pages
     * @param taken of what state they are
     * @return null when nothing differs from the newest transaction
     */
    @Nullable
    CutFile writeCut(FrameSpool spool, Taken taken) throws IOException {
        int pageCount = taken.pageCount();
        WalState seen = taken.seen();
        Position reached = Position.of(seen);
        PageMap old = mapFor(seen.pageSize());
        int[] pages = spool.pages(pageCount);
        if (keptPageOne == null) { // before the first file: were we killed between them, nobody knew whose that is
            keepIdentity(taken.pageOne());
        }
        TxId known = txId;
        if (old != null && known != null && pages.length == 0 && pageCount == old.pageCount()) {
            position = reached;
            pageOne = taken.pageOne();
            state.savePosition(known, reached);
            return null;
        }
        TxId next = known == null ? TxId.FIRST : known.next();
        TxRange range = new TxRange(old == null ? TxId.FIRST : next, next);
        PageMap base = old == null ? new PageMap(seen.pageSize()) : old;
        long millis = timestamp(taken.asOf());
        LtxHeader header = LtxHeader.of(seen.pageSize(), pageCount, range, millis)
                .withProof(new Proof(base.databaseChecksum(), base.checksumWith(spool, pages, pageCount)));
        Position before = position;
        int start =
                before != null && before.salts().equals(seen.salts()) ? Math.min(before.frames(), seen.mxFrame()) : 0;
        // First, so that a file is there only when nothing can fail any more, and is never there without its caller
        // knowing. A position without its file is one of an unknown transaction, and counts for nothing.
        state.savePosition(next, reached);
        CutFile written = write(withWal(header, seen, start), spool, pageCount, state.level0File(range));
        base.apply(spool, pages, pageCount);
        map = base;
        txId = next;
        timestampMillis = millis;
        position = reached;
        pageOne = taken.pageOne();
        return written;
    }

    /**
     * Never before the last one, but where that was told by a clock that was ahead meanwhile: or all would have its time
     * until that comes. A clock that is behind what an earlier process has left is wrong itself.
     */
    private long timestamp(Instant asOf) {
        long now = asOf.toEpochMilli();
        boolean wasAhead = timestampMillis - now > WRONG_CLOCK.toMillis() && now >= floorMillis;
        return wasAhead ? now : Math.max(timestampMillis, now);
    }

    @Nullable
    PageOne pageOne() {
        return pageOne == null ? null : PageOne.of(pageOne);
    }

    /** Keeps beside the files whose they are, as of the newest transaction; nothing before the first cut, which does so. */
    void keepIdentity() throws IOException {
        if (pageOne != null && !Arrays.equals(pageOne, keptPageOne)) {
            keepIdentity(pageOne);
        }
    }

    private void keepIdentity(byte[] page) throws IOException {
        state.saveIdentity(page, file);
        keptPageOne = page;
    }

    /**
     * Writes a snapshot of the newest transaction.
     *
     * @return null, and nothing is written, where the pages that were read are not those of the map: something changed
     *     them past the WAL, and a page diff must come first
     */
    @Nullable
    CutFile writeSnapshot(FrameSpool spool, int pageCount, WalState seen) throws IOException {
        TxId newest = txId;
        PageMap current = map;
        if (newest == null || current == null) {
            throw new IllegalStateException("a snapshot is taken of a transaction");
        }
        PageMap nothing = new PageMap(current.pageSize());
        if (nothing.checksumWith(spool, spool.pages(pageCount), pageCount) != current.databaseChecksum()) {
            LOG.atWarn()
                    .addKeyValue("txid", newest)
                    .log("pages of the database changed, and no frame of the WAL told of it: looking for them");
            return null;
        }
        LtxHeader header = LtxHeader.of(seen.pageSize(), pageCount, new TxRange(TxId.FIRST, newest), timestampMillis)
                .withProof(new Proof(Proof.EMPTY_DATABASE, current.databaseChecksum()));
        // As Litestream does: the last frame, so that whoever takes over knows where the WAL stood.
        LtxHeader placed = withWal(header, seen, Math.max(0, seen.mxFrame() - 1));
        return write(placed, spool, pageCount, state.temporaryFile("snapshot-" + newest + ".ltx"));
    }

    private static LtxHeader withWal(LtxHeader header, WalState seen, int startFrame) {
        if (seen.salts().equals(Salts.NONE)) {
            return header;
        }
        long size = (long) (seen.mxFrame() - startFrame) * WalHeader.frameSize(seen.pageSize());
        return header.withWal(
                WalHeader.frameOffset(seen.pageSize(), startFrame + 1),
                size,
                seen.salts().salt1(),
                seen.salts().salt2());
    }

    private CutFile write(LtxHeader header, FrameSpool spool, int pageCount, Path target) throws IOException {
        Path temporary = state.temporaryFile(target.getFileName() + ".tmp");
        LtxTrailer trailer;
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary), 1 << 16)) {
            LtxEncoder encoder = new LtxEncoder(out, header);
            spool.writeTo(encoder, pageCount, meanwhile);
            trailer = encoder.finish();
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw new IOException(
                    "cannot write " + target + " (" + e.getMessage() + "); make room there;"
                            + " changes stay in the WAL and are captured when it can be written",
                    e);
        }
        state.publish(temporary, target);
        return new CutFile(target, header, trailer.fileSize(), spool.pages(pageCount).length);
    }

    /**
     * What a cut took under the locks, to be written after they are let go.
     *
     * @param asOf nothing that was committed later is in it, and what was committed earlier is, but for what came between the
     *     look and the reading of the clock, however long it takes to write it
     * @param pageOne image of page 1
     */
    record Taken(
            @Nullable FrameSpool cut,
            @Nullable LongRead closed,
            int pageCount,
            WalState seen,
            Instant asOf,
            byte[] pageOne) {

        boolean closes(Purpose purpose) {
            return closed != null && closed.purpose() == purpose;
        }

        /** Lets go what the cut itself took; the long read that it closes is its owner's. */
        void release() throws IOException {
            if (cut != null) {
                cut.close();
            }
        }
    }
}
