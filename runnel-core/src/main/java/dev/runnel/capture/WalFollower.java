package dev.runnel.capture;

import dev.runnel.capture.Continuity.Decision;
import dev.runnel.capture.Continuity.Facts;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.source.AttachedDatabase;
import dev.runnel.source.Swap;
import dev.runnel.wal.FrameIndex;
import dev.runnel.wal.Salts;
import dev.runnel.wal.WalChecksum;
import dev.runnel.wal.WalHeader;
import dev.runnel.wal.WalState;
import dev.runnel.wal.WalWalk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the WAL of an attached database: verifies the frames that are new, tells {@link ChangeSet}s their pages, and
 * has {@link Continuity} decide whether anything may be missing. Copies no page. Confined to the task that serves the
 * database.
 */
final class WalFollower {

    /** A writer can move the WAL on between our reads; each try then starts from what is there now. */
    private static final int TRIES = 16;
    /** What an index says is in the WAL before the index says it; so many contradictions in a row are no race. */
    private static final int MAX_CONTRADICTIONS = 100;

    private final AttachedDatabase database;
    private final @Nullable Swap swap;
    private final @Nullable PageMap map;
    private final FrameIndex frames = new FrameIndex();
    private final List<ChangeSet> listeners = new ArrayList<>();
    private final FramesAhead ahead;
    private final Map<Continuity.Reason, Integer> breaks = new EnumMap<>(Continuity.Reason.class);

    private FrameBuffer found = new FrameBuffer();
    private @Nullable Position position;
    private @Nullable WalState seen;
    /** Whether a page diff is to believe an index that no application keeps. */
    private boolean unkept;

    private boolean unbroken;
    private boolean counterKept;
    private int contradictions;
    private long resetsFollowed;

    /**
     * @param swap null without a WAL-index
     * @param position where to continue; null for nowhere
     * @param map page checksums as of {@code position}, which prove frames where their checksum is not known
     */
    WalFollower(AttachedDatabase database, @Nullable Swap swap, @Nullable Position position, @Nullable PageMap map) {
        this.map = map;
        this.database = database;
        this.swap = swap;
        this.position = position;
        this.ahead = new FramesAhead(database);
        this.unkept = position == null && !database.hasLivingWriter();
    }

    /** What a look found. */
    enum Outcome {
        /** A writer is at work on the index: look again. Nothing was seen. */
        UNSETTLED,
        /** No commit since the last look. */
        NOTHING,
        /** Commits, all seen. */
        CHANGES,
        /** Continuity is not proved: what changed is not known. */
        BROKEN
    }

    /** Looks once. Takes no lock. */
    Outcome look() throws IOException {
        for (int i = 0; i < TRIES; i++) {
            WalState now = database.state();
            if (now == null) {
                return Outcome.UNSETTLED;
            }
            boolean setBack = isSetBack(now);
            if (seen != null && now.sameCommits(seen)) {
                seen = now;
                // The same salts and the same count: whatever was let go meanwhile, nothing was lost up to here.
                unbroken = isHeld() && (unbroken || !now.salts().equals(Salts.NONE));
                settled();
                return setBack ? Outcome.BROKEN : Outcome.NOTHING;
            }
            Facts facts = gather(now, startOfWalk(now));
            if (facts != null) {
                Outcome outcome = apply(now, facts);
                return setBack && outcome == Outcome.CHANGES ? Outcome.BROKEN : outcome;
            }
            Thread.onSpinWait();
        }
        return Outcome.UNSETTLED;
    }

    /**
     * Walks what a transaction has written that is not committed yet, as far as it has come, and takes none of it for true:
     * a large commit costs the look that finds it less then.
     */
    void walkAhead() {
        if (seen != null && seen.indexed()) {
            ahead.walk(seen);
        }
    }

    /**
     * Whether an application has made the index anew since a page diff believed the old one. It reads frames again that the
     * old one told to be in the database file, which somebody may have put there since; once, for then the index is kept.
     */
    private boolean isSetBack(WalState now) {
        boolean setBack =
                unkept && seen != null && now.salts().equals(seen.salts()) && now.backfill() < seen.backfill();
        unkept &= !setBack;
        return setBack;
    }

    /** The locks were let go: the next look is a look across a break. */
    void interrupted() {
        unbroken = false;
    }

    private void settled() {
        contradictions = 0;
        counterKept = database.hasLivingWriter();
    }

    private boolean isHeld() {
        return swap != null && swap.attached();
    }

    /** The frame behind which to walk: the last one seen, where the index of frames reaches up to it. */
    private int startOfWalk(WalState now) {
        return seen != null && position != null && now.salts().equals(seen.salts()) && now.mxFrame() >= seen.mxFrame()
                ? seen.mxFrame()
                : 0;
    }

    /** Walks the new frames into {@link #found}. Null when the WAL moved on meanwhile. */
    private @Nullable Facts gather(WalState now, int after) throws IOException {
        found.reset(after);
        int newCommits = 0;
        int repeats = 0;
        WalChecksum atPosition = null;
        if (now.mxFrame() > 0) {
            WalChecksum seed = seed(now, after);
            if (seed == null) {
                return contradicted(now);
            }
            int mark = position != null && position.salts().equals(now.salts()) ? position.frames() : 0;
            int middle = Math.min(Math.max(mark, after), now.mxFrame());
            WalWalk first = WalWalk.walk(database.wal(), now.format(), after, seed, middle, found);
            boolean skips = middle == after && ahead.leadsTo(now, after);
            WalWalk second = first.frames() < middle ? first : walkOn(now, middle, first.checksum(), skips);
            if (second.frames() != now.mxFrame() || !second.checksum().equals(now.checksum())) {
                if (skips) {
                    return gather(now, after); // what was walked ahead is not what was committed
                }
                Facts moved = contradicted(now);
                // Frames that were seen may be others now; then the WAL is right from its beginning.
                return moved == null || after == 0 ? moved : gather(now, 0);
            }
            atPosition = middle == mark ? first.checksum() : null;
            if (atPosition != null && position != null && position.checksum() == null && framesMatchMap(now, mark)) {
                position = position.withChecksum(atPosition);
            }
            newCommits = second.commits() + (middle == mark ? 0 : first.commits());
            repeats = second.repeats() + (middle == mark ? 0 : first.repeats());
        }
        return new Facts(
                now.salts(), now.mxFrame(), now.changeCounter(), now.indexed(), true, atPosition, newCommits, repeats);
    }

    private WalWalk walkOn(WalState now, int from, WalChecksum seed, boolean skips) throws IOException {
        if (!skips) {
            return WalWalk.walk(database.wal(), now.format(), from, seed, now.mxFrame(), found);
        }
        int last = ahead.last();
        WalChecksum checksum = ahead.checksum();
        found = ahead.handOver(found);
        return WalWalk.walk(database.wal(), now.format(), last, checksum, now.mxFrame(), found);
    }

    /** Whether the newest images in the first frames are what the map says: then these frames are those captured. */
    private boolean framesMatchMap(WalState now, int count) throws IOException {
        if (map == null || !map.pageSize().equals(now.pageSize())) {
            return false;
        }
        FrameIndex newest = new FrameIndex();
        found.replay(newest, List.of(), 0, count);
        byte[] page = new byte[now.pageSize().bytes()];
        for (int frame = 1; frame <= count; frame++) {
            int pageNumber = found.page(frame);
            if (newest.frameOf(pageNumber) != frame || pageNumber > map.pageCount()) {
                continue;
            }
            long at = WalHeader.frameOffset(now.pageSize(), frame) + WalHeader.FRAME_HEADER_SIZE;
            if (database.wal().read(ByteBuffer.wrap(page), at) < page.length
                    || PageChecksums.of(pageNumber, page, 0, page.length) != map.get(pageNumber)) {
                return false;
            }
        }
        return true;
    }

    private @Nullable WalChecksum seed(WalState now, int after) throws IOException {
        if (after > 0 && seen != null) {
            return seen.checksum();
        }
        WalHeader header = WalHeader.read(database.wal());
        return header != null && WalWalk.Format.of(header).equals(now.format()) ? header.checksum() : null;
    }

    /** The WAL does not hold what the state says: because it moved on, or because it is broken. */
    private @Nullable Facts contradicted(WalState now) throws IOException {
        WalState again = database.state();
        if (again == null || !again.sameCommits(now)) {
            return null;
        }
        found.reset(0);
        return new Facts(now.salts(), now.mxFrame(), now.changeCounter(), now.indexed(), false, null, 0, 0);
    }

    private Outcome apply(WalState now, Facts facts) throws IOException {
        return facts.chainValid() ? conclude(now, facts) : broken(now, facts);
    }

    private Outcome conclude(WalState now, Facts facts) {
        Decision decision = Continuity.decide(countedFrom(now), unbroken && isHeld(), facts);
        int known = position != null && position.salts().equals(now.salts()) ? position.frames() : 0;
        if (found.start() == 0) {
            frames.clear();
        }
        switch (decision.kind()) {
            case CONTINUE -> found.replay(frames, listeners, known, now.mxFrame());
            case FOLLOW_RESET -> {
                found.replay(frames, listeners, 0, now.mxFrame());
                resetsFollowed++;
            }
            case RECONCILE -> {
                // What changed is not known, and a page diff will find it; the frames are the images to come.
                found.replay(frames, List.of(), 0, now.mxFrame());
                breaks.merge(java.util.Objects.requireNonNull(decision.reason()), 1, Integer::sum);
            }
        }
        position = Position.of(now);
        seen = now;
        unbroken = isHeld();
        settled();
        return decision.kind() == Continuity.Kind.RECONCILE ? Outcome.BROKEN : Outcome.CHANGES;
    }

    /**
     * The position, without the counter where that may have started anew: whoever opens a database of which neither we
     * nor anybody else holds the dead-man switch rebuilds the index.
     */
    private @Nullable Position countedFrom(WalState now) {
        return position != null && !counterKept && position.salts().equals(now.salts())
                ? position.uncounted()
                : position;
    }

    /**
     * An index that contradicts the WAL is not to be believed where no application keeps it. Where one does, what the
     * index says is what the application reads.
     */
    private Outcome broken(WalState now, Facts facts) throws IOException {
        if (!now.indexed()) {
            return Outcome.UNSETTLED;
        }
        if (database.hasLivingWriter()) {
            boolean readable = WalWalk.walkUnverified(database.wal(), now.format(), now.mxFrame(), found);
            WalState after = database.state();
            if (after == null || !after.sameCommits(now)) {
                return Outcome.UNSETTLED;
            }
            return readable ? conclude(now, facts) : contradictedAgain(now);
        }
        WalState scan = database.scan();
        if (seen != null && scan.sameCommits(seen)) {
            return Outcome.NOTHING;
        }
        Facts scanned = gather(scan, 0);
        return scanned == null || !scanned.chainValid() ? Outcome.UNSETTLED : conclude(scan, scanned);
    }

    private Outcome contradictedAgain(WalState now) throws IOException {
        contradictions++;
        if (contradictions < MAX_CONTRADICTIONS) {
            return Outcome.UNSETTLED;
        }
        throw new IOException(database.path() + "-wal does not hold the " + now.mxFrame()
                + " frames that its index tells of: it was damaged, or deleted or replaced while the application has the"
                + " database open; close the application and check the database with PRAGMA integrity_check");
    }

    /** What was seen last; null before the first look. */
    @Nullable
    WalState seen() {
        return seen;
    }

    /** Up to where the WAL was seen; null before the first look of a follower that continues nothing. */
    @Nullable
    Position position() {
        return position;
    }

    /** Frame with the newest image of a page that is not in the database file; 0 when the file has it. */
    int frameOf(int pageNumber) {
        int frame = frames.frameOf(pageNumber);
        // SQLite itself reads no frame that is backfilled.
        return seen != null && frame > seen.backfill() ? frame : 0;
    }

    /** Whether a WAL is there to take images from. */
    boolean hasWal() {
        return seen != null && !seen.salts().equals(Salts.NONE);
    }

    /** Size of the database in pages as of the last look. */
    int pageCount() throws IOException {
        if (seen == null) {
            throw new IllegalStateException("no look yet");
        }
        return seen.pageCount() > 0 ? seen.pageCount() : database.filePages(seen.pageSize());
    }

    /** From now on, {@code changes} is told of every new page. */
    void listen(ChangeSet changes) {
        listeners.add(changes);
    }

    void stopListening(ChangeSet changes) {
        listeners.remove(changes);
    }

    long resetsFollowed() {
        return resetsFollowed;
    }

    /** How often continuity was not proved, by reason. */
    Map<Continuity.Reason, Integer> breaks() {
        return Map.copyOf(breaks);
    }
}
