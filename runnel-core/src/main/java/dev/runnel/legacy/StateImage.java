package dev.runnel.legacy;

import dev.runnel.capture.LocalFiles;
import dev.runnel.capture.PageMap;
import dev.runnel.ltx.FrameCodec;
import dev.runnel.ltx.LtxEncoder;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.ltx.Proof;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * A database that goes through states, of which each becomes an LTX file of the pages that changed. Not thread-safe.
 */
final class StateImage implements WalReplay.Image, Closeable {

    private static final int BUFFER_SIZE = 64 << 10;

    /** What helps where the disk is full, beside room. */
    private static final String ELSEWHERE = "choose another directory for temporary files (java.io.tmpdir)";

    private final Path path;
    private final FileChannel channel;
    /** Pages that may differ from {@link #map}. */
    private final BitSet touched = new BitSet();

    /** Everything may differ: another history was begun. */
    private boolean allTouched = true;
    /** Of the newest transaction. */
    private @Nullable PageMap map;

    private @Nullable TxId txId;
    private long firstMillis;
    private long millis;

    /**
     * An LTX file that was made.
     *
     * @param txIds its transactions
     * @param timestamp time in its header
     * @param file where it is
     */
    record Change(TxRange txIds, Instant timestamp, Path file) {}

    StateImage(Path file) throws IOException {
        this.path = file;
        this.channel = FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
    }

    /** Another history begins. */
    void clear() throws IOException {
        channel.truncate(0);
        allTouched = true;
    }

    @Override
    public void write(int firstPage, ByteBuffer pages, PageSize pageSize) throws IOException {
        touched.set(firstPage, firstPage + pages.remaining() / pageSize.bytes());
        long at = pageSize.offsetOf(firstPage);
        try {
            while (pages.hasRemaining()) {
                at += channel.write(pages, at);
            }
        } catch (IOException e) {
            throw LocalFiles.cannotWrite(path, e, ELSEWHERE);
        }
    }

    @Override
    public void truncate(int pages, PageSize pageSize) throws IOException {
        channel.truncate((long) pages * pageSize.bytes());
    }

    /** The newest transaction; null before the first. */
    @Nullable
    TxId txId() {
        return txId;
    }

    /** Time of the first state. */
    Instant firstTime() {
        return Instant.ofEpochMilli(firstMillis);
    }

    /** Time of the newest state. */
    Instant lastTime() {
        return Instant.ofEpochMilli(millis);
    }

    /**
     * Makes a transaction of what changed since the last one; null if nothing did.
     *
     * @param pages size of the database, at least 1
     * @param time of the state; never goes back from one transaction to the next
     */
    @Nullable
    Change advance(PageSize pageSize, int pages, Instant time, Path file) throws IOException {
        PageMap before = map != null && map.pageSize().equals(pageSize) ? map : null;
        PageMap after = before == null ? new PageMap(pageSize) : before;
        int[] changed = changed(after, before == null || allTouched, pages);
        if (before != null && changed.length == 0 && pages == before.pageCount()) {
            touched.clear();
            allTouched = false;
            return null;
        }
        TxId next = txId == null ? TxId.FIRST : txId.next();
        long pre = after.databaseChecksum();
        update(after, changed, pages);
        millis = Math.max(millis, time.toEpochMilli());
        firstMillis = txId == null ? millis : firstMillis;
        TxRange txIds = new TxRange(before == null ? TxId.FIRST : next, next);
        Proof proof = new Proof(before == null ? Proof.EMPTY_DATABASE : pre, after.databaseChecksum());
        write(LtxHeader.of(pageSize, pages, txIds, millis).withProof(proof), changed, file);
        map = after;
        txId = next;
        touched.clear();
        allTouched = false;
        return new Change(txIds, Instant.ofEpochMilli(millis), file);
    }

    /** The newest transaction as a snapshot. */
    Change snapshot(Instant time, Path file) throws IOException {
        PageMap current = map;
        TxId newest = txId;
        if (current == null || newest == null) {
            throw new IllegalStateException("there is no state yet");
        }
        int[] all = all(current.pageSize(), current.pageCount());
        TxRange txIds = new TxRange(TxId.FIRST, newest);
        long at = Math.max(millis, time.toEpochMilli());
        Proof proof = new Proof(Proof.EMPTY_DATABASE, current.databaseChecksum());
        write(LtxHeader.of(current.pageSize(), current.pageCount(), txIds, at).withProof(proof), all, file);
        return new Change(txIds, Instant.ofEpochMilli(at), file);
    }

    /** Pages whose image is not that in the map, ascending; those by which the database grew are always among them. */
    private int[] changed(PageMap known, boolean all, int pages) throws IOException {
        BitSet candidates = new BitSet();
        if (all) {
            candidates.set(1, pages + 1);
        } else {
            candidates.or(touched);
            if (pages > known.pageCount()) {
                candidates.set(known.pageCount() + 1, pages + 1);
            }
        }
        candidates.clear(known.pageSize().lockPage());
        candidates.clear(pages + 1, Math.max(pages + 1, candidates.length()));
        byte[] page = new byte[known.pageSize().bytes()];
        for (int pgno = candidates.nextSetBit(1); pgno >= 0; pgno = candidates.nextSetBit(pgno + 1)) {
            if (pgno <= known.pageCount() && known.get(pgno) == checksum(pgno, page)) {
                candidates.clear(pgno);
            }
        }
        return candidates.stream().toArray();
    }

    private static int[] all(PageSize pageSize, int pages) {
        BitSet all = new BitSet();
        all.set(1, pages + 1);
        all.clear(pageSize.lockPage());
        return all.stream().toArray();
    }

    private void update(PageMap after, int[] changed, int pages) throws IOException {
        byte[] page = new byte[after.pageSize().bytes()];
        after.resize(pages);
        for (int pgno : changed) {
            after.set(pgno, checksum(pgno, page));
        }
    }

    private long checksum(int pgno, byte[] page) throws IOException {
        read(pgno, page);
        return PageChecksums.of(pgno, page, 0, page.length);
    }

    /** Reads a page; one behind the end of the file is zeros. */
    private void read(int pgno, byte[] page) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(page);
        long position = (pgno - 1L) * page.length;
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                Arrays.fill(page, buffer.position(), page.length, (byte) 0);
                return;
            }
        }
    }

    private void write(LtxHeader header, int[] pages, Path file) throws IOException {
        FrameCodec codec = new FrameCodec(header.pageSize());
        byte[] page = new byte[header.pageSize().bytes()];
        try (OutputStream out = new BufferedOutputStream(LocalFiles.create(file, ELSEWHERE), BUFFER_SIZE)) {
            LtxEncoder encoder = new LtxEncoder(out, header);
            for (int pgno : pages) {
                read(pgno, page);
                encoder.write(codec.compress(pgno, page, 0));
            }
            encoder.finish();
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
