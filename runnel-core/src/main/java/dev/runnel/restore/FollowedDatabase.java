package dev.runnel.restore;

import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxDecoder;
import dev.runnel.ltx.LtxTrailer;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.ltx.Proof;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * A copy that is brought forward under readers, one file of changes at a time. Each is one transaction, with SQLite's own
 * locks and rollback journal: a reader sees the copy before it or after it, also if we are killed in between. And each is
 * verified before anything is written: the file by its checksum, the database that it leads to by the proof.
 *
 * <p>Opening and closing a database drops the process's locks on it; nothing else in the process may have it open. Not
 * thread-safe.
 */
final class FollowedDatabase implements Closeable {

    /** How often to look whether readers are gone before giving way to new ones: about a quarter of a second. */
    private static final int TRIES = 100;

    private final Path path;
    private final FileChannel channel;
    private final WriterLocks locks;
    private final FollowState state;
    private final PageSize pageSize;
    private final IntSupplier random;
    private FollowState.Entry entry;
    /** XOR of the checksums of all pages but the first. */
    private long others;

    private FollowedDatabase(Path path, FileChannel channel, IntSupplier random) throws IOException {
        this.path = path;
        this.channel = channel;
        this.random = random;
        this.locks = new WriterLocks(channel);
        this.state = new FollowState(path);
        byte[] header = read(0, FollowState.headerLength());
        this.entry = state.read(header);
        this.pageSize = PageSize.ofField(ByteBuffer.wrap(header).getShort(16) & 0xffff);
        this.others = sumOfOthers();
    }

    /**
     * Makes a followed copy of a restored one.
     *
     * @param restored the file, moved to its place
     * @param replaces whether there may be something to replace
     */
    static void publish(Path restored, Path target, boolean replaces, TxId txId) throws IOException {
        FollowState.Entry first;
        try (FileChannel channel = FileChannel.open(restored, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer header = ByteBuffer.allocate(FollowState.headerLength());
            if (channel.read(header, 0) < header.capacity()) {
                throw new IOException(restored + " is shorter than the header of a database");
            }
            first = FollowState.first(txId, header.array());
            first.toCopy(header.array());
            channel.write(header.rewind(), 0);
            channel.force(true);
        }
        // What takes room comes first, and of that the state last: without it the target is as it was.
        FollowState state = new FollowState(target);
        state.writeTxId(txId);
        state.write(List.of(first));
        if (replaces) {
            DatabaseFile.deleteSidecars(target);
        }
        TargetFile.put(restored, target, replaces);
        Directories.sync(target);
    }

    /**
     * Opens a followed copy; a journal that a killed process left must have been rolled back before.
     *
     * @param random where the checksums of journals start
     * @throws IOException if it is none, or was changed by somebody else
     */
    static FollowedDatabase open(Path path, IntSupplier random) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            return new FollowedDatabase(path, channel, random);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** The transaction it stands at. */
    TxId txId() {
        return entry.txId();
    }

    /** What came of looking at a file of changes. */
    private record Change(FollowState.Entry next, int commit, long others) {}

    /**
     * Brings the copy to the end of a file of changes.
     *
     * @param changes the file, which has every transaction from the next one, or an earlier one, on
     * @param resource what messages call it
     * @param txId its last transaction
     * @return false if readers, or another writer, did not let the database go in time; then nothing was changed
     * @throws CorruptChangesetException if the file is damaged, or does not lead to the database that its writer had;
     *     nothing was changed
     * @throws IOException if the database was changed by somebody else, or cannot be written to. What is half written is
     *     rolled back by whoever opens it next
     */
    boolean apply(Path changes, String resource, TxId txId, Follower.Pause pause) throws IOException {
        if (!locks.reserve()) {
            return false;
        }
        try {
            requireUntouched();
            int before = Math.toIntExact(channel.size() / pageSize.bytes());
            try (RollbackJournal journal = new RollbackJournal(path, pageSize, before, random.getAsInt())) {
                Change change;
                try {
                    change = examine(changes, resource, txId, journal);
                    state.write(List.of(entry, change.next()));
                    journal.sync();
                    if (!locks.exclude(TRIES, pause)) {
                        journal.delete();
                        return false;
                    }
                } catch (IOException e) {
                    journal.delete();
                    throw e;
                }
                write(changes, resource, change);
                journal.delete();
                entry = change.next();
                others = change.others();
            }
        } finally {
            locks.release();
        }
        tell();
        return true;
    }

    /** Tells people which transaction it stands at, unless they are told already: a disk may have been full before. */
    void tell() throws IOException {
        if (!state.tells(entry.txId())) {
            state.writeTxId(entry.txId());
        }
    }

    private void requireUntouched() throws IOException {
        byte[] header = read(0, FollowState.headerLength());
        Path wal = path.resolveSibling(path.getFileName() + "-wal");
        if (!FollowState.isCopy(header) || FollowState.counter(header) != entry.counter() || Files.exists(wal)) {
            throw new CannotFollowException(
                    path + " was changed by somebody else while it was followed; restore anew with -force,"
                            + " and open it for reading only");
        }
    }

    /** Verifies a file of changes and what it leads to, and keeps in the journal what it will replace. */
    private Change examine(Path changes, String resource, TxId txId, RollbackJournal journal) throws IOException {
        int before = Math.toIntExact(channel.size() / pageSize.bytes());
        long sum = others;
        BitSet seen = new BitSet();
        FollowState.Entry next = entry.next(txId);
        long first = 0;
        try (LtxDecoder file = new LtxDecoder(Files.newInputStream(changes), resource)) {
            if (!file.header().pageSize().equals(pageSize)) {
                throw new CannotFollowException(
                        resource + " has pages of " + file.header().pageSize() + " bytes, " + path + " of " + pageSize
                                + ": the source was made anew; restore anew with -force");
            }
            while (file.next()) {
                int pgno = file.pageNumber();
                if (pgno == 1) {
                    next = entry.next(txId, file.page());
                    first = file.pageChecksum();
                } else {
                    sum ^= file.pageChecksum();
                }
                if (pgno <= before) {
                    sum ^= keep(pgno, journal);
                }
                seen.set(pgno);
            }
            LtxTrailer trailer = file.finish();
            int commit = file.header().commit();
            if (!seen.get(1)) {
                keep(1, journal);
                first = checksumOfFirst();
            }
            for (int pgno = commit + 1; pgno <= before; pgno++) {
                if (!seen.get(pgno) && pgno != pageSize.lockPage()) {
                    sum ^= keep(pgno, journal);
                }
            }
            byte[] zeros = new byte[pageSize.bytes()];
            for (int pgno = before + 1; pgno <= commit; pgno++) {
                if (!seen.get(pgno) && pgno != pageSize.lockPage()) {
                    sum ^= PageChecksums.of(pgno, zeros, 0, zeros.length);
                }
            }
            requireProof(file, trailer, sum ^ first, resource);
            return new Change(next, commit, sum);
        }
    }

    private static void requireProof(LtxDecoder file, LtxTrailer trailer, long sum, String resource)
            throws CorruptChangesetException {
        Proof proof = file.header().proof();
        long expected = proof != null && proof.knowsPostApply() ? proof.postApply() : trailer.postApply();
        long actual = sum | PageChecksums.FLAG;
        if (expected != Proof.UNKNOWN && expected != actual) {
            throw new CorruptChangesetException(
                    resource,
                    80,
                    String.format("database checksum %016x after it, as its writer recorded", expected),
                    String.format("%016x (a file of another history, or a copy that was changed?)", actual));
        }
    }

    /** Keeps a page in the journal. Returns its checksum; 0 for the first page, which counts apart. */
    private long keep(int pgno, RollbackJournal journal) throws IOException {
        byte[] page = read(pageSize.offsetOf(pgno), pageSize.bytes());
        journal.add(pgno, page);
        return pgno == 1 ? 0 : PageChecksums.of(pgno, page, 0, page.length);
    }

    private long checksumOfFirst() throws IOException {
        byte[] page = read(0, pageSize.bytes());
        entry.toSource(page);
        return PageChecksums.of(1, page, 0, page.length);
    }

    private void write(Path changes, String resource, Change change) throws IOException {
        boolean hasFirst = false;
        try (LtxDecoder file = new LtxDecoder(Files.newInputStream(changes), resource)) {
            while (file.next()) {
                byte[] page = file.page();
                if (file.pageNumber() == 1) {
                    page = page.clone();
                    change.next().toCopy(page);
                    hasFirst = true;
                }
                writePage(file.pageNumber(), page);
            }
            file.finish();
        }
        if (!hasFirst) {
            byte[] page = read(0, pageSize.bytes());
            change.next().toCopy(page);
            writePage(1, page);
        }
        long size = (long) change.commit() * pageSize.bytes();
        if (channel.size() > size) {
            channel.truncate(size);
        } else if (channel.size() < size) {
            channel.write(ByteBuffer.allocate(1), size - 1);
        }
        channel.force(true);
    }

    private void writePage(int pgno, byte[] page) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(page);
        long at = pageSize.offsetOf(pgno);
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    private long sumOfOthers() throws IOException {
        long sum = 0;
        int pages = Math.toIntExact(channel.size() / pageSize.bytes());
        for (int pgno = 2; pgno <= pages; pgno++) {
            if (pgno != pageSize.lockPage()) {
                byte[] page = read(pageSize.offsetOf(pgno), pageSize.bytes());
                sum ^= PageChecksums.of(pgno, page, 0, page.length);
            }
        }
        return sum;
    }

    private byte[] read(long at, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, at + bytes.position()) < 0) {
                throw new IOException(path + " ends at byte " + (at + bytes.position()) + ", in the middle of a page");
            }
        }
        return bytes.array();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
