package dev.runnel.capture;

import dev.runnel.capture.LongRead.Purpose;
import dev.runnel.model.PageSize;
import dev.runnel.source.AttachedDatabase;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The long read that is under way, and the snapshot that waits while a large cut is read. Confined to the capture's task. */
final class LongReads {

    private final AttachedDatabase database;
    private final WalFollower follower;
    private final CutWriter writer;
    private @Nullable LongRead current;
    /** A snapshot that waits for the long read of a large cut. */
    private @Nullable LongRead parked;

    LongReads(AttachedDatabase database, WalFollower follower, CutWriter writer) {
        this.database = database;
        this.follower = follower;
        this.writer = writer;
    }

    /** The one under way; null for none. */
    @Nullable
    LongRead current() {
        return current;
    }

    /** Begins one; what is under way, if anything, goes on behind it. */
    LongRead begin(Purpose purpose, PageSize pageSize, int @Nullable [] pages) throws IOException {
        LongRead read = new LongRead(
                purpose,
                new PageTaker(new PageImages(database, follower, pageSize), pageSize),
                writer.newSpool(),
                follower.pageCount(),
                purpose == Purpose.RECONCILE ? writer.mapFor(pageSize) : null,
                purpose == Purpose.RECONCILE ? Survey.of(writer, pageSize) : null);
        parked = current;
        current = pages == null ? read : read.of(pages);
        follower.listen(read.changes());
        return read;
    }

    /** Ends the one under way; a parked one goes on. */
    void drop() throws IOException {
        LongRead ended = current;
        current = parked;
        parked = null;
        if (ended != null) {
            follower.stopListening(ended.changes());
            ended.close();
        }
    }

    void dropAll() throws IOException {
        drop();
        drop();
    }
}
