package dev.runnel.capture;

import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.Crc64;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;

/**
 * The file of a page map, {@code <txid>.map}, big-endian: one LZ4 frame over
 *
 * <pre>
 * "RNLM" | version u32 = 1 | page size u32 | page count u32 | TXID u64 | page checksum u64, one a page | CRC-64 u64
 * </pre>
 *
 * where the lock page has the checksum 0 and the CRC-64 (as in LTX) covers everything before it.
 */
public final class PageMapCodec {

    /** The default is 4 MiB, of which the stream makes two: more than all the rest of an idle process. */
    private static final LZ4FrameOutputStream.BLOCKSIZE BLOCK_SIZE = LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB;

    private static final int MAGIC = 0x524e4c4d;
    private static final int VERSION = 1;
    private static final int HEADER = 24;
    private static final int BLOCK_PAGES = 8192;

    private PageMapCodec() {}

    /** Writes the map as of a transaction; a file that is there is overwritten. */
    public static void write(PageMap map, TxId txId, Path file) throws IOException {
        try (OutputStream out =
                new LZ4FrameOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16), BLOCK_SIZE)) {
            byte[] header = ByteBuffer.allocate(HEADER)
                    .putInt(MAGIC)
                    .putInt(VERSION)
                    .putInt(map.pageSize().bytes())
                    .putInt(map.pageCount())
                    .putLong(txId.value())
                    .array();
            out.write(header);
            long crc = Crc64.update(0, header, 0, header.length);
            ByteBuffer block = ByteBuffer.allocate(8 * BLOCK_PAGES);
            for (int page = 1; page <= map.pageCount(); page++) {
                block.putLong(map.get(page));
                if (!block.hasRemaining() || page == map.pageCount()) {
                    out.write(block.array(), 0, block.position());
                    crc = Crc64.update(crc, block.array(), 0, block.position());
                    block.clear();
                }
            }
            out.write(ByteBuffer.allocate(8).putLong(crc).array());
        }
    }

    /**
     * Reads a map.
     *
     * @param in its bytes, from memory or a local file
     * @param txId the transaction it must be of
     * @throws CorruptChangesetException if it is damaged or of another transaction
     */
    public static PageMap read(InputStream in, TxId txId, String resource) throws IOException {
        Stored stored = read(in, resource);
        if (!stored.txId().equals(txId)) {
            throw damaged(resource, "the page map of TXID " + txId, "that of TXID " + stored.txId());
        }
        return stored.map();
    }

    /**
     * A map as it was stored.
     *
     * @param txId the transaction it is of
     */
    public record Stored(TxId txId, PageMap map) {}

    /**
     * Reads a map of whatever transaction.
     *
     * @param in its bytes, from memory or a local file
     * @throws CorruptChangesetException if it is damaged
     */
    public static Stored read(InputStream in, String resource) throws IOException {
        SourceStream source = new SourceStream(in);
        try (InputStream lz4 = new LZ4FrameInputStream(new BufferedInputStream(source, 1 << 16))) {
            byte[] header = lz4.readNBytes(HEADER);
            ByteBuffer fields = ByteBuffer.wrap(header);
            if (header.length < HEADER || fields.getInt() != MAGIC || fields.getInt() != VERSION) {
                throw damaged(resource, "a page map of version 1", "something else");
            }
            int pageSize = fields.getInt();
            int pageCount = fields.getInt();
            long txId = fields.getLong();
            if (!PageSize.isValid(pageSize) || pageCount < 0 || txId < 1) {
                throw damaged(resource, "the page map of a transaction", "fields that are none");
            }
            PageMap map = new PageMap(new PageSize(pageSize));
            long crc = Crc64.update(0, header, 0, header.length);
            for (int page = 1; page <= pageCount; ) {
                int pages = Math.min(BLOCK_PAGES, pageCount - page + 1);
                byte[] block = lz4.readNBytes(8 * pages);
                if (block.length < 8 * pages) {
                    throw damaged(resource, pageCount + " pages", "its end at page " + page);
                }
                crc = Crc64.update(crc, block, 0, block.length);
                ByteBuffer checksums = ByteBuffer.wrap(block);
                for (int i = 0; i < pages; i++, page++) {
                    long checksum = checksums.getLong();
                    if (page != map.pageSize().lockPage()) {
                        map.set(page, checksum);
                    }
                }
            }
            map.resize(pageCount);
            byte[] stored = lz4.readNBytes(8);
            if (stored.length < 8 || ByteBuffer.wrap(stored).getLong() != crc) {
                throw damaged(resource, "CRC-64 " + Long.toHexString(crc), "another one");
            }
            return new Stored(new TxId(txId), map);
        } catch (CorruptChangesetException e) {
            throw e;
        } catch (IOException e) {
            if (source.failed) {
                throw e;
            }
            CorruptChangesetException corrupt = damaged(resource, "one LZ4 frame", String.valueOf(e.getMessage()));
            corrupt.initCause(e);
            throw corrupt;
        }
    }

    /** Tells a stream that cannot be read from one whose bytes are damaged. */
    private static final class SourceStream extends FilterInputStream {

        private boolean failed;

        SourceStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (IOException e) {
                failed = true;
                throw e;
            }
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                return super.read(target, offset, length);
            } catch (IOException e) {
                failed = true;
                throw e;
            }
        }
    }

    private static CorruptChangesetException damaged(String resource, String expected, String actual) {
        return new CorruptChangesetException(resource, 0, expected, actual);
    }
}
