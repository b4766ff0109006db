package dev.runnel.legacy;

import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.PageSize;
import dev.runnel.wal.WalChecksum;
import dev.runnel.wal.WalHeader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Applies a snapshot and WAL segments to a database image, with every salt and running checksum of the WAL verified. What
 * SQLite would pass over in silence, a frame that does not verify, is an error here. Not thread-safe.
 */
final class WalReplay {

    private static final int AT_PAGE_SIZE = 16;
    private static final int AT_CHANGE_COUNTER = 24;
    private static final int AT_PAGES = 28;
    private static final int AT_VERSION_VALID_FOR = 92;
    private static final int BUFFER_SIZE = 256 << 10;

    /** The image. */
    interface Image {

        /** Told how many pages the snapshot has, before the first is written, if its header says so. */
        default void expect(PageSize pageSize, int pages) throws IOException {}

        /** Takes consecutive pages, whole ones; the buffer is the caller's. */
        void write(int firstPage, ByteBuffer pages, PageSize pageSize) throws IOException;

        /** Cuts off what lies behind the last page, as a checkpoint does. */
        void truncate(int pages, PageSize pageSize) throws IOException;
    }

    private final Image image;
    private @Nullable PageSize pageSize;
    private int pages;
    private int index;
    private @Nullable WalHeader header;
    private WalChecksum checksum = WalChecksum.ZERO;
    private long offset;
    private boolean committed = true;

    WalReplay(Image image) {
        this.image = image;
    }

    /** Page size of the database; null as long as there is none. */
    @Nullable
    PageSize pageSize() {
        return pageSize;
    }

    /** Size of the database in pages. */
    int pages() {
        return pages;
    }

    /** Begins with a snapshot; its WAL has its index. */
    void snapshot(int walIndex, InputStream database, String resource) throws IOException {
        byte[] buffer = new byte[BUFFER_SIZE];
        index = walIndex - 1;
        header = null;
        committed = true;
        pages = 0;
        pageSize = null;
        long position = 0;
        while (true) {
            int read = database.readNBytes(buffer, 0, buffer.length);
            if (read == 0) {
                return;
            }
            PageSize size = pageSize;
            if (size == null) {
                size = pageSizeOf(buffer, read, resource);
                pageSize = size;
                int expected = pagesOf(ByteBuffer.wrap(buffer));
                if (expected > 0) {
                    image.expect(size, expected);
                }
            }
            if (read % size.bytes() != 0) {
                throw new CorruptChangesetException(
                        resource, position + read, "whole pages of " + size + " bytes", "the end of the database");
            }
            image.write(pages + 1, ByteBuffer.wrap(buffer, 0, read), size);
            pages += read / size.bytes();
            position += read;
        }
    }

    /** Size of the database as its header has it; 0 where the header says that it is out of date. */
    private static int pagesOf(ByteBuffer header) {
        boolean upToDate = header.getInt(AT_CHANGE_COUNTER) == header.getInt(AT_VERSION_VALID_FOR);
        return upToDate ? header.getInt(AT_PAGES) : 0;
    }

    private static PageSize pageSizeOf(byte[] database, int length, String resource) throws CorruptChangesetException {
        int field = length < AT_PAGE_SIZE + 2 ? 0 : ByteBuffer.wrap(database).getShort(AT_PAGE_SIZE) & 0xffff;
        if (field != 1 && !PageSize.isValid(field)) {
            throw new CorruptChangesetException(resource, AT_PAGE_SIZE, "a page size", Integer.toString(field));
        }
        return PageSize.ofField(field);
    }

    /**
     * Applies a segment, which must follow what was applied before.
     *
     * @param replica name of the replica for messages
     * @return whether it ends with a commit, so that the image is a state of the database
     */
    boolean apply(String replica, LegacySnapshot snapshot, LegacySegment segment, InputStream wal, String resource)
            throws IOException {
        if (segment.index() != index) {
            begin(replica, snapshot, segment);
        }
        if (segment.offset() != offset) {
            throw new LegacyGapException(
                    replica,
                    "WAL segment " + LegacyPlanner.hex(index) + ":" + offset + " of generation " + segment.generation()
                            + " (the next is at " + segment.offset() + ")",
                    LegacyPlanner.remedy(snapshot, index - 1));
        }
        WalHeader current = header;
        if (offset == 0) {
            current = readHeader(wal, resource);
            header = current;
        }
        if (current == null) {
            throw new CorruptChangesetException(resource, 0, "a WAL header", "none");
        }
        byte[] frame = new byte[current.frameSize()];
        for (int read = wal.readNBytes(frame, 0, frame.length); read > 0; ) {
            if (read < frame.length) {
                throw new CorruptChangesetException(
                        resource, offset + read, "frames of " + frame.length + " bytes", "the end of the segment");
            }
            apply(current, frame, resource);
            offset += frame.length;
            read = wal.readNBytes(frame, 0, frame.length);
        }
        return committed;
    }

    private void begin(String replica, LegacySnapshot snapshot, LegacySegment segment) throws IOException {
        if (segment.index() != index + 1) {
            throw new LegacyGapException(
                    replica,
                    "WAL index " + LegacyPlanner.hex(index + 1) + " of generation " + segment.generation(),
                    LegacyPlanner.remedy(snapshot, index));
        }
        if (!committed) {
            throw new LegacyGapException(
                    replica,
                    "the end of WAL index " + LegacyPlanner.hex(index) + " of generation " + segment.generation(),
                    LegacyPlanner.remedy(snapshot, index - 1));
        }
        PageSize size = pageSize;
        if (size != null) {
            image.truncate(pages, size);
        }
        index = segment.index();
        offset = 0;
        header = null;
    }

    private WalHeader readHeader(InputStream wal, String resource) throws IOException {
        byte[] bytes = wal.readNBytes(WalHeader.SIZE);
        WalHeader read = bytes.length < WalHeader.SIZE ? null : WalHeader.parse(bytes);
        if (read == null) {
            throw new CorruptChangesetException(resource, 0, "a WAL header", "something else");
        }
        if (pageSize != null && !pageSize.equals(read.pageSize())) {
            throw new CorruptChangesetException(
                    resource,
                    8,
                    "page size " + pageSize + " as in the snapshot",
                    read.pageSize().toString());
        }
        pageSize = read.pageSize();
        checksum = read.checksum();
        offset = WalHeader.SIZE;
        return read;
    }

    private void apply(WalHeader wal, byte[] frame, String resource) throws IOException {
        ByteBuffer fields = ByteBuffer.wrap(frame);
        int page = fields.getInt(0);
        int commit = fields.getInt(4);
        boolean ours = fields.getInt(8) == wal.salts().salt1()
                && fields.getInt(12) == wal.salts().salt2();
        WalChecksum next = checksum.update(frame, 0, 8, wal.bigEndianChecksum())
                .update(frame, WalHeader.FRAME_HEADER_SIZE, wal.pageSize().bytes(), wal.bigEndianChecksum());
        if (!ours || page < 1 || commit < 0) {
            throw new CorruptChangesetException(
                    resource, offset, "a frame with salts " + wal.salts(), "page " + page + " with others");
        }
        if (next.s0() != fields.getInt(16) || next.s1() != fields.getInt(20)) {
            throw new CorruptChangesetException(
                    resource,
                    offset,
                    "a frame of page " + page + " with checksum " + next,
                    new WalChecksum(fields.getInt(16), fields.getInt(20)).toString());
        }
        checksum = next;
        image.write(page, fields.position(WalHeader.FRAME_HEADER_SIZE), wal.pageSize());
        committed = commit != 0;
        if (committed) {
            pages = commit;
        }
    }
}
