package dev.runnel.restore;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the transaction that an instant means. A file whose time cannot be read is passed over where those around it tell
 * enough; where it may be the answer itself, its damage is the outcome. For one use.
 */
final class TimeSearch implements TimestampLookup {

    /** By so much the clocks of two machines may differ. */
    private static final Duration SKEW = Duration.ofMinutes(10);

    private final Manifest manifest;
    private final Instant instant;
    private final TimestampLookup times;
    private final @Nullable Instant newest;
    private @Nullable LtxFile asked;
    private @Nullable LtxFile suspect;
    private @Nullable CorruptChangesetException damage;

    TimeSearch(Manifest manifest, Instant instant, TimestampLookup times) {
        this.manifest = manifest;
        this.instant = instant;
        this.times = times;
        LtxFile last = manifest.newestFile();
        this.newest = last == null ? null : last.createdAt();
    }

    @Override
    public Instant timestampOf(LtxFile file) throws IOException {
        asked = file;
        return times.timestampOf(file);
    }

    /**
     * The highest transaction of a file older than the instant, or null.
     *
     * @throws CorruptChangesetException if a file that may be older reaches further, and does not tell
     */
    @Nullable
    TxId last() throws IOException {
        TxId last = null;
        for (int i = 0; i <= Level.SNAPSHOT.number(); i++) {
            List<LtxFile> level = manifest.files(new Level(i));
            // Only what reaches further than the levels before can change the answer.
            if (!level.isEmpty()
                    && (last == null || level.get(level.size() - 1).max().compareTo(last) > 0)) {
                TxId ofLevel = last(level);
                last = ofLevel != null && (last == null || ofLevel.compareTo(last) > 0) ? ofLevel : last;
            }
        }
        LtxFile unread = suspect;
        CorruptChangesetException reason = damage;
        if (unread != null && reason != null && (last == null || unread.max().compareTo(last) > 0)) {
            throw reason;
        }
        return last;
    }

    /** The same within a level: before the first file that is not older, whatever comes behind it. */
    private @Nullable TxId last(List<LtxFile> level) throws IOException {
        List<LtxFile> files = new ArrayList<>(level);
        files.removeIf(this::isOfDaysToCome);
        List<LtxFile> unread = new ArrayList<>();
        while (true) {
            try {
                int end = RestorePlanner.firstNotBefore(files, 0, instant, this);
                suspect(unread, end < files.size() ? files.get(end) : null);
                return end > 0 ? files.get(end - 1).max() : null;
            } catch (CorruptChangesetException e) {
                damage = damage == null ? e : damage;
                files.remove(asked);
                unread.add(asked);
            }
        }
    }

    /** Whether the file was cut while a clock was ahead, since the newest one is older: its time tells nothing. */
    private boolean isOfDaysToCome(LtxFile file) {
        return newest != null && file.createdAt().isAfter(newest.plus(SKEW));
    }

    /** Of the files that do not tell their time, those that stand before the first one that is not older may be older. */
    private void suspect(List<LtxFile> unread, @Nullable LtxFile notOlder) {
        for (LtxFile file : unread) {
            boolean mayBeOlder = notOlder == null || file.max().compareTo(notOlder.max()) < 0;
            LtxFile known = suspect;
            if (mayBeOlder && (known == null || file.max().compareTo(known.max()) > 0)) {
                suspect = file;
            }
        }
    }
}
