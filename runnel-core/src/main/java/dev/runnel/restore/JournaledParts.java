package dev.runnel.restore;

import dev.runnel.ltx.LtxIndex;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.model.PageSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** Parts of a temporary file as its journal tells, each believed only after its pages were read and have its checksum. */
final class JournaledParts implements PageSink.KeptParts {

    private static final int BUFFER_SIZE = 256 << 10;

    private final FileChannel channel;
    private final RestoreJournal journal;
    private final Path target;

    /** @param target what messages are about */
    JournaledParts(FileChannel channel, RestoreJournal journal, Path target) {
        this.channel = channel;
        this.journal = journal;
        this.target = target;
    }

    @Override
    public Segment.@Nullable Result find(ChainImage image, Segment segment) throws IOException {
        SourceFile source = image.source(segment);
        Segment.Result result = journal.find(source, segment);
        return result != null
                        && result.newest().equals(image.newestOf(segment))
                        && isWritten(image.pageSize(), source.index(), segment.from(), result)
                ? result
                : null;
    }

    private boolean isWritten(PageSize pageSize, LtxIndex index, int from, Segment.Result result) throws IOException {
        int size = pageSize.bytes();
        BitSet newest = result.newest();
        byte[] buffer = new byte[BUFFER_SIZE];
        long checksum = 0;
        for (int entry = newest.nextSetBit(0); entry >= 0; ) {
            int first = index.pgno(from + entry);
            int run = 1;
            while (newest.get(entry + run)
                    && index.pgno(from + entry + run) == first + run
                    && (run + 1) * size <= BUFFER_SIZE) {
                run++;
            }
            if (!read(ByteBuffer.wrap(buffer, 0, run * size), pageSize.offsetOf(first))) {
                return false;
            }
            for (int i = 0; i < run; i++) {
                checksum ^= PageChecksums.of(first + i, buffer, i * size, size);
            }
            entry = newest.nextSetBit(entry + run);
        }
        return checksum == result.checksum();
    }

    private boolean read(ByteBuffer pages, long position) throws IOException {
        while (pages.hasRemaining()) {
            if (channel.read(pages, position + pages.position()) < 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void add(ChainImage image, Segment segment, Segment.Result result) throws IOException {
        try {
            journal.add(image.source(segment), segment, result);
        } catch (IOException e) {
            throw NotEnoughSpaceException.orOther(target, e);
        }
    }

    @Override
    public void reset() throws IOException {
        try {
            journal.reset();
        } catch (IOException e) {
            throw NotEnoughSpaceException.orOther(target, e);
        }
    }
}
