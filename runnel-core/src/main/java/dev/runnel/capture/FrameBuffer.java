package dev.runnel.capture;

import dev.runnel.wal.FrameIndex;
import dev.runnel.wal.FrameVisitor;
import java.util.Arrays;
import java.util.List;

/** Frames found by one walk. Not thread-safe. */
final class FrameBuffer implements FrameVisitor {

    private static final int KEPT = 4096;

    private int[] pages = new int[64];
    private int[] commits = new int[64];
    private int start;
    private int count;

    void reset(int after) {
        start = after;
        count = 0;
        if (pages.length > KEPT) {
            pages = new int[64];
            commits = new int[64];
        }
    }

    /** The frame behind which the walk began. */
    int start() {
        return start;
    }

    @Override
    public void frame(int frameNumber, int pageNumber, int commitSize) {
        if (count == pages.length) {
            pages = Arrays.copyOf(pages, count * 2);
            commits = Arrays.copyOf(commits, count * 2);
        }
        pages[count] = pageNumber;
        commits[count] = commitSize;
        count++;
    }

    /** Number of frames. */
    int count() {
        return count;
    }

    /** Forgets the last frames, so that so many are left. */
    void truncate(int left) {
        count = left;
    }

    /** Page of a frame that was walked. */
    int page(int frame) {
        return pages[frame - start - 1];
    }

    /** Enters the frames up to {@code last} into the index, and tells of those behind frame {@code known}. */
    void replay(FrameIndex frames, List<ChangeSet> listeners, int known, int last) {
        for (int i = 0; i < Math.min(count, last - start); i++) {
            int frame = start + i + 1;
            frames.put(pages[i], frame);
            if (frame > known) {
                for (ChangeSet changes : listeners) {
                    changes.page(pages[i]);
                    if (commits[i] != 0) {
                        changes.commit(commits[i]);
                    }
                }
            }
        }
    }
}
