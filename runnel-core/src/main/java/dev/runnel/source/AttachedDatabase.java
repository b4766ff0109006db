package dev.runnel.source;

import dev.runnel.model.PageSize;
import dev.runnel.source.SourceUnavailableException.Reason;
import dev.runnel.wal.ByteSource;
import dev.runnel.wal.WalIndexHeader;
import dev.runnel.wal.WalRecovery;
import dev.runnel.wal.WalState;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A live database, opened read-only and locked as a read-only SQLite connection would lock it. Confined to the task that
 * serves the database.
 *
 * <p>The SHARED lock on the database file keeps the last application connection from deleting the WAL when it closes. The
 * locks on the {@code -shm} are those of {@link WalGate}, and the dead-man switch.
 *
 * <p>The dead-man switch is taken only once an application is known to hold it. Whoever opens a database finds the switch
 * free after a reboot and rebuilds the WAL-index; were it ours, he would trust an index that may be older than the WAL.
 * An application is known to be there when the kernel shows its lock, or when the index changed under our eyes.
 */
public final class AttachedDatabase implements Closeable {

    private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
    private static final int DATABASE_HEADER_SIZE = 100;
    private static final long PENDING_BYTE = PageSize.LOCK_BYTE;
    private static final long SHARED_FIRST = PENDING_BYTE + 2;
    private static final long SHARED_SIZE = 510;

    private final Path path;
    private final Path shmPath;
    private final DescriptorRegistry.Handle database;
    private final PageSize headerPageSize;
    private final DescriptorRegistry.@Nullable Handle shm;
    private final @Nullable IndexReader index;
    private final @Nullable IndexLocks locks;
    private final KernelLocks kernelLocks;
    private final WalFile wal;
    private final Stillness stillness;
    private @Nullable WalIndexHeader firstHeader;
    private @Nullable FileStamp scanned;
    private @Nullable WalState scan;

    private AttachedDatabase(
            Path path,
            Path realPath,
            DescriptorRegistry.Handle database,
            PageSize headerPageSize,
            DescriptorRegistry.@Nullable Handle shm,
            KernelLocks kernelLocks)
            throws IOException {
        this.path = path;
        this.kernelLocks = kernelLocks;
        this.shmPath = sibling(realPath, "-shm");
        this.database = database;
        this.headerPageSize = headerPageSize;
        this.shm = shm;
        this.wal = new WalFile(sibling(realPath, "-wal"));
        this.stillness = new Stillness(realPath);
        if (shm == null) {
            index = null;
            locks = null;
            stillness.begin(); // who opens the database makes the index first, and SHARED keeps out who needs none
        } else {
            index = new IndexReader(shm.channel(), headerPageSize);
            locks = new IndexLocks(index, shm.channel(), shmPath.toString());
        }
    }

    /**
     * Attaches to a database. Opens it for reading and takes the SHARED lock; nothing is written.
     *
     * @param path the database file
     * @throws SourceUnavailableException if it cannot be replicated now; the reason tells whether to wait
     */
    public static AttachedDatabase attach(Path path, DescriptorRegistry registry, KernelLocks kernelLocks)
            throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new SourceUnavailableException(
                    Reason.NOT_A_DATABASE, path + " is a directory or another special file, not a database");
        }
        DescriptorRegistry.Handle database = registry.open(path);
        if (database == null) {
            throw new SourceUnavailableException(Reason.ABSENT, path + " does not exist");
        }
        DescriptorRegistry.Handle shm = null;
        try {
            if (database.channel().size() == 0) {
                throw new SourceUnavailableException(
                        Reason.EMPTY, path + " is empty: no application has written to the database");
            }
            lockShared(path, database.channel());
            PageSize pageSize = checkHeader(path, database.channel());
            // SQLite names them after the file itself, not after a symbolic link to it.
            Path realPath = path.toRealPath();
            shm = registry.open(sibling(realPath, "-shm"));
            AttachedDatabase attached = new AttachedDatabase(path, realPath, database, pageSize, shm, kernelLocks);
            if (attached.locks != null
                    && shm != null
                    && kernelLocks.heldByOther(shm.identity(), WalIndexHeader.LOCK_DEAD_MAN)) {
                attached.locks.holdDeadMan();
            }
            return attached;
        } catch (IOException | RuntimeException e) {
            if (shm != null) {
                shm.close();
            }
            database.close();
            throw e;
        }
    }

    static Path sibling(Path database, String suffix) {
        return database.resolveSibling(database.getFileName() + suffix);
    }

    /** As SQLite does: through PENDING, so that a writer who waits for readers to leave is not starved. */
    private static void lockShared(Path path, FileChannel channel) throws IOException {
        FileLock pending = IndexLocks.tryShared(channel, PENDING_BYTE, 1, path.toString());
        if (pending != null) {
            FileLock shared = IndexLocks.tryShared(channel, SHARED_FIRST, SHARED_SIZE, path.toString());
            pending.release();
            if (shared != null) {
                return;
            }
        }
        throw new SourceUnavailableException(
                Reason.EXCLUSIVE,
                path + " is held exclusively by another process: a connection that is just closing, or one with"
                        + " PRAGMA locking_mode=EXCLUSIVE, which rules out replication; use locking_mode=NORMAL");
    }

    private static PageSize checkHeader(Path path, FileChannel channel) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(DATABASE_HEADER_SIZE);
        while (header.hasRemaining() && channel.read(header, header.position()) > 0) {
            // read on
        }
        byte[] bytes = header.array();
        if (header.hasRemaining() || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new SourceUnavailableException(
                    Reason.NOT_A_DATABASE,
                    path + " is not a SQLite database, or it is encrypted (SQLCipher, SEE):"
                            + " Runnel replicates plain SQLite databases only");
        }
        int pageSize = header.getShort(16) & 0xffff;
        if (!PageSize.isValid(pageSize == 1 ? 65536 : pageSize)) {
            throw new SourceUnavailableException(
                    Reason.NOT_A_DATABASE, path + " has a damaged header: page size " + pageSize);
        }
        if (bytes[18] != 2 || bytes[19] != 2) {
            throw new SourceUnavailableException(
                    Reason.NOT_WAL,
                    path + " is not in WAL mode; run: sqlite3 '" + path + "' 'PRAGMA journal_mode=wal;'");
        }
        return PageSize.ofField(pageSize);
    }

    /** The database file. */
    public Path path() {
        return path;
    }

    /** Distinguishes the database's file from others, as far as the file system does. Written down, not to be parsed. */
    public String file() {
        return String.valueOf(database.identity().key());
    }

    /** Whether there was a WAL-index to attach to. Without one, no application has the database open. */
    public boolean indexed() {
        return index != null;
    }

    /** The two locks, or null without a WAL-index. */
    public @Nullable WalGate gate() {
        return locks;
    }

    /**
     * What is committed now.
     *
     * @return null while a writer is at work on the index: look again
     */
    public @Nullable WalState state() throws IOException {
        if (index == null || locks == null) {
            return scan();
        }
        WalIndexHeader header = index.read();
        if (header == null) {
            if (locks.writerActive()) {
                return null;
            }
            header = index.read(); // whoever was at it may have ended since
        }
        if (header == null) {
            // Half written and nobody at it: a writer died in the act, or something damaged it, and the next one will
            // recover. What he will find is what the scan finds.
            return scan();
        }
        noticeLife(header);
        if (locks.gateIsStale(header)) {
            locks.moveGate();
        }
        return WalState.of(header);
    }

    private void noticeLife(WalIndexHeader header) throws IOException {
        if (locks == null || locks.deadManHeld()) {
            return;
        }
        if (firstHeader == null) {
            firstHeader = header;
        } else if (!header.sameCommits(firstHeader)) {
            locks.holdDeadMan();
        }
    }

    /**
     * Lays the database to rest after a look that found nothing to do, so that {@link #isUnchanged} can tell at the price
     * of one read whether another look is needed.
     *
     * @param seen what that look saw
     * @return false when that is not what is committed any more
     */
    public boolean rest(WalState seen) throws IOException {
        if (index == null) {
            return !seen.indexed();
        }
        WalIndexHeader header = index.read();
        if (header == null || !WalState.of(header).equals(seen)) {
            return false;
        }
        index.remember();
        return true;
    }

    /**
     * Whether nothing was committed, checkpointed or read since {@link #rest}. Without a WAL-index: whether there is still
     * none, for nobody commits without making it.
     */
    public boolean isUnchanged() throws IOException {
        return index == null ? Files.notExists(shmPath) : index.isUnchanged();
    }

    /** Whether an application is known to keep the WAL-index, so that the index is to be believed. */
    public boolean hasLivingWriter() {
        return locks != null && locks.deadManHeld();
    }

    /**
     * What the kernel tells of writers, without a lock being taken. A checkpoint that waits for a reset holds the lock of
     * writers, too, and is none.
     */
    public Writer writer() {
        if (shm == null) {
            return Writer.UNKNOWN;
        }
        List<KernelLocks.Range> held = kernelLocks.heldByOthers(shm.identity());
        if (isHeld(held, WalIndexHeader.LOCK_WRITE)) {
            return isHeld(held, WalIndexHeader.LOCK_CHECKPOINT) ? Writer.NONE : Writer.ACTIVE;
        }
        // Where every application is in another process namespace, none of their locks is shown.
        return isHeld(held, WalIndexHeader.LOCK_DEAD_MAN) ? Writer.NONE : Writer.UNKNOWN;
    }

    private static boolean isHeld(List<KernelLocks.Range> held, long position) {
        return held.stream().anyMatch(range -> range.contains(position));
    }

    /** What SQLite's recovery would find, whatever the index says. For an index that contradicts the WAL. */
    public WalState scan() throws IOException {
        FileStamp stamp = wal.stamp();
        if (scan == null || !stamp.equals(scanned)) {
            WalRecovery recovery = WalRecovery.scan(wal());
            scan = recovery == null || recovery.mxFrame() == 0
                    ? WalState.databaseOnly(headerPageSize)
                    : WalState.of(recovery);
            scanned = stamp;
        }
        return scan;
    }

    /** The WAL's bytes; none when there is no WAL. */
    public ByteSource wal() {
        return wal;
    }

    /**
     * Reads a page from the database file; what lies beyond its end reads as zeros, as SQLite reads it.
     *
     * @param target as long as a page
     */
    public void readPage(PageSize pageSize, int pageNumber, byte[] target) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(target, 0, pageSize.bytes());
        long at = pageSize.offsetOf(pageNumber);
        while (buffer.hasRemaining()) {
            int count = database.channel().read(buffer, at + buffer.position());
            if (count <= 0) {
                break;
            }
        }
        Arrays.fill(target, buffer.position(), pageSize.bytes(), (byte) 0);
    }

    /** Pages that the database file holds, the last one perhaps in part. */
    public int filePages(PageSize pageSize) throws IOException {
        return Math.toIntExact((database.channel().size() + pageSize.bytes() - 1) / pageSize.bytes());
    }

    /** Length of the database file in bytes. */
    public long fileSize() throws IOException {
        return database.channel().size();
    }

    /** Length of the WAL file in bytes; 0 when there is none. */
    public long walSize() throws IOException {
        return wal.stamp().size();
    }

    /** Whether the names still lead to the files that are attached. Opens nothing. */
    public Standing standing() throws IOException {
        if (!database.isAt(path)) {
            return FileIdentity.of(path) == null ? Standing.DATABASE_GONE : Standing.DATABASE_REPLACED;
        }
        if (shm == null) {
            return FileIdentity.of(shmPath) == null ? Standing.GOOD : Standing.INDEX_APPEARED;
        }
        return shm.isAt(shmPath) ? Standing.GOOD : Standing.INDEX_REPLACED;
    }

    /**
     * Whether the database file was written to when no connection could, as far as its length and time show: what it holds
     * is not known. Opens nothing.
     */
    public boolean isOverwritten() throws IOException {
        return stillness.isBroken();
    }

    /**
     * What {@link #stamp} says for as long as no connection writes to the database file; null where one may do so now, or
     * what the file holds is not known. Opens nothing.
     */
    public @Nullable String stampAtRest() throws IOException {
        FileStamp stamp = stillness.stamp();
        return stamp == null ? null : stamp.text();
    }

    /** Length and time of the database file now, for comparison. Opens nothing. */
    public String stamp() throws IOException {
        return FileStamp.of(path).text();
    }

    /** Tells of writes to the database file while slot 0 is held. */
    Stillness stillness() {
        return stillness;
    }

    /** Lets every lock go and closes every descriptor. */
    @Override
    public void close() throws IOException {
        try (database;
                shm;
                wal) {
            if (locks != null) {
                locks.releaseGate();
                locks.releaseSlot0();
            }
        }
    }

    /** Whether a transaction is being written. */
    public enum Writer {
        /** One is. */
        ACTIVE,
        /** None is, of the applications that can be seen. */
        NONE,
        /** No application can be seen. */
        UNKNOWN
    }

    /** What became of the attached files. */
    public enum Standing {
        /** They are what their names lead to. */
        GOOD,
        /** The database was deleted or moved away. */
        DATABASE_GONE,
        /** Another file has the database's name. */
        DATABASE_REPLACED,
        /** An application opened the database, which was at rest when it was attached. */
        INDEX_APPEARED,
        /** The {@code -shm} was deleted or made anew. */
        INDEX_REPLACED
    }

    /** The {@code -wal}: it carries no locks, and may be opened and closed at will. */
    private static final class WalFile implements ByteSource, Closeable {

        private final Path path;
        private @Nullable FileChannel channel;

        WalFile(Path path) {
            this.path = path;
        }

        FileStamp stamp() throws IOException {
            return FileStamp.of(path);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            if (channel == null) {
                try {
                    channel = FileChannel.open(path, StandardOpenOption.READ);
                } catch (NoSuchFileException e) {
                    return 0;
                }
            }
            int total = 0;
            while (target.hasRemaining()) {
                int count = channel.read(target, position + total);
                if (count <= 0) {
                    break;
                }
                total += count;
            }
            return total;
        }

        @Override
        public void close() throws IOException {
            if (channel != null) {
                channel.close();
                channel = null;
            }
        }
    }
}
