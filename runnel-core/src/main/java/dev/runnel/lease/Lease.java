package dev.runnel.lease;

import dev.runnel.model.TimeSource;
import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to write one replica: acquires it, renews it, takes it over, gives it back. It is an object that is only ever
 * replaced on the condition that it is what we saw last, so that two cannot get it.
 *
 * <p>Thread-safe. Requests go out one at a time; whether the lease is held is answered at once.
 */
public final class Lease {

    private static final Logger LOG = LoggerFactory.getLogger(Lease.class);
    private static final int LONGEST = 1 << 14;

    private final ObjectStore store;
    private final String key;
    private final LeaseTerms terms;
    private final TimeSource time;
    private final Object requests = new Object();
    private final Object lock = new Object();
    private final LeaseState state; // guarded by lock
    private int writing; // guarded by lock
    private boolean releasing; // guarded by lock
    private long usedAt; // guarded by lock
    private boolean announced; // guarded by lock: the log knows that we hold it

    /**
     * A lease that was not looked at yet.
     *
     * @param store keeps it; must support conditions
     * @param key of the object
     */
    public Lease(ObjectStore store, String key, LeaseTerms terms, LeaseHolder self, TimeSource time) {
        this.store = store;
        this.key = key;
        this.terms = terms;
        this.time = time;
        this.state = new LeaseState(terms, self);
        this.usedAt = time.nanoTime();
    }

    /** What came of asking. */
    public enum Outcome {
        /** It is held, and the replica is as it was listed, but for what we wrote. */
        HELD,
        /** It is held, and another may have written since the replica was listed: it must be listed again. */
        HELD_ANEW,
        /** Another holds it. */
        TAKEN,
        /** Another took it who replicates another database. */
        FOREIGN
    }

    /** To be called before the replica is listed, so that a listing need not be repeated when nobody writes. */
    public void beforeListing() throws IOException {
        synchronized (requests) {
            if (!isHeld()) {
                observe();
            }
            synchronized (lock) {
                state.listing(time.nanoTime());
            }
        }
    }

    /** Asks for the lease; without a request where it is held already. */
    public Outcome acquire() throws IOException {
        synchronized (lock) {
            if (state.holds(time.nanoTime(), time.now()) && !releasing) {
                return held();
            }
        }
        synchronized (requests) {
            for (int attempt = 0; attempt < 3; attempt++) {
                if (attempt > 0 || !isKnownAndOurs()) {
                    observe();
                }
                Outcome refusal = refusal();
                if (refusal != null) {
                    return refusal;
                }
                String before = predecessor();
                if (write(false)) {
                    announce(before);
                    synchronized (lock) {
                        usedAt = time.nanoTime();
                        return held();
                    }
                }
            }
            return Outcome.TAKEN; // others are quicker, time and again
        }
    }

    private @Nullable Outcome refusal() {
        Outcome refusal;
        boolean lost;
        synchronized (lock) {
            boolean foreign = state.isForeign();
            if (!foreign && state.untilFree(time.nanoTime()).isZero()) {
                return null;
            }
            refusal = foreign ? Outcome.FOREIGN : Outcome.TAKEN;
            lost = announced;
        }
        if (lost) {
            lost();
        }
        return refusal;
    }

    /** Whose lease ran out, so that it is taken over; null where it is free. */
    private @Nullable String predecessor() {
        synchronized (lock) {
            return state.isTakeOver() ? state.holder() : null;
        }
    }

    /** A lease that we know to be ours is written on the condition that it still is: that needs no look. */
    private boolean isKnownAndOurs() {
        synchronized (lock) {
            return state.isOwnWrite();
        }
    }

    private Outcome held() {
        return state.isListingOld() ? Outcome.HELD_ANEW : Outcome.HELD;
    }

    private boolean isHeld() {
        synchronized (lock) {
            return state.holds(time.nanoTime(), time.now());
        }
    }

    /**
     * Renews the lease when it is time, or gives it back when nothing was written for long.
     *
     * @return when to come again; null when there is nothing to keep
     */
    public @Nullable Duration keep() throws IOException {
        synchronized (requests) {
            Duration wait;
            boolean idle;
            synchronized (lock) {
                if (!state.isOurs()) {
                    return null;
                }
                long now = time.nanoTime();
                wait = state.untilRenewal(now);
                idle = writing == 0 && now - usedAt >= terms.idleAfter().toNanos();
                releasing = idle;
            }
            if (idle) {
                giveBack("nothing to write");
                return null;
            }
            if (!wait.isZero()) {
                return wait;
            }
            if (!write(false)) {
                lost();
                return null;
            }
            return terms.renewAfter();
        }
    }

    private void lost() {
        String holder;
        synchronized (lock) {
            holder = state.holder();
            announced = false;
        }
        LOG.atError()
                .addKeyValue("replica", describe())
                .addKeyValue("holder", holder)
                .log("lease lost, nothing more is written");
    }

    /**
     * Gives the lease back, so that a successor goes on at once. No effect when it is not held.
     *
     * @param why for the log
     */
    public void release(String why) throws IOException {
        synchronized (requests) {
            synchronized (lock) {
                if (!state.isOurs()) {
                    return;
                }
                releasing = true;
            }
            giveBack(why);
        }
    }

    private void giveBack(String why) throws IOException {
        try {
            if (write(true)) {
                LOG.atInfo()
                        .addKeyValue("replica", describe())
                        .addKeyValue("reason", why)
                        .log("lease released");
            } else {
                lost();
            }
            synchronized (lock) {
                announced = false;
            }
        } finally {
            synchronized (lock) {
                releasing = false;
            }
        }
    }

    private void announce(@Nullable String before) {
        boolean first;
        long epoch;
        synchronized (lock) {
            first = !announced;
            announced = true;
            epoch = state.generation();
        }
        if (before != null) {
            LOG.atWarn()
                    .addKeyValue("replica", describe())
                    .addKeyValue("epoch", epoch)
                    .addKeyValue("from", before)
                    .log("lease taken over");
        } else if (first) {
            LOG.atInfo()
                    .addKeyValue("replica", describe())
                    .addKeyValue("epoch", epoch)
                    .log("lease acquired");
        }
    }

    /** The replica was listed while the lease is held. */
    public void listed() {
        synchronized (lock) {
            state.listing(time.nanoTime());
        }
    }

    /**
     * Begins a write; {@link #endWrite} follows.
     *
     * @throws LeaseLostException if the lease is not held with enough time left
     */
    void beginWrite() throws LeaseLostException {
        synchronized (lock) {
            if (releasing || !state.holds(time.nanoTime(), time.now())) {
                throw new LeaseLostException(describe() + ": the lease is not held any more, so nothing was written");
            }
            writing++;
        }
    }

    void endWrite() {
        synchronized (lock) {
            writing--;
            usedAt = time.nanoTime();
        }
    }

    /** Time until it is worth asking again. */
    public Duration pollAfter() {
        synchronized (lock) {
            Duration free = state.untilFree(time.nanoTime());
            return free.isZero() || free.compareTo(terms.pollEvery()) > 0 ? terms.pollEvery() : free;
        }
    }

    /** Whether another holds it, as far as we know. */
    public boolean isTaken() {
        synchronized (lock) {
            return !state.isUnknown() && !state.untilFree(time.nanoTime()).isZero();
        }
    }

    /**
     * Sees to it that a write can begin now.
     *
     * @throws LeaseLostException if the lease must be acquired first
     */
    public void require() throws LeaseLostException {
        beginWrite();
        endWrite();
    }

    /** Who holds it, for people, e.g. {@code web-1:4711, epoch 7}. */
    public String holder() {
        synchronized (lock) {
            return state.holder();
        }
    }

    /**
     * Who holds it at one instant.
     *
     * @param ours whether we do
     * @param others whether another does, as far as we know
     * @param text the same for people
     */
    public record Tenure(boolean ours, boolean others, String text) {}

    /** For reports: who holds it, and in which epoch. */
    public Tenure tenure() {
        synchronized (lock) {
            if (state.holds(time.nanoTime(), time.now())) {
                return new Tenure(true, false, "held, epoch " + state.generation());
            }
            return state.isUnknown() || state.untilFree(time.nanoTime()).isZero()
                    ? new Tenure(false, false, "not held")
                    : new Tenure(false, true, "held by " + state.holder());
        }
    }

    private String describe() {
        return store.describe() + "/" + key;
    }

    private void observe() throws IOException {
        ObjectEntry entry;
        try {
            // The etag comes first: should the content be of a later write, a condition on the etag fails.
            entry = store.head(key);
        } catch (ObjectNotFoundException e) {
            seen(null, null);
            return;
        }
        try {
            seen(etag(entry), LeaseRecord.decode(store.readTail(key, LONGEST).bytes()));
        } catch (ObjectNotFoundException e) {
            seen(null, null);
        }
    }

    private void seen(@Nullable String etag, @Nullable LeaseRecord record) {
        long after = time.nanoTime();
        synchronized (lock) {
            state.observed(etag, record, after);
        }
    }

    private String etag(ObjectEntry entry) throws StorageException {
        String etag = entry.etag();
        if (etag == null) {
            throw new StorageException(
                    describe() + ": the store tells no etag, so that it cannot keep a lease; set `lease: false`");
        }
        return etag;
    }

    /** Writes the lease on the condition that it is what was seen last. Returns whether that is so now. */
    private boolean write(boolean released) throws IOException {
        LeaseRecord proposal;
        PutCondition condition;
        String replaced;
        synchronized (lock) {
            replaced = state.tag();
            proposal = state.proposal(time.now(), released);
            String etag = state.etag();
            condition = etag == null ? PutCondition.ifAbsent() : PutCondition.ifMatch(etag);
        }
        long sent = time.nanoTime();
        Instant sentWall = time.now();
        String etag;
        try {
            etag = etag(store.put(key, ObjectBody.of(proposal.encode()), condition, null));
        } catch (PreconditionFailedException | IndeterminateWriteException e) {
            observe(); // it may have been our own write that is there
            synchronized (lock) {
                if (!state.shows(proposal)) {
                    if (e instanceof IndeterminateWriteException) {
                        throw e;
                    }
                    return false;
                }
                etag = Objects.requireNonNull(state.etag());
            }
        }
        synchronized (lock) {
            state.written(replaced, etag, proposal, sent, sentWall);
        }
        return true;
    }
}
