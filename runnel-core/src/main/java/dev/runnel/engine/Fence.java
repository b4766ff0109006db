package dev.runnel.engine;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.lease.FencedStore;
import dev.runnel.lease.Lease;
import dev.runnel.lease.LeaseHolder;
import dev.runnel.lease.LeaseLostException;
import dev.runnel.ltx.Proof;
import dev.runnel.model.TxId;
import dev.runnel.report.LeaseStanding;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.UnreadableObjectException;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the lease between a replica and its store: nothing is written without it, and while it is held it is renewed,
 * whatever the replica is busy with. Thread-safe.
 */
final class Fence {

    private static final Logger LOG = LoggerFactory.getLogger(Fence.class);
    private static final String LOCK = "lock.json";
    private static final LeaseStanding OFF = new LeaseStanding(LeaseStanding.Whose.NONE, "off");
    private static final LeaseStanding UNFENCED = new LeaseStanding(
            LeaseStanding.Whose.UNFENCED,
            "the store has no conditional writes and cannot fence: see to it that nobody else writes there");

    private final ReplicaArchive plain;
    private final ReplicaArchive fenced;
    private final @Nullable Lease lease;
    private final LeaseStanding unleased;
    private final EngineContext context;
    private final Duration again;
    private final Runnable whenLost;
    private final SerialTask keeper;

    /** @param whenLost called when another has taken the lease that we held */
    Fence(String database, ReplicaSettings settings, EngineContext context, LeaseHolder self, Runnable whenLost) {
        this.plain = settings.archive();
        this.context = context;
        this.whenLost = whenLost;
        this.again = settings.lease().ttl().dividedBy(10);
        ObjectStore store = plain.store();
        if (settings.lease().enabled() && store.supportsConditions()) {
            lease = new Lease(store, plain.layout().key(LOCK), settings.lease(), self, context.time());
            fenced = plain.through(new FencedStore(store, lease));
        } else {
            lease = null;
            fenced = plain;
        }
        unleased = settings.lease().enabled() ? UNFENCED : OFF;
        this.keeper = new SerialTask(
                database + " lease of " + settings.name(), context.scheduler(), Scheduler.Lane.LEASE, this::keep);
    }

    /** The replica, to which nothing is written without the lease. */
    ReplicaArchive archive() {
        return fenced;
    }

    /** To be called before the replica is listed. */
    void beforeListing() throws IOException {
        if (lease != null) {
            lease.beforeListing();
        } else if (unleased.whose() == LeaseStanding.Whose.UNFENCED) {
            LOG.atWarn().addKeyValue("replica", plain.describe()).log(unleased.text());
        }
    }

    /** Asks for the lease. */
    Lease.Outcome acquire() throws IOException {
        if (lease == null) {
            return Lease.Outcome.HELD;
        }
        Lease.Outcome outcome = lease.acquire();
        if (outcome == Lease.Outcome.HELD || outcome == Lease.Outcome.HELD_ANEW) {
            keeper.wake();
        }
        return outcome;
    }

    /** Sees to it that a write can begin now, before work is put into it. */
    void require() throws LeaseLostException {
        if (lease != null) {
            lease.require();
        }
    }

    /**
     * Sees to it that a write that has just succeeded is part of the history: that nobody else had the lease since it was
     * asked for. Who was stopped between the look at his lease and his write finds the name of his file free also where a
     * successor wrote, merged and deleted his own meanwhile.
     */
    void confirm() throws IOException {
        if (lease != null && lease.acquire() != Lease.Outcome.HELD) {
            throw new LeaseLostException(
                    plain.describe() + ": another had the lease when a write ended, so that it does not count");
        }
    }

    /** The replica was listed while the lease is held. */
    void listed() {
        if (lease != null) {
            lease.listed();
        }
    }

    /** Whether there is a lease at all, so that who else writes is an intruder or of the past. */
    boolean isKept() {
        return lease != null;
    }

    /** Who holds the lease, for people. */
    String holder() {
        return lease == null ? "" : lease.holder();
    }

    /** Time until it is worth asking again. */
    Duration pollAfter() {
        return lease == null ? Duration.ZERO : lease.pollAfter();
    }

    /** For reports. */
    LeaseStanding standing() {
        if (lease == null) {
            return unleased;
        }
        Lease.Tenure now = lease.tenure();
        LeaseStanding.Whose whose = now.ours()
                ? LeaseStanding.Whose.HELD
                : now.others() ? LeaseStanding.Whose.STANDBY : LeaseStanding.Whose.FREE;
        return new LeaseStanding(whose, now.text());
    }

    /** Whether the newest state of the replica, whoever stored it, is the database with this checksum. */
    boolean isStored(long checksum) throws IOException {
        ReplicaArchive now = plain.through(plain.store());
        TxId newest = now.load().newestRestorable();
        if (newest == null || checksum == Proof.UNKNOWN) {
            return false;
        }
        LtxFile file = now.manifest()
                .all()
                .filter(candidate -> candidate.max().equals(newest))
                .min(Comparator.comparingLong(LtxFile::size))
                .orElseThrow();
        try {
            Proof proof = now.header(file).proof();
            return proof != null && proof.knowsPostApply() && proof.postApply() == checksum;
        } catch (UnreadableObjectException e) {
            return false; // not known to be
        }
    }

    private Duration keep() {
        if (lease == null) {
            return SerialTask.UNTIL_WOKEN;
        }
        try {
            Duration next = lease.keep();
            if (next != null) {
                return next;
            }
            if (lease.isTaken()) {
                whenLost.run();
            }
            return SerialTask.UNTIL_WOKEN;
        } catch (IOException e) {
            LOG.atDebug()
                    .addKeyValue("replica", plain.describe())
                    .addKeyValue("error", e.getMessage())
                    .log("lease not renewed yet");
            return again; // writes stop by themselves when it runs out
        }
    }

    /** Ends the fence; {@code then} runs when nothing of it runs any more. In order, the lease is given back before. */
    void stop(boolean orderly, Runnable then) {
        keeper.stop(() -> {
            if (lease == null || !orderly) {
                then.run();
                return;
            }
            context.scheduler().schedule(Scheduler.Lane.LEASE, Duration.ZERO, () -> {
                release(lease, "stopping");
                then.run();
            });
        });
    }

    /** Gives the lease back for now. To be called while nothing is being written. */
    void giveBack(String why) {
        if (lease != null) {
            release(lease, why);
        }
    }

    private void release(Lease held, String why) {
        try {
            held.release(why);
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("replica", plain.describe())
                    .addKeyValue("error", e.getMessage())
                    .log("lease not given back, a successor waits until it has run out");
        }
    }
}
