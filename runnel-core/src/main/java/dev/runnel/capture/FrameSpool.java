package dev.runnel.capture;

import dev.runnel.ltx.LtxEncoder;
import dev.runnel.ltx.PageFrame;
import dev.runnel.wal.FrameIndex;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Compressed pages on their way into an LTX file: appended as they are read, replaced when they change, and given back in
 * the order of page numbers. Small ones stay in memory; larger ones go to a file that is gone when the spool is closed.
 */
final class FrameSpool implements Closeable {

    private static final int MEMORY_BYTES = 1 << 20;
    /** Two megabytes of pages of 4 KiB. */
    private static final int PAGES_BETWEEN = 512;

    private final Path file;
    private final FrameIndex slots = new FrameIndex();
    private byte[] memory = new byte[8 * 1024];
    private int memoryUsed;
    private long fileUsed;
    private @Nullable FileChannel channel;

    private int count;
    private int[] pages = new int[16];
    private long[] offsets = new long[16];
    private int[] sizes = new int[16];
    private long[] crcs = new long[16];
    private long[] checksums = new long[16];

    /**
     * @param file where to spool what does not fit in memory; made when needed, must not exist
     */
    FrameSpool(Path file) {
        this.file = file;
    }

    /** Adds a page, or replaces it. */
    void put(PageFrame frame, long pageChecksum) throws IOException {
        int slot = slots.frameOf(frame.pgno()) - 1;
        if (slot < 0) {
            slot = newSlot(frame.pgno());
        }
        offsets[slot] = append(frame);
        sizes[slot] = frame.payloadSize();
        crcs[slot] = frame.dataCrc();
        checksums[slot] = pageChecksum;
    }

    private int newSlot(int pageNumber) {
        if (count == pages.length) {
            int more = Math.multiplyExact(count, 2);
            pages = Arrays.copyOf(pages, more);
            offsets = Arrays.copyOf(offsets, more);
            sizes = Arrays.copyOf(sizes, more);
            crcs = Arrays.copyOf(crcs, more);
            checksums = Arrays.copyOf(checksums, more);
        }
        pages[count] = pageNumber;
        slots.put(pageNumber, count + 1);
        return count++;
    }

    private long append(PageFrame frame) throws IOException {
        if (memoryUsed + frame.payloadSize() > MEMORY_BYTES) {
            spill();
        }
        if (memoryUsed + frame.payloadSize() > memory.length) {
            memory = Arrays.copyOf(memory, Math.max(memory.length * 2, memoryUsed + frame.payloadSize()));
        }
        System.arraycopy(frame.payload(), frame.payloadOffset(), memory, memoryUsed, frame.payloadSize());
        long at = fileUsed + memoryUsed;
        memoryUsed += frame.payloadSize();
        return at;
    }

    private void spill() throws IOException {
        try {
            spillTo(file);
        } catch (IOException e) {
            throw LocalFiles.cannotWrite(file, e, StateDirectory.ELSEWHERE);
        }
    }

    private void spillTo(Path file) throws IOException {
        if (channel == null) {
            channel = FileChannel.open(
                    file,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);
        }
        ByteBuffer bytes = ByteBuffer.wrap(memory, 0, memoryUsed);
        long at = fileUsed;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
        fileUsed = at; // only now: what is in memory keeps its offset if the disk is full
        memoryUsed = 0;
    }

    /** Number of pages. */
    int size() {
        return count;
    }

    /** Bytes spooled, replaced pages included. */
    long bytes() {
        return fileUsed + memoryUsed;
    }

    /** The pages up to {@code last}, in ascending order. */
    int[] pages(int last) {
        int[] sorted = Arrays.copyOf(pages, count);
        Arrays.sort(sorted);
        int end = count;
        while (end > 0 && sorted[end - 1] > last) {
            end--;
        }
        return Arrays.copyOf(sorted, end);
    }

    /** Whether a page is in the spool. */
    boolean contains(int pageNumber) {
        return slots.frameOf(pageNumber) > 0;
    }

    /** Checksum of a page that is in the spool. */
    long checksum(int pageNumber) {
        return checksums[slots.frameOf(pageNumber) - 1];
    }

    /**
     * Writes the pages up to {@code last}, in ascending order.
     *
     * @param meanwhile runs between some pages and the next
     */
    void writeTo(LtxEncoder encoder, int last, Runnable meanwhile) throws IOException {
        byte[] buffer = new byte[0];
        int written = 0;
        for (int page : pages(last)) {
            if (++written % PAGES_BETWEEN == 0) {
                meanwhile.run();
            }
            int slot = slots.frameOf(page) - 1;
            int size = sizes[slot];
            if (offsets[slot] >= fileUsed) {
                encoder.write(new PageFrame(page, memory, Math.toIntExact(offsets[slot] - fileUsed), size, crcs[slot]));
            } else {
                if (buffer.length < size) {
                    buffer = new byte[size * 2];
                }
                readBack(ByteBuffer.wrap(buffer, 0, size), offsets[slot]);
                encoder.write(new PageFrame(page, buffer, 0, size, crcs[slot]));
            }
        }
    }

    private void readBack(ByteBuffer target, long offset) throws IOException {
        if (channel == null) {
            throw new IllegalStateException("nothing was spilled");
        }
        long at = offset;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                throw new EOFException(file + " was cut short under us");
            }
            at += read;
        }
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
