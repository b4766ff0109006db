package dev.runnel.restore;

import dev.runnel.archive.LtxFile;
import dev.runnel.model.Level;
import dev.runnel.model.TxRange;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far reading the checksums of one state has come, for another attempt after one that failed: what was read whole is
 * not fetched again. To be used with one replica, one transaction and one sink. Thread-safe.
 */
public final class ReadProgress implements PageSink.KeptParts {

    private final Map<Part, Segment.Result> parts = new HashMap<>();

    /** Names a segment whatever the plan, and whether or not the exact time of its file is known. */
    private record Part(Level level, TxRange txIds, long size, int from, int to) {

        static Part of(ChainImage image, Segment segment) {
            LtxFile file = image.source(segment).file();
            return new Part(file.level(), file.txIds(), file.size(), segment.from(), segment.to());
        }
    }

    /** Nothing was read yet. */
    public ReadProgress() {}

    /** How many parts were read. */
    public synchronized int parts() {
        return parts.size();
    }

    @Override
    public synchronized Segment.@Nullable Result find(ChainImage image, Segment segment) {
        Segment.Result result = parts.get(Part.of(image, segment));
        return result != null && result.newest().equals(image.newestOf(segment)) ? result : null;
    }

    @Override
    public synchronized void add(ChainImage image, Segment segment, Segment.Result result) {
        parts.put(Part.of(image, segment), result);
    }

    @Override
    public synchronized void reset() {
        parts.clear();
    }
}
