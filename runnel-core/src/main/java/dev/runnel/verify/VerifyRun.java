package dev.runnel.verify;

import dev.runnel.archive.BrokenChainException;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.Proof;
import dev.runnel.ltx.UnsupportedFormatVersionException;
import dev.runnel.model.TimeSource;
import dev.runnel.model.TxId;
import dev.runnel.restore.NothingToRestoreException;
import dev.runnel.restore.RestorePlan;
import dev.runnel.restore.RestorePlanner;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.storage.ObjectNotFoundException;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One verification, done in slices. When it ended, {@link #receipt} says what came of it. Not thread-safe.
 *
 * <p>It goes on from a state that was verified before if the snapshot under the newest state was read already, and not
 * too long ago; another snapshot, or anything that does not fit, makes it read everything.
 */
public final class VerifyRun implements Closeable {

    /** How often a file may disappear: each time retention must have overtaken us. */
    private static final int MAX_REPLANS = 5;

    private final ReplicaArchive archive;
    private final TimeSource time;
    private final Verifier.Request request;
    private final long startNanos;
    private final List<Receipt.CheckedObject> objects = new ArrayList<>();

    private @Nullable VerifiedState before;
    private @Nullable RestorePlan plan;
    private List<LtxFile> files = List.of();
    private int next;
    private @Nullable DigestReader reader;
    private @Nullable ImageState state;
    private @Nullable FileDigest last;
    private boolean full;
    private int replans;
    private @Nullable LtxFile readAgain;
    private @Nullable Receipt receipt;

    VerifyRun(ReplicaArchive archive, TimeSource time, Verifier.Request request) {
        this.archive = archive;
        this.time = time;
        this.request = request;
        this.startNanos = time.nanoTime();
        this.before = request.before();
    }

    /**
     * Does a slice of the work: lists the replica, or reads some pages.
     *
     * @param maxPages pages to read at most
     * @return whether the verification has ended
     * @throws NothingToRestoreException if the replica is empty, and may be
     * @throws IOException if the store cannot be read now: begin another run later
     */
    public boolean step(int maxPages) throws IOException {
        if (receipt != null) {
            return true;
        }
        if (plan == null) {
            prepare();
        } else if (next < files.size()) {
            read(plan, files.get(next), maxPages);
        } else {
            end(plan);
        }
        return receipt != null;
    }

    /** What came of it. */
    public Receipt receipt() {
        return Objects.requireNonNull(receipt, "the verification has not ended");
    }

    /** The state that was verified, for the next run; null if it failed. */
    public @Nullable VerifiedState verified() {
        ImageState reached = state;
        return receipt == null || !receipt.outcome().isGood() || reached == null
                ? null
                : new VerifiedState(reached.txId(), reached.map(), receipt.run().whole());
    }

    private void prepare() throws IOException {
        archive.load();
        RestorePlan fresh;
        TxId atLeast = request.atLeast();
        try {
            fresh = RestorePlanner.plan(
                    archive.describe(), archive.manifest(), RestoreTarget.newest(), archive::timestampOf);
        } catch (BrokenChainException e) {
            fail(Objects.requireNonNull(archive.manifest().newest()), e.getMessage());
            return;
        } catch (NothingToRestoreException e) {
            if (atLeast == null) {
                throw e;
            }
            fail(atLeast, archive.describe() + ": nothing is there, but transaction " + atLeast + " was stored");
            return;
        }
        if (atLeast != null && fresh.txId().compareTo(atLeast) < 0) {
            fail(
                    atLeast,
                    archive.describe() + ": transactions after " + fresh.txId() + " are missing, but " + atLeast
                            + " was stored");
            return;
        }
        VerifiedState known = before;
        full = known == null || !canGoOn(fresh, known);
        state = full || known == null ? null : ImageState.of(known);
        files = full || known == null
                ? fresh.files()
                : fresh.files().stream()
                        .filter(file -> file.max().compareTo(known.txId()) > 0)
                        .toList();
        next = 0;
        last = null;
        objects.clear();
        plan = fresh;
    }

    /** A snapshot that was not read before must be, and what was read rots unseen. */
    private boolean canGoOn(RestorePlan fresh, VerifiedState known) {
        Receipt.Whole whole = known.whole();
        if (whole == null || fresh.txId().compareTo(known.txId()) < 0) {
            return false;
        }
        Duration age = Duration.between(whole.readAt(), time.now());
        return whole.snapshot().equals(archive.layout().key(fresh.files().get(0)))
                && !age.isNegative() // somebody has set a clock: nobody knows how old it is
                && age.compareTo(Verifier.WHOLE_INTERVAL) < 0;
    }

    private void read(RestorePlan planned, LtxFile file, int maxPages) throws IOException {
        try {
            DigestReader open = reader;
            if (open == null) {
                open = new DigestReader(file, archive.open(file), archive.describe(file));
                reader = open;
            }
            if (open.read(maxPages)) {
                closeReader();
                next++;
                accept(planned, open.digest());
            }
        } catch (ObjectNotFoundException e) {
            closeReader();
            if (++replans > MAX_REPLANS) {
                fail(planned.txId(), e.getMessage());
            } else {
                plan = null; // retention may have overtaken us: the listing tells
            }
        } catch (CorruptChangesetException | UnsupportedFormatVersionException e) {
            closeReader();
            if (!file.equals(readAgain)) {
                readAgain = file; // it may have been damaged on its way
            } else {
                contradicted(planned, e.getMessage());
            }
        }
    }

    private void accept(RestorePlan planned, FileDigest digest) {
        objects.add(new Receipt.CheckedObject(
                archive.layout().key(digest.file()),
                digest.file().size(),
                digest.end().fileChecksum()));
        ImageState reached = state;
        String contradiction = reached == null ? null : contradiction(reached, digest);
        if (contradiction != null) {
            contradicted(planned, archive.describe(digest.file()) + ": " + contradiction);
            return;
        }
        if (reached == null) {
            state = ImageState.of(digest);
        } else {
            reached.apply(digest);
        }
        last = digest;
    }

    /** What is wrong with a file behind a state; null if nothing is. */
    static @Nullable String contradiction(ImageState reached, FileDigest digest) {
        if (!reached.pageSize().equals(digest.header().pageSize())) {
            return "page size " + digest.header().pageSize() + " after a database of " + reached.pageSize();
        }
        if (reached.adjoins(digest) && digest.pre() != Proof.UNKNOWN && digest.pre() != reached.checksum()) {
            return String.format(
                    "database checksum %016x before it, but the files before it give %016x (%s)",
                    digest.pre(),
                    reached.checksum(),
                    reached.isProved()
                            ? "broken proof chain: a file of another history?"
                            : "they carry no proof, so the damage may be in one of them");
        }
        long after = reached.checksumAfter(digest);
        if (digest.post() != Proof.UNKNOWN && digest.post() != after) {
            return String.format(
                    "database checksum %016x after it, as its writer recorded, but its pages give %016x",
                    digest.post(), after);
        }
        return null;
    }

    private void end(RestorePlan planned) throws IOException {
        ImageState reached = Objects.requireNonNull(state);
        FileDigest newest = last;
        long recorded = newest != null ? newest.post() : recordedIn(planned);
        if (receipt != null || plan == null) {
            return;
        }
        if (recorded != Proof.UNKNOWN && recorded != reached.checksum()) {
            contradicted(planned, differs("its newest file says", recorded, reached));
            return;
        }
        long local = request.local().at(reached.txId());
        if (local != Proof.UNKNOWN && local != reached.checksum()) {
            contradicted(planned, differs("the source has", local, reached));
            return;
        }
        LtxFile end = planned.files().get(planned.files().size() - 1);
        receipt = new Receipt(
                reached.txId(),
                newest != null ? newest.header().timestamp() : archive.timestampOf(end),
                time.now(),
                new Receipt.Database(
                        reached.checksum(),
                        reached.map().pageCount(),
                        reached.pageSize().bytes()),
                objects,
                run(whole(planned)),
                recorded == Proof.UNKNOWN ? Outcome.UNPROVED : Outcome.VERIFIED,
                null);
    }

    private String differs(String who, long checksum, ImageState reached) {
        return String.format(
                "%s: at transaction %s %s database checksum %016x, but the pages give %016x",
                archive.describe(), reached.txId(), who, checksum, reached.checksum());
    }

    /** Nothing new was read: the header of the newest file tells whether it still ends what was verified. */
    private long recordedIn(RestorePlan planned) throws IOException {
        LtxFile end = planned.files().get(planned.files().size() - 1);
        try {
            Proof proof = archive.header(end).proof();
            return proof == null ? Proof.UNKNOWN : proof.postApply();
        } catch (ObjectNotFoundException e) {
            if (++replans > MAX_REPLANS) {
                fail(planned.txId(), e.getMessage());
            } else {
                plan = null;
            }
            return Proof.UNKNOWN;
        } catch (CorruptChangesetException | UnsupportedFormatVersionException e) {
            contradicted(planned, e.getMessage());
            return Proof.UNKNOWN;
        }
    }

    /** What began with an earlier state is done again from the snapshot on, lest that state be what is wrong. */
    private void contradicted(RestorePlan planned, @Nullable String reason) {
        if (full) {
            fail(planned.txId(), reason);
        } else {
            before = null;
            plan = null;
            readAgain = null;
        }
    }

    private void fail(TxId txId, @Nullable String reason) {
        Instant captured = last == null ? null : last.header().timestamp();
        receipt = new Receipt(txId, captured, time.now(), null, objects, run(null), Outcome.FAILED, reason);
    }

    private Receipt.@Nullable Whole whole(RestorePlan planned) {
        VerifiedState known = before;
        return full || known == null
                ? new Receipt.Whole(archive.layout().key(planned.files().get(0)), time.now())
                : known.whole();
    }

    private Receipt.Run run(Receipt.@Nullable Whole whole) {
        Duration duration = Duration.ofNanos(time.nanoTime() - startNanos);
        return new Receipt.Run(full, duration, Verifier.version(), whole);
    }

    private void closeReader() throws IOException {
        DigestReader open = reader;
        reader = null;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void close() throws IOException {
        closeReader();
    }
}
