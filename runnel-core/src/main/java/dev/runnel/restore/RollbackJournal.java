package dev.runnel.restore;

import dev.runnel.model.PageSize;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A rollback journal as SQLite writes it: the pages as they were. As long as it is there and nobody holds the RESERVED
 * lock, whoever opens the database puts these pages back. Deleting it is the commit.
 */
final class RollbackJournal implements Closeable {

    private static final long MAGIC = 0xd9d5_05f9_20a1_63d7L;
    private static final int SECTOR = 512;
    private static final int COUNT_AT = 8;
    /** Every so many bytes of a page, from its end, one enters the checksum. */
    private static final int CHECKSUM_STEP = 200;

    private final Path file;
    private final FileChannel channel;
    private final int nonce;
    private final ByteBuffer record;
    private long end = SECTOR;
    private int count;

    /**
     * Begins a journal, in place of one that is there.
     *
     * @param database whose pages it has
     * @param pages how many pages the database has now
     * @param nonce anything: where checksums start, so that records left by an older journal do not count
     */
    RollbackJournal(Path database, PageSize pageSize, int pages, int nonce) throws IOException {
        this.file = fileOf(database);
        this.nonce = nonce;
        this.record = ByteBuffer.allocate(4 + pageSize.bytes() + 4);
        this.channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        ByteBuffer header = ByteBuffer.allocate(SECTOR);
        header.putLong(MAGIC)
                .putInt(0)
                .putInt(nonce)
                .putInt(pages)
                .putInt(SECTOR)
                .putInt(pageSize.bytes());
        header.rewind();
        try {
            write(header, 0);
        } catch (IOException e) {
            channel.close();
            Files.deleteIfExists(file); // without a header it is none
            throw e;
        }
    }

    /** Where the journal of a database stands. */
    static Path fileOf(Path database) {
        return database.resolveSibling(database.getFileName() + "-journal");
    }

    /** Keeps a page as it is now. */
    void add(int pgno, byte[] page) throws IOException {
        int checksum = nonce;
        for (int at = page.length - CHECKSUM_STEP; at > 0; at -= CHECKSUM_STEP) {
            checksum += page[at] & 0xff;
        }
        record.clear();
        record.putInt(pgno).put(page).putInt(checksum).flip();
        end += write(record, end);
        count++;
    }

    /** Makes it durable, and then valid. Only now may the database be changed. */
    void sync() throws IOException {
        channel.force(true);
        ByteBuffer number = ByteBuffer.allocate(4).putInt(count).flip();
        write(number, COUNT_AT);
        channel.force(true);
        Directories.sync(file);
    }

    /** Deletes it, durable when this returns. */
    void delete() throws IOException {
        Files.deleteIfExists(file);
        Directories.sync(file);
    }

    private int write(ByteBuffer bytes, long at) throws IOException {
        int length = bytes.remaining();
        long position = at;
        while (bytes.hasRemaining()) {
            position += channel.write(bytes, position);
        }
        return length;
    }

    /** Closes the file; the journal stays where it was not deleted. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
