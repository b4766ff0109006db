package dev.runnel.restore;

import dev.runnel.archive.ReplicaArchive;
import dev.runnel.ltx.FrameReader;
import dev.runnel.ltx.LtxIndex;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.BitSet;

/**
 * Fetches and decodes segments on one thread. A window of the file moves along the stream, small enough to stay in the
 * processor's cache.
 */
final class SegmentReader {

    private static final int WINDOW = 256 << 10;

    private final ReplicaArchive archive;
    private final ChainImage image;
    private final PageSink.Writer writer;
    private byte[] window = new byte[0];
    private int filled;
    private long windowOffset;

    SegmentReader(ReplicaArchive archive, ChainImage image, PageSink.Writer writer) {
        this.archive = archive;
        this.image = image;
        this.writer = writer;
    }

    /** Decodes every frame and passes on the pages whose newest image is here. May be repeated after a failure. */
    Segment.Result read(Segment segment) throws IOException {
        SourceFile source = image.source(segment);
        BitSet newest = image.newestOf(segment);
        FrameReader frames = new FrameReader(image.pageSize(), source.resource());
        byte[] whole = source.whole();
        long checksum = 0;
        if (whole != null) {
            for (int entry = segment.from(); entry < segment.to(); entry++) {
                frames.read(source.index(), entry, whole, 0);
                checksum ^= passOn(frames, newest.get(entry - segment.from()));
            }
        } else {
            LtxIndex index = source.index();
            long start = index.offset(segment.from());
            long length = source.endOf(segment.to()) - start;
            windowOffset = start;
            filled = 0;
            try (InputStream in = archive.open(source.file(), start, length)) {
                for (int entry = segment.from(); entry < segment.to(); entry++) {
                    require(index.offset(entry), index.size(entry), start + length, in, source);
                    frames.read(index, entry, window, windowOffset);
                    checksum ^= passOn(frames, newest.get(entry - segment.from()));
                }
            }
        }
        writer.flush();
        return new Segment.Result(frames.hashed(), checksum, newest);
    }

    private long passOn(FrameReader frames, boolean newest) throws IOException {
        if (!newest) {
            return 0;
        }
        long checksum = frames.pageChecksum();
        writer.page(frames.pageNumber(), frames.page(), checksum);
        return checksum;
    }

    /** Moves the window so that the {@code size} bytes at {@code offset} of the file are in it. */
    private void require(long offset, int size, long end, InputStream in, SourceFile source) throws IOException {
        int at = (int) (offset - windowOffset);
        if (at + size <= filled) {
            return;
        }
        int kept = filled - at;
        byte[] target = window.length < size ? new byte[Math.max(size, WINDOW)] : window;
        System.arraycopy(window, at, target, 0, kept);
        window = target;
        windowOffset = offset;
        filled = kept;
        while (filled < size) {
            int wanted = (int) Math.min(window.length - filled, end - (windowOffset + filled));
            int read = in.read(window, filled, wanted);
            if (read < 0) {
                throw new TransientStorageException(
                        source.resource() + ": ended at byte " + (windowOffset + filled) + " of the range to " + end);
            }
            filled += read;
        }
    }
}
