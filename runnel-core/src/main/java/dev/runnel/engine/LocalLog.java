package dev.runnel.engine;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.CutFile;
import dev.runnel.capture.StateDirectory;
import dev.runnel.compact.ChangesetSource;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxDecoder;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.UnsupportedFormatVersionException;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The LTX files in the state directory, which the replicas upload and merge from. Thread-safe. */
final class LocalLog {

    private static final Logger LOG = LoggerFactory.getLogger(LocalLog.class);

    private final StateDirectory state;
    private final TreeMap<TxId, Entry> byLast = new TreeMap<>();

    /**
     * One file.
     *
     * @param range its transactions
     * @param size length in bytes
     * @param timestamp time in its header
     */
    record Entry(TxRange range, long size, Instant timestamp) {

        /** Level at which it is stored: what starts at TXID 1 is a snapshot, and stands in no other level. */
        Level level() {
            return range.min().isFirst() ? Level.SNAPSHOT : Level.L0;
        }
    }

    LocalLog(StateDirectory state) {
        this.state = state;
    }

    /**
     * Reads what the directory holds, all of it: nothing there was synced, so that a power loss can have left files that
     * are empty, or whole but for their end. Such a file is deleted, lest it be uploaded.
     */
    synchronized void load() throws IOException {
        byLast.clear();
        for (TxRange range : state.level0Ranges()) {
            try {
                byLast.put(range.max(), verified(range));
            } catch (CorruptChangesetException | UnsupportedFormatVersionException e) {
                LOG.atWarn().addKeyValue("error", e.getMessage()).log("local file is damaged and is left out");
                state.deleteLevel0(range);
            }
        }
    }

    private Entry verified(TxRange range) throws IOException {
        Path file = state.level0File(range);
        try (LtxDecoder decoder =
                new LtxDecoder(new BufferedInputStream(Files.newInputStream(file), 1 << 16), file.toString())) {
            LtxHeader header = decoder.header();
            if (!header.txIds().equals(range)) {
                throw new CorruptChangesetException(
                        file.toString(), 16, "transactions " + range + " as its name says", "" + header.txIds());
            }
            decoder.finish();
            return new Entry(range, Files.size(file), header.timestamp());
        }
    }

    synchronized void clear() {
        byLast.clear();
    }

    synchronized void add(CutFile file) {
        TxRange range = file.header().txIds();
        byLast.put(range.max(), new Entry(range, file.size(), file.header().timestamp()));
    }

    /** The newest transaction; null when there is no file. */
    synchronized @Nullable TxId newest() {
        return byLast.isEmpty() ? null : byLast.lastKey();
    }

    /** The file that brings a replica at {@code position} forward by one step; null when it is not here. */
    synchronized @Nullable Entry after(@Nullable TxId position) {
        var next = position == null ? byLast.firstEntry() : byLast.higherEntry(position);
        if (next == null) {
            return null;
        }
        Entry entry = next.getValue();
        boolean follows = position == null ? entry.range.min().isFirst() : entry.range.extendsFrom(position);
        return follows ? entry : null;
    }

    /** When the first file that a replica at {@code position} lacks was cut; null when none is here. */
    synchronized @Nullable Instant oldestAfter(@Nullable TxId position) {
        var next = position == null ? byLast.firstEntry() : byLast.higherEntry(position);
        return next == null ? null : next.getValue().timestamp;
    }

    /** The file that ends at a transaction; null when it is not here. */
    synchronized @Nullable Entry at(TxId last) {
        return byLast.get(last);
    }

    /** The file of exactly these transactions; null when it is not here. */
    synchronized @Nullable Entry find(TxRange range) {
        Entry entry = byLast.get(range.max());
        return entry != null && entry.range.equals(range) ? entry : null;
    }

    Path path(Entry entry) {
        return state.level0File(entry.range);
    }

    /** A file as it is now; null, and no longer known here, if it is gone. */
    @Nullable
    HeldFile hold(Entry entry) throws IOException {
        try {
            return HeldFile.open(path(entry));
        } catch (NoSuchFileException e) {
            forget(entry, e);
            return null;
        }
    }

    /** All files, in order. */
    synchronized List<Entry> all() {
        return List.copyOf(byLast.values());
    }

    /** Bytes of the files that end after {@code position}; of all if that is null. */
    synchronized long bytesSince(@Nullable TxId position) {
        return (position == null ? byLast : byLast.tailMap(position, false))
                .values().stream().mapToLong(Entry::size).sum();
    }

    /** Bytes of all files. */
    long bytes() {
        return bytesSince(null);
    }

    synchronized int size() {
        return byLast.size();
    }

    /**
     * Deletes files that end at or before {@code position} and are older than {@code before}, but never the newest. What
     * comes before one that is older is older, also if it was cut while a clock was wrong.
     */
    synchronized void prune(TxId position, Instant before) throws IOException {
        TxId last = null;
        for (Entry entry : byLast.headMap(position, true).values()) {
            last = entry.timestamp.isBefore(before) ? entry.range.max() : last;
        }
        while (last != null && byLast.size() > 1 && byLast.firstKey().compareTo(last) <= 0) {
            Entry oldest = byLast.firstEntry().getValue();
            state.deleteLevel0(oldest.range);
            byLast.remove(oldest.range.max());
        }
    }

    /** Drops an entry whose file turned out to be gone. */
    synchronized void forget(Entry entry, NoSuchFileException gone) {
        byLast.remove(entry.range.max(), entry);
    }

    /** The local copies of what a replica holds. */
    ChangesetSource copiesOf(ReplicaArchive replica) {
        return file -> open(file, replica);
    }

    /** Whether there is a local copy of a file of a replica, as {@link #isCopy} knows it. */
    boolean holds(LtxFile file, ReplicaArchive replica) {
        Entry entry = find(file.txIds());
        return entry != null && file.level().equals(Level.L0) && isCopy(entry, file, replica);
    }

    /** Whether the local file of the same name may be the same, so that it is worth learning the time of the other. */
    boolean mayHold(LtxFile file, ReplicaArchive replica) {
        Entry entry = find(file.txIds());
        return entry != null && file.level().equals(Level.L0) && replica.canHold(file, entry.size());
    }

    /** A file of another history can have the same name and length, but was not cut in the same millisecond. */
    private static boolean isCopy(Entry entry, LtxFile file, ReplicaArchive replica) {
        return replica.canHold(file, entry.size())
                && file.exactTime()
                && entry.timestamp().equals(file.createdAt());
    }

    private @Nullable InputStream open(LtxFile file, ReplicaArchive replica) throws IOException {
        Entry entry = holds(file, replica) ? find(file.txIds()) : null;
        if (entry == null) {
            return null;
        }
        try {
            return Files.newInputStream(path(entry));
        } catch (NoSuchFileException e) {
            return null;
        }
    }
}
