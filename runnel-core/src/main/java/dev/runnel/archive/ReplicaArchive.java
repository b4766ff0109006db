package dev.runnel.archive;

import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectForm;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.storage.UnreadableObjectException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One replica: a store, the layout of its keys and the manifest of what is there. The manifest is listed once by
 * {@link #load} and then follows what this object itself uploads and deletes, so that a steady state needs no listing.
 *
 * <p>Nothing is ever overwritten but by {@link #replaceDamaged}: files are immutable, and one that is there already is
 * compared, not replaced.
 *
 * <p>Thread-safe; meant for one writer at a time. Does not own the store.
 */
public final class ReplicaArchive {

    private static final int FILE_CHECKSUM_SIZE = 8;
    /** More than any form adds to a small content. */
    private static final int FORM_OVERHEAD = 16 << 10;
    /** Bounds the size of one delete request of any store. */
    private static final int DELETE_BATCH = 500;

    private final ObjectStore store;
    private final ReplicaLayout layout;
    private final Object lock = new Object();
    private final Object mapLock = new Object();
    private volatile Manifest manifest = Manifest.EMPTY;
    private @Nullable NavigableSet<TxId> maps;
    /** Files that are there although a listing did not tell; guarded by lock. */
    private Manifest met = Manifest.EMPTY;

    /** A replica whose manifest is empty until {@link #load}. */
    public ReplicaArchive(ObjectStore store, ReplicaLayout layout) {
        this.store = store;
        this.layout = layout;
    }

    /** The same replica through another store, its manifest empty again. */
    public ReplicaArchive through(ObjectStore other) {
        return new ReplicaArchive(other, layout);
    }

    /** Human-readable place for messages, without secrets. */
    public String describe() {
        String path = layout.key("");
        String place = store.describe();
        return path.isEmpty() || path.equals("/") ? place : place + "/" + path.substring(0, path.length() - 1);
    }

    /** Human-readable place of one file. */
    public String describe(LtxFile file) {
        return store.describe() + "/" + layout.key(file);
    }

    /** The store below. */
    public ObjectStore store() {
        return store;
    }

    /** Where the files stand. */
    public ReplicaLayout layout() {
        return layout;
    }

    /** What the replica holds, as far as this object knows. */
    public Manifest manifest() {
        return manifest;
    }

    /**
     * Lists the replica, in one listing of all levels, and replaces the manifest. Exact timestamps already known are kept.
     *
     * @return the new manifest
     */
    public Manifest load() throws IOException {
        List<LtxFile> files = new ArrayList<>();
        try (ObjectListing listing = store.list(layout.levelsPrefix(), null)) {
            for (ObjectEntry entry = listing.next(); entry != null; entry = listing.next()) {
                LtxFile file = layout.parse(entry);
                if (file != null) {
                    files.add(file);
                }
            }
        }
        synchronized (lock) {
            Manifest before = manifest;
            files.replaceAll(file -> {
                LtxFile known = before.find(file.level(), file.txIds());
                return known != null && known.exactTime() && known.size() == file.size() ? known : file;
            });
            Manifest listed = Manifest.of(files);
            for (LtxFile file : met.all().toList()) {
                listed = listed.find(file.level(), file.txIds()) == null ? listed.with(file) : listed;
            }
            manifest = listed;
        }
        synchronized (mapLock) {
            maps = null;
        }
        return manifest;
    }

    /**
     * Lists the replica as {@link #load} does, and looks for files of level 0 after the newest one: a listing may lag
     * behind what was written, a look at an object does not.
     */
    public Manifest loadCarefully() throws IOException {
        TxId reach = load().newestRestorable();
        while (reach != null) {
            TxRange next = new TxRange(reach.next(), reach.next());
            try {
                ObjectEntry entry = store.head(layout.key(Level.L0, next));
                meet(new LtxFile(Level.L0, next, entry.size(), entry.lastModified(), false));
            } catch (ObjectNotFoundException e) {
                break;
            }
            reach = manifest.newestRestorable();
        }
        return manifest;
    }

    private void meet(LtxFile file) {
        synchronized (lock) {
            met = met.with(file);
            manifest = manifest.with(file);
        }
    }

    /**
     * Stores a file, durable in the terms of the store when this returns. If the file is there already, with the same
     * size and file checksum, this is success: an earlier attempt of ours wrote it.
     *
     * @param timestamp timestamp in its header
     * @throws ForeignWriterException if another content is there under this name; the manifest knows that file then
     * @throws TransientStorageException if nothing was written and trying again may help
     */
    public LtxFile upload(Level level, TxRange txIds, ObjectBody body, Instant timestamp) throws IOException {
        return new LtxFile(level, txIds, put(level, txIds, body, timestamp).size(), timestamp, true);
    }

    /** Stores a file as {@link #upload} does, and tells what is there then. */
    public ObjectEntry put(Level level, TxRange txIds, ObjectBody body, Instant timestamp) throws IOException {
        String key = layout.key(level, txIds);
        ObjectEntry entry;
        try {
            entry = putOnce(key, body, timestamp);
        } catch (ForeignWriterException e) {
            meet(new LtxFile(level, txIds, e.size(), timestamp, false));
            throw e;
        }
        synchronized (lock) {
            manifest = manifest.with(new LtxFile(level, txIds, entry.size(), timestamp, true));
        }
        return entry;
    }

    /** Stores a body, or finds it stored. */
    private ObjectEntry putOnce(String key, ObjectBody body, Instant timestamp) throws IOException {
        PutCondition condition = PutCondition.any();
        if (store.supportsConditions()) {
            condition = PutCondition.ifAbsent();
        } else if (exists(key)) {
            return requireSame(key, body);
        }
        try {
            return store.put(key, body, condition, timestamp);
        } catch (PreconditionFailedException e) {
            return requireSame(key, body);
        } catch (IndeterminateWriteException e) {
            try {
                return requireSame(key, body);
            } catch (ObjectNotFoundException nothing) {
                e.addSuppressed(nothing);
                throw new TransientStorageException(
                        store.describe() + "/" + key + ": the reply to a write was lost and nothing was written", e);
            }
        }
    }

    private boolean exists(String key) throws IOException {
        try {
            store.head(key);
            return true;
        } catch (ObjectNotFoundException e) {
            return false;
        }
    }

    /** Settles who wrote: two LTX files of one size and one file checksum are the same. */
    private ObjectEntry requireSame(String key, ObjectBody body) throws IOException {
        HexFormat hex = HexFormat.of();
        byte[] ours = lastBytes(body);
        String found;
        ObjectEntry there = store.head(key);
        try {
            ObjectTail theirs = store.readTail(key, FILE_CHECKSUM_SIZE);
            if (theirs.objectSize() == body.length() && Arrays.equals(ours, theirs.bytes())) {
                return there;
            }
            found = theirs.objectSize() + " bytes, file checksum " + hex.formatHex(theirs.bytes());
        } catch (UnreadableObjectException e) {
            if (!isWriteOnly()) {
                throw e;
            }
            found = "encrypted, and not by this process"; // which would know its own
        }
        throw new ForeignWriterException(
                store.describe() + "/" + key + ": another writer's file is there (" + found + "; ours has "
                        + body.length() + " bytes, file checksum " + hex.formatHex(ours)
                        + "); nothing was overwritten. Stop the other writer, or give this database a replica path"
                        + " of its own",
                there.size());
    }

    private static byte[] lastBytes(ObjectBody body) throws IOException {
        int wanted = (int) Math.min(FILE_CHECKSUM_SIZE, body.length());
        try (InputStream in = body.open()) {
            in.skipNBytes(body.length() - wanted);
            return in.readNBytes(wanted);
        }
    }

    /** Tells whether the stored content of a file is damaged. */
    @FunctionalInterface
    public interface DamageTest {

        /** Whether {@code content}, all of what is stored, is not what the file must be. */
        boolean isDamaged(InputStream content, long size) throws IOException;
    }

    /**
     * Replaces a file that is damaged: the one operation that overwrites. Reads what is stored once more, and goes on only
     * if it is still damaged and, where the store can tell, still the same when it is overwritten. A file that is gone is
     * stored as by {@link #upload}.
     *
     * @param good the right content, to be read to its end more than once
     * @param timestamp timestamp in its header
     * @throws StorageException if what is stored is not damaged, or not any more; nothing was written
     */
    public LtxFile replaceDamaged(LtxFile file, ObjectBody good, Instant timestamp, DamageTest test)
            throws IOException {
        String key = layout.key(file);
        ObjectEntry stored;
        try {
            stored = store.head(key);
        } catch (ObjectNotFoundException e) {
            return upload(file.level(), file.txIds(), good, timestamp);
        }
        try (InputStream in = store.openWhole(key, stored.size())) {
            if (!test.isDamaged(in, stored.size())) {
                throw new StorageException(describe(file) + ": is not damaged (any more); nothing was replaced");
            }
        }
        String etag = stored.etag();
        PutCondition same =
                store.supportsConditions() && etag != null ? PutCondition.ifMatch(etag) : PutCondition.any();
        long size = store.put(key, good, same, timestamp).size();
        LtxFile replaced = new LtxFile(file.level(), file.txIds(), size, timestamp, true);
        synchronized (lock) {
            manifest = manifest.with(replaced);
        }
        return replaced;
    }

    /**
     * Opens the whole content of a file. The caller closes the stream, which gives all of it or throws.
     *
     * @throws CorruptChangesetException if the file is shorter by now than it was when it was listed or stored
     */
    public InputStream open(LtxFile file) throws IOException {
        try {
            return store.openWhole(layout.key(file), file.size());
        } catch (StorageException e) {
            throw TruncatedFile.or(e, store, layout.key(file), file);
        }
    }

    /** Reads the first {@code maxLength} bytes of the content of a file; fewer if it is shorter. */
    public byte[] start(LtxFile file, int maxLength) throws IOException {
        boolean exact = tellsLength();
        // What is much longer as it is stored has a content that is longer, too.
        int length = exact ? (int) Math.min(maxLength, file.size()) : maxLength;
        boolean ranged = exact || file.size() > 2L * maxLength + FORM_OVERHEAD;
        try (InputStream in = ranged ? open(file, 0, length) : open(file)) {
            byte[] bytes = in.readNBytes(length);
            if (ranged && bytes.length < length) {
                throw new TransientStorageException(
                        describe(file) + ": the store gave " + bytes.length + " of its first " + length + " bytes");
            }
            return bytes;
        }
    }

    /**
     * Opens {@code length} bytes of the content of a file from {@code offset}; see {@link ObjectStore#open}.
     *
     * @throws CorruptChangesetException if the file is shorter by now than it was when it was listed or stored
     */
    public InputStream open(LtxFile file, long offset, long length) throws IOException {
        try {
            return store.open(layout.key(file), offset, length);
        } catch (StorageException e) {
            throw TruncatedFile.or(e, store, layout.key(file), file);
        }
    }

    /** Reads the last {@code maxLength} bytes of a file, or all of it; see {@link ObjectStore#readTail}. */
    public ObjectTail tail(LtxFile file, int maxLength) throws IOException {
        return store.readTail(layout.key(file), maxLength);
    }

    /**
     * Reads the header of a file.
     *
     * @throws CorruptChangesetException if it is none, or that of another file than the name says
     */
    public LtxHeader header(LtxFile file) throws IOException {
        LtxHeader header = LtxHeader.decode(headerBytes(file), describe(file));
        if (!header.txIds().equals(file.txIds())) {
            throw new CorruptChangesetException(
                    describe(file), 16, "transactions " + file.txIds() + " as its name says", "" + header.txIds());
        }
        return header;
    }

    /** Reads the first 100 bytes of a file; fewer if it is shorter. */
    public byte[] headerBytes(LtxFile file) throws IOException {
        return start(file, LtxHeader.SIZE);
    }

    /** Whether a file can have a content of so many bytes; see {@link ObjectStore#canHold}. */
    public boolean canHold(LtxFile file, long length) {
        return store.canHold(file.size(), length);
    }

    /** Whether the size of a file is the length of its content. */
    public boolean tellsLength() {
        return store.form() == ObjectForm.AS_IS;
    }

    /** Whether what this process stores is for others to read, not for itself. */
    public boolean isWriteOnly() {
        return store.form() == ObjectForm.WRITE_ONLY;
    }

    /**
     * Timestamp of a file to the millisecond, from its header, or from the store where that cannot be read; read once and
     * remembered in the manifest.
     */
    public Instant timestampOf(LtxFile file) throws IOException {
        LtxFile known = manifest.find(file.level(), file.txIds());
        if (known != null && known.exactTime()) {
            return known.createdAt();
        }
        Instant timestamp = readTimestamp(file);
        synchronized (lock) {
            if (manifest.find(file.level(), file.txIds()) != null) {
                manifest = manifest.with(file.withExactTime(timestamp));
            }
        }
        return timestamp;
    }

    private Instant readTimestamp(LtxFile file) throws IOException {
        try {
            return header(file).timestamp();
        } catch (UnreadableObjectException e) {
            if (!isWriteOnly()) {
                throw e;
            }
            ObjectEntry entry = store.head(layout.key(file));
            Instant kept = entry.timestamp();
            return kept == null ? entry.lastModified() : kept; // which is later, and keeps what depends on it longer
        }
    }

    /** Takes a file out of the manifest that turned out to be gone. */
    public void forget(LtxFile file) {
        synchronized (lock) {
            manifest = manifest.without(List.of(file));
            met = met.without(List.of(file));
        }
    }

    /** Deletes files in bounded batches; each batch leaves the manifest as soon as it is gone. Absent ones are fine. */
    public void delete(Collection<LtxFile> files) throws IOException {
        List<LtxFile> all = List.copyOf(files);
        for (int from = 0; from < all.size(); from += DELETE_BATCH) {
            List<LtxFile> batch = all.subList(from, Math.min(all.size(), from + DELETE_BATCH));
            store.delete(batch.stream().map(layout::key).toList());
            synchronized (lock) {
                manifest = manifest.without(batch);
                met = met.without(batch);
            }
        }
    }

    /** Stores the page map as of a transaction. The name is the content's, so an existing one is replaced. */
    public void putMap(TxId txId, ObjectBody body) throws IOException {
        store.put(layout.mapKey(txId), body, PutCondition.any(), null);
        synchronized (mapLock) {
            if (maps != null) {
                maps.add(txId);
            }
        }
    }

    /** The transaction of the newest page map as of {@code atMost} or before, or null. Lists the maps the first time. */
    public @Nullable TxId newestMap(TxId atMost) throws IOException {
        synchronized (mapLock) {
            return maps().floor(atMost);
        }
    }

    /**
     * Opens a page map; a stream that ends early fails, so that it is not taken for a damaged one.
     *
     * @throws ObjectNotFoundException if there is none as of this transaction
     */
    public InputStream openMap(TxId txId) throws IOException {
        String key = layout.mapKey(txId);
        return store.openWhole(key, store.head(key).size());
    }

    /** Deletes every page map that is older than the newest one. */
    public void deleteOldMaps() throws IOException {
        synchronized (mapLock) {
            NavigableSet<TxId> all = maps();
            if (all.size() > 1) {
                List<TxId> old = List.copyOf(all.headSet(all.last(), false));
                store.delete(old.stream().map(layout::mapKey).toList());
                old.forEach(all::remove);
            }
        }
    }

    private NavigableSet<TxId> maps() throws IOException {
        NavigableSet<TxId> known = maps;
        if (known == null) {
            known = new TreeSet<>();
            try (ObjectListing listing = store.list(layout.mapPrefix(), null)) {
                for (ObjectEntry entry = listing.next(); entry != null; entry = listing.next()) {
                    TxId txId = layout.parseMapKey(entry.key());
                    if (txId != null) {
                        known.add(txId);
                    }
                }
            }
            maps = known;
        }
        return known;
    }

    @Override
    public String toString() {
        return describe();
    }
}
