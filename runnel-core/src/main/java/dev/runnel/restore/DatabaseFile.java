package dev.runnel.restore;

import dev.runnel.model.PageSize;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The database file being restored: pages go to a temporary file beside the target, in any order and from several threads;
 * {@link #publish} makes it durable and puts it in its place. Closed without that, it leaves nothing behind, unless what
 * was written is worth going on from.
 */
public final class DatabaseFile implements PageSink, Closeable {

    private static final String[] SIDECARS = {"-wal", "-shm", "-journal"};
    private static final int BUFFER_SIZE = 256 << 10;
    /** So much is written before the disk is made to begin with it. */
    private static final long SYNC_BYTES = 64 << 20;

    private final Path target;
    private final boolean force;
    /** Whether something was there when the restore began, which may be replaced. */
    private final boolean replaces;

    private final Path temporary;
    private final FileChannel channel;
    private final RestoreJournal journal;
    private final AtomicLong unsynced = new AtomicLong();
    private final AtomicBoolean syncing = new AtomicBoolean();
    private boolean published;
    private boolean kept;

    private DatabaseFile(Path target, boolean force, TemporaryFiles.Claim claim) {
        this.target = target;
        this.force = force;
        this.replaces = force || Files.exists(target);
        this.temporary = claim.file();
        this.channel = claim.channel();
        this.journal = claim.journal();
    }

    /**
     * Begins a database file, or goes on with what an earlier restore from the same source left. Of a symbolic link, the
     * file that it leads to is written. What replaces a file has its owner and its permissions.
     *
     * @param source where the database comes from
     * @throws TargetExistsException if something is there that must not be replaced
     */
    public static DatabaseFile create(Path target, boolean force, String source) throws IOException {
        requireFree(target, force);
        Path file = TargetFile.of(target);
        try {
            Files.createDirectories(parentOf(file));
            TemporaryFiles.Claim claim = TemporaryFiles.claim(file, source);
            TargetFile.keepOwner(file, claim.file());
            return new DatabaseFile(file, force, claim);
        } catch (IOException e) {
            throw NotEnoughSpaceException.orOther(file, e);
        }
    }

    /**
     * Requires that a database may be restored to {@code target}: nothing is there but an empty file without sidecars, or
     * {@code force} is given; and nobody is seen to have it open.
     */
    public static void requireFree(Path target, boolean force) throws IOException {
        if (Files.isDirectory(target)) {
            throw new TargetExistsException(target + " is a directory; name a file in it with -o");
        }
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new TargetExistsException(target + " is a device, a pipe or a socket; name a file with -o");
        }
        requireUnused(TargetFile.of(target), force);
    }

    private static void requireUnused(Path target, boolean force) throws IOException {
        if (force) {
            LiveDatabase.requireClosed(target);
            return;
        }
        String remedy = "; move it away, restore to another path with -o, or replace it with -force";
        if (Files.exists(target) && Files.size(target) > 0) {
            throw new TargetExistsException(target + " exists already (" + Files.size(target) + " bytes)" + remedy);
        }
        LiveDatabase.requireClosed(target);
        for (String suffix : SIDECARS) {
            Path sidecar = sidecar(target, suffix);
            if (Files.exists(sidecar)) {
                throw new TargetExistsException(sidecar + " exists, so " + target + " may be in use" + remedy);
            }
        }
    }

    private static Path sidecar(Path target, String suffix) {
        return target.resolveSibling(target.getFileName() + suffix);
    }

    private static Path parentOf(Path absolute) throws IOException {
        Path parent = absolute.getParent();
        if (parent == null) {
            throw new TargetExistsException(absolute + " is a directory; name a file in it with -o");
        }
        return parent;
    }

    /**
     * Requires room for the database on its disk.
     *
     * @throws NotEnoughSpaceException if it does not fit
     */
    @Override
    public void expect(PageSize pageSize, int pages) throws IOException {
        FileStore disk = Files.getFileStore(temporary);
        if (disk.getTotalSpace() > 0) { // Some network file systems do not tell.
            long needed = (long) pages * pageSize.bytes();
            NotEnoughSpaceException.require(target, needed, Math.min(needed, channel.size()), disk.getUsableSpace());
        }
    }

    @Override
    public KeptParts kept() {
        return new JournaledParts(channel, journal, target);
    }

    @Override
    public Writer writer(PageSize pageSize) {
        return new RunWriter(pageSize);
    }

    /**
     * Writes bytes of the database.
     *
     * @throws NotEnoughSpaceException if the disk is full
     */
    public void write(ByteBuffer bytes, long position) throws IOException {
        long at = position;
        try {
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        } catch (IOException e) {
            throw NotEnoughSpaceException.orOther(target, e);
        }
    }

    /** Cuts off what was written behind {@code size} bytes. */
    public void truncate(long size) throws IOException {
        channel.truncate(size);
    }

    /** Drops all that was written. */
    public void restart() throws IOException {
        channel.truncate(0); // first: it makes room
        try {
            journal.reset();
        } catch (IOException e) {
            throw NotEnoughSpaceException.orOther(target, e);
        }
    }

    /** Leaves what was written and its journal behind on {@link #close}, if there is something to go on from. */
    boolean keep() {
        kept = journal.size() > 0;
        return kept;
    }

    /**
     * Gives the file its size, fsyncs it, puts it in the place of the target and fsyncs the directory.
     *
     * @param lastPageStored what was written behind this page, by an earlier plan, does not count
     * @param pages size of the database; pages never written are zeros
     */
    public void publish(PageSize pageSize, int lastPageStored, int pages) throws IOException {
        channel.truncate((long) lastPageStored * pageSize.bytes());
        if (lastPageStored >= pageSize.lockPage()) {
            // No file has it. An earlier attempt of another page size may have left something there.
            write(ByteBuffer.allocate(pageSize.bytes()), pageSize.offsetOf(pageSize.lockPage()));
        }
        long size = (long) pages * pageSize.bytes();
        if (channel.size() < size) {
            write(ByteBuffer.allocate(1), size - 1);
        }
        force(true);
        channel.close();
        requireFree(target, force);
        if (replaces) {
            deleteSidecars(target);
        }
        TargetFile.put(temporary, target, replaces);
        published = true;
        journal.delete();
        try (FileChannel directory = FileChannel.open(parentOf(target), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /** A WAL of the old database next to the new one would corrupt it, so it goes before the old one is replaced. */
    static void deleteSidecars(Path target) throws IOException {
        for (String suffix : SIDECARS) {
            Files.deleteIfExists(sidecar(target, suffix));
        }
    }

    /** Some file systems notice only now that they are full. */
    private void force(boolean metadata) throws IOException {
        try {
            channel.force(metadata);
        } catch (IOException e) {
            throw NotEnoughSpaceException.orOther(target, e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        if (!published && !kept) {
            Files.deleteIfExists(temporary);
            journal.delete();
        }
        journal.close();
    }

    /**
     * Has one thread wait for the disk now and then while the others go on, so that the disk is not idle until
     * {@link #publish}, and has less to do then.
     */
    private void syncAfter(int written) throws IOException {
        if (unsynced.addAndGet(written) >= SYNC_BYTES && syncing.compareAndSet(false, true)) {
            try {
                unsynced.set(0);
                force(false);
            } finally {
                syncing.set(false);
            }
        }
    }

    /** Collects consecutive pages and writes them at once, from memory that needs no further copy. */
    private final class RunWriter implements Writer {

        private final PageSize pageSize;
        private final ByteBuffer run = ByteBuffer.allocateDirect(BUFFER_SIZE);
        private int first;
        private int next;

        RunWriter(PageSize pageSize) {
            this.pageSize = pageSize;
        }

        @Override
        public void page(int pgno, byte[] page, long checksum) throws IOException {
            if (pgno != next || run.remaining() < page.length) {
                flush();
                first = pgno;
            }
            run.put(page);
            next = pgno + 1;
        }

        @Override
        public void flush() throws IOException {
            run.flip();
            int length = run.remaining();
            write(run, pageSize.offsetOf(first));
            syncAfter(length);
            run.clear();
            next = 0;
        }
    }
}
