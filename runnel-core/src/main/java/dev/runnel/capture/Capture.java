package dev.runnel.capture;

import dev.runnel.capture.CutWriter.Taken;
import dev.runnel.capture.LongRead.Purpose;
import dev.runnel.capture.PageImages.Place;
import dev.runnel.capture.WalFollower.Outcome;
import dev.runnel.model.PageSize;
import dev.runnel.model.TimeSource;
import dev.runnel.model.TxId;
import dev.runnel.source.AttachedDatabase;
import dev.runnel.source.Swap;
import dev.runnel.wal.WalState;
import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Captures one attached database: looks often, cuts seldom. Each call does a bounded piece of work and returns; the
 * caller decides when the next one comes. Confined to one task at a time.
 *
 * <p>When a method throws, nothing that was seen is lost: the next cut takes it.
 */
public final class Capture implements Closeable {

    /** How long a chunk of a long read goes on, before others have their turn. */
    private static final long CHUNK_NANOS = 20_000_000;
    /** A cut of more pages is read in chunks first, and closed by a short one. */
    private static final int LONG_CUT_PAGES = 2048;

    private final AttachedDatabase database;
    private final @Nullable Swap swap;
    private final TimeSource time;
    private final WalFollower follower;
    private final CutWriter writer;
    private final ChangeSet changes;
    private final UncommittedFrames uncommitted;
    private final DivergenceCheck divergence;
    private final LongReads reads;

    private int pageCountAtCut;
    private boolean looked;
    private boolean reconcileNeeded;
    private @Nullable CutFile snapshot;
    /** Written by a step that failed after it; the next step hands it over. */
    private @Nullable CutFile unreported;

    /**
     * @param database attached, owned by the capture from now on
     * @param state local state, opened
     * @param history what to build on
     */
    public Capture(AttachedDatabase database, StateDirectory state, History history, TimeSource time) {
        this.database = database;
        this.time = time;
        this.swap = database.gate() == null ? null : new Swap(database, database.gate());
        this.follower = new WalFollower(database, swap, history.position(), history.map());
        this.writer = new CutWriter(state, history, database.file(), follower::walkAhead);
        this.uncommitted = new UncommittedFrames(database, time);
        this.divergence = new DivergenceCheck(writer);
        this.reads = new LongReads(database, follower, writer);
        PageMap map = history.map();
        this.pageCountAtCut = map == null ? 0 : map.pageCount();
        this.changes = new ChangeSet(pageCountAtCut);
        this.reconcileNeeded = map == null;
        follower.listen(changes);
    }

    /** Has somebody asked before what a page diff found is written. */
    public void guardedBy(ReconcileGuard newGuard) {
        divergence.by(newGuard);
    }

    /** What came of a step. */
    public enum Step {
        /** There was nothing to do. */
        NOTHING,
        /** A lock or the WAL-index was busy, or there is more to do: call again soon. */
        AGAIN,
        /** Done. */
        DONE
    }

    /**
     * Looks at the WAL once, takes the locks if they are not held, and goes on with the swap.
     *
     * @return {@link Step#DONE} if something changed, {@link Step#AGAIN} if nothing could be seen
     */
    public Step look() throws IOException {
        boolean locked = swap == null || swap.attach();
        Outcome outcome = lookOnce();
        WalState seen = follower.seen();
        if (swap != null && locked && seen != null && outcome != Outcome.UNSETTLED) {
            swap.afterLook(seen, uncommitted.areComing(seen));
            follower.walkAhead();
        }
        return switch (outcome) {
            case UNSETTLED -> Step.AGAIN;
            case NOTHING -> Step.NOTHING;
            case CHANGES, BROKEN -> Step.DONE;
        };
    }

    private Outcome lookOnce() throws IOException {
        Outcome outcome = follower.look();
        WalState seen = follower.seen();
        if (outcome == Outcome.UNSETTLED || seen == null) {
            return Outcome.UNSETTLED;
        }
        if (outcome == Outcome.BROKEN || (!looked && writer.mapFor(seen.pageSize()) == null)) {
            reconcileNeeded = true;
            reads.dropAll();
        }
        looked = true;
        return outcome;
    }

    /** Whether there is something to cut. */
    public boolean hasWork() throws IOException {
        return looked && (unreported != null || reconcileNeeded || reads.current() != null || hasChanges());
    }

    /** Whether something is committed, or may be, that no file holds yet. */
    public boolean hasUncaptured() throws IOException {
        return looked && (reconcileNeeded || hasChanges());
    }

    private boolean hasChanges() throws IOException {
        return !changes.isEmpty(pageCountAtCut, follower.pageCount());
    }

    /** Whether a page diff must come before anything else can be cut. */
    public boolean reconcileNeeded() {
        return reconcileNeeded;
    }

    /** Whether a read of many pages is under way, which {@link #cut} and {@link #advance} go on with. */
    public boolean longReadActive() {
        return reads.current() != null;
    }

    /** Begins a snapshot, unless a page diff or another long read comes first. Returns whether it has begun. */
    public boolean beginSnapshot() throws IOException {
        if (!looked || reconcileNeeded || reads.current() != null || writer.txId() == null) {
            return false;
        }
        reads.begin(Purpose.SNAPSHOT, pageSize(), null);
        return true;
    }

    /**
     * Takes a step towards a cut of everything committed up to now: the whole cut where it is short, a chunk of pages
     * where it is long, or a chunk of the page diff that must come first.
     *
     * @return the file, if one was finished, else what to do
     */
    public Result cut() throws IOException {
        if (!looked) {
            return Result.of(Step.AGAIN);
        }
        if (unreported != null) {
            return report(unreported);
        }
        LongRead read = reads.current();
        if (reconcileNeeded) {
            return advance(read != null ? read : reads.begin(Purpose.RECONCILE, pageSize(), null));
        }
        if (read != null && read.purpose() != Purpose.SNAPSHOT) {
            return advance(read);
        }
        if (changes.size() > LONG_CUT_PAGES) {
            return advance(beginLongCut());
        }
        return hasChanges() ? holding(null) : Result.of(Step.NOTHING);
    }

    /** Takes a step of the long read that is under way. */
    public Result advance() throws IOException {
        if (unreported != null) {
            return report(unreported);
        }
        LongRead read = reads.current();
        return read == null ? Result.of(Step.NOTHING) : advance(read);
    }

    private Result advance(LongRead read) throws IOException {
        if (read.purpose() == Purpose.SNAPSHOT && changes.size() > LONG_CUT_PAGES) {
            return advance(beginLongCut());
        }
        if (read.mustAsk() || read.readyToClose(follower.pageCount())) {
            return holding(read);
        }
        if (read.passDone()) {
            read.nextPass(follower.pageCount());
        }
        return readChunk(read);
    }

    /**
     * Reads pages under whichever of the two locks is held, so that checkpoints go on meanwhile, and looks all the time.
     * A page is read from the newest frame that was not backfilled at the last look: it stays where it is, for under
     * either lock a WAL is not reset that has such frames. Or it is read from the database file, which holds what that
     * look saw unless the page was committed to and backfilled since; then a later look tells of its frame, and it is read
     * again.
     */
    private Result readChunk(LongRead read) throws IOException {
        long start = time.nanoTime();
        try {
            look();
            if ((swap == null || swap.attached()) && read == reads.current()) {
                read.readChunk(() -> {
                    look();
                    return read != reads.current() || time.nanoTime() - start >= CHUNK_NANOS;
                });
            }
        } catch (PageImages.WalMovedException e) {
            reads.drop();
        } catch (IOException | RuntimeException e) {
            giveUp(null, e);
            throw e;
        }
        return Result.of(Step.AGAIN);
    }

    /** Reads the changes in chunks, before a snapshot that is under way goes on. */
    private LongRead beginLongCut() throws IOException {
        PageSize pageSize = pageSize();
        return reads.begin(Purpose.CUT, pageSize, changes.changed(follower.pageCount(), pageSize.lockPage()));
    }

    private PageSize pageSize() {
        return Objects.requireNonNull(follower.seen(), "no look yet").pageSize();
    }

    /**
     * Holds both locks, looks once more, and reads what is left of the long read, and of the changes. Without a WAL-index
     * nobody has the database open, and there is nothing to lock.
     */
    private Result holding(@Nullable LongRead read) throws IOException {
        Swap.Hold hold = swap == null ? null : swap.hold();
        if (swap != null && hold == null) {
            return Result.of(Step.AGAIN);
        }
        Taken taken = null;
        try {
            Outcome outcome = lookOnce();
            if (outcome == Outcome.UNSETTLED
                    || outcome == Outcome.BROKEN
                    || (read != null && read != reads.current())) {
                return Result.of(Step.AGAIN);
            }
            if (read != null && read.mustAsk()) {
                byte[] pageOne = read.pageOne();
                if (stayedPut(hold)) {
                    divergence.foresee(read, pageOne, follower.pageCount());
                }
                return Result.of(Step.AGAIN);
            }
            if (needsChunks(read) || (read != null && !read.readyToClose(follower.pageCount()))) {
                return Result.of(Step.AGAIN); // a large commit came just before the locks: too long for one hold
            }
            taken = take(read, hold);
            if (!stayedPut(hold)) {
                discard(taken);
                return Result.of(Step.AGAIN);
            }
        } catch (PageImages.WalMovedException e) {
            discard(taken);
            return Result.of(Step.AGAIN);
        } catch (IOException | RuntimeException e) {
            giveUp(taken, e);
            throw e;
        } finally {
            WalState seen = follower.seen();
            if (swap != null && hold != null && seen != null) {
                swap.release(hold, seen);
            }
        }
        return write(taken);
    }

    /** Whether this cut takes the changes, and they are too many for one hold. */
    private boolean needsChunks(@Nullable LongRead read) {
        return (read == null || read.purpose() == Purpose.SNAPSHOT) && changes.size() > LONG_CUT_PAGES;
    }

    /** Whether what was read is of one WAL: certain under both locks, to be checked where one could not be had. */
    private boolean stayedPut(Swap.@Nullable Hold hold) throws IOException {
        if (hold == null || swap == null) {
            return database.standing() == AttachedDatabase.Standing.GOOD;
        }
        boolean gateHeld = swap.gateHeld();
        WalState after = gateHeld ? null : database.state();
        return gateHeld
                || (after != null
                        && after.salts()
                                .equals(Objects.requireNonNull(follower.seen()).salts()));
    }

    /**
     * Takes what is in the database file first: frames stay where they are under the gate alone, so a checkpoint may go on
     * while they are read.
     */
    private Taken take(@Nullable LongRead read, Swap.@Nullable Hold hold) throws IOException {
        Instant asOf = time.now(); // behind the look: who restores to before a commit must not get it
        WalState seen = Objects.requireNonNull(follower.seen());
        int pageCount = follower.pageCount();
        FrameSpool cut = read == null || read.purpose() == Purpose.SNAPSHOT ? writer.newSpool() : null;
        int[] pages = changes.changed(pageCount, seen.pageSize().lockPage());
        PageImages images = new PageImages(database, follower, seen.pageSize());
        PageTaker taker = new PageTaker(images, seen.pageSize());
        try {
            byte[] pageOne = images.read(1);
            for (Place place : Place.values()) {
                if (place == Place.WAL && swap != null && hold != null) {
                    swap.allowBackfill(seen);
                }
                if (read != null) {
                    read.finish(pageCount, place);
                }
                if (cut != null) {
                    taker.take(pages, place, cut, null);
                }
            }
            return new Taken(cut, read, pageCount, seen, asOf, pageOne);
        } catch (IOException | RuntimeException e) {
            if (cut != null) {
                cut.close();
            }
            throw e;
        }
    }

    /** The read may have passed over a page, or half of one may be in its spool. What it read for stays known. */
    private void giveUp(@Nullable Taken taken, Exception cause) {
        try {
            discard(taken);
        } catch (IOException also) {
            cause.addSuppressed(also);
        }
    }

    private void discard(@Nullable Taken taken) throws IOException {
        if (taken != null) {
            taken.release();
        }
        reads.drop();
    }

    private Result write(Taken taken) throws IOException {
        LongRead read = taken.closed();
        FrameSpool spool =
                taken.cut() != null ? taken.cut() : Objects.requireNonNull(read).spool();
        CutFile file;
        try {
            divergence.check(taken, spool);
            file = writer.writeCut(spool, taken);
            unreported = file;
            changes.restart(taken.pageCount());
            pageCountAtCut = taken.pageCount();
            if (taken.closes(Purpose.SNAPSHOT) && read != null) {
                snapshot = writer.writeSnapshot(read.spool(), taken.pageCount(), taken.seen());
                reconcileNeeded |= snapshot == null;
            }
            if (taken.closes(Purpose.RECONCILE)) {
                reconcileNeeded = false;
            }
        } finally {
            taken.release();
            if (read != null) {
                reads.drop();
            }
        }
        return report(file);
    }

    private Result report(@Nullable CutFile file) {
        unreported = null;
        return new Result(Step.DONE, file);
    }

    /** The snapshot finished last, once; the caller owns the file. */
    public @Nullable CutFile takeSnapshot() {
        CutFile finished = snapshot;
        snapshot = null;
        return finished;
    }

    /** Has the next cut make a transaction after {@code other} if the newest is not: it takes page 1, changed or not. */
    public void goBeyond(TxId other) {
        TxId newest = writer.txId();
        if (newest == null || newest.compareTo(other) <= 0) {
            changes.page(1);
        }
    }

    /** Newest transaction; null before the first. */
    public @Nullable TxId txId() {
        return writer.txId();
    }

    /** Page checksums as of {@link #txId}; null before the first. Not to be changed. */
    public @Nullable PageMap map() {
        return writer.map();
    }

    /** Page 1 as of {@link #txId}; null before the first cut. */
    public @Nullable PageOne pageOne() {
        return writer.pageOne();
    }

    /** Keeps in local state whose database it is of, as of {@link #txId}. */
    public void keepIdentity() throws IOException {
        writer.keepIdentity();
    }

    /** What the next capture of this database builds on, once this one is closed. */
    public History history() {
        return writer.history();
    }

    /** What was seen last; null before the first look. */
    public @Nullable WalState seen() {
        return follower.seen();
    }

    /** The attached database. */
    public AttachedDatabase database() {
        return database;
    }

    /** Whether the gate is held and slot 0 is not, so that a swap is still to come. */
    public boolean swapPending() {
        return swap != null && swap.gateOnly();
    }

    /** Follows a small checkpoint to its end, and swaps there. */
    public Swap.Chase chaseSwap() throws IOException {
        WalState seen = follower.seen();
        return swap == null || seen == null ? Swap.Chase.GIVEN_UP : swap.chase(seen);
    }

    /** Whether a checkpoint is at work behind which the swap comes, if the moment for it is not missed. */
    public boolean swapAhead() throws IOException {
        WalState seen = follower.seen();
        return swap != null && seen != null && swap.isAhead(seen);
    }

    /**
     * Lays the database to rest, if nothing is to be done and the locks have come to theirs: until {@link #isStill} says
     * otherwise, no look can find anything.
     *
     * @return whether it rests
     */
    public boolean rest() throws IOException {
        WalState seen = follower.seen();
        return seen != null && looked && !hasWork() && (swap == null || swap.isSettled(seen)) && database.rest(seen);
    }

    /** Whether nothing has happened since {@link #rest}. */
    public boolean isStill() throws IOException {
        return database.isUnchanged();
    }

    /** Lets both locks go, because the WAL has grown too long on our account; a page diff may follow. */
    public void letGo() throws IOException {
        if (swap != null) {
            swap.letGo();
            follower.interrupted();
        }
    }

    /** What was counted since attaching. */
    public CaptureCounts counts() {
        return new CaptureCounts(follower.resetsFollowed(), swap == null ? 0 : swap.swaps(), follower.breaks());
    }

    @Override
    public void close() throws IOException {
        try (database) {
            reads.dropAll();
        }
    }

    /**
     * What a step towards a cut gave.
     *
     * @param step {@link Step#DONE} when everything committed at the time of the step is captured
     * @param file the file that was written; null where nothing differed, or the step is another one
     */
    public record Result(Step step, @Nullable CutFile file) {

        static Result of(Step step) {
            return new Result(step, null);
        }
    }
}
