package dev.runnel.lease;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a lease, and what follows from it. Pure: it is told what was seen and written and when, and asked what
 * may be done at an instant. Not thread-safe.
 *
 * <p>Only durations by our own monotonic clock count. The holder counts from <em>before</em> it sent a renewal, one that
 * waits from <em>after</em> it saw the lease, and the holder stops earlier by a fifth: so the one has stopped before the
 * other begins, whatever their wall clocks say, unless their clocks differ in speed by a fifth. Our own wall clock can end
 * a lease early, never prolong it: a machine that was suspended has a monotonic clock that stood still.
 */
final class LeaseState {

    private static final String ABSENT = "";

    private final LeaseTerms terms;
    private final LeaseHolder self;

    /** Etag of the object; empty for none; null when it was never looked at. */
    private @Nullable String etag;

    private @Nullable LeaseRecord record;
    private long unchangedSince;
    private boolean mine;
    /** When what we wrote last was sent; meaningful while {@link #mine} and not released. */
    private long sentAt;

    private Instant sentAtWall = Instant.MIN;
    private boolean confirmed;
    private long sequence;
    private boolean everHeld;
    private long ownGeneration;
    /** What the object was when the replica was listed: as long as only we changed it since, the listing is true. */
    private @Nullable String listedUnder;

    LeaseState(LeaseTerms terms, LeaseHolder self) {
        this.terms = terms;
        this.self = self;
    }

    /** The object was looked at. */
    void observed(@Nullable String seenEtag, @Nullable LeaseRecord seen, long after) {
        String tag = seenEtag == null ? ABSENT : seenEtag;
        if (tag.equals(etag)) {
            record = record == null ? seen : record; // it could not be read before
            return; // as before: the time since then counts
        }
        etag = tag;
        record = seen;
        unchangedSince = after;
        mine = seen != null && self.session().equals(seen.session());
        confirmed = false; // if it is ours, then from a write of which we do not know when it was sent
    }

    /**
     * We wrote it.
     *
     * @param replaced what was there before, of {@link #tag}
     */
    void written(String replaced, String newEtag, LeaseRecord ours, long sent, Instant sentWall) {
        if (replaced.equals(listedUnder)) {
            listedUnder = newEtag;
        }
        etag = newEtag;
        record = ours;
        unchangedSince = sent;
        mine = true;
        confirmed = true;
        sentAt = sent;
        sentAtWall = sentWall;
        everHeld |= !ours.released();
        ownGeneration = ours.generation();
    }

    /** Whether the object is the write that {@code ours} is. */
    boolean shows(LeaseRecord ours) {
        return record != null && record.isSameWrite(ours);
    }

    /** Nothing is known, so that the next thing to do is to look. */
    boolean isUnknown() {
        return etag == null;
    }

    /** Names what was seen last, also if that is nothing. */
    String tag() {
        return etag == null ? ABSENT : etag;
    }

    /** The etag to ask for; null when there is no object. */
    @Nullable
    String etag() {
        return ABSENT.equals(etag) ? null : etag;
    }

    /** Whether we hold it, with time left for a write. */
    boolean holds(long now, Instant wall) {
        return isGranted() && left(now, wall) > 0;
    }

    private boolean isGranted() {
        return mine && confirmed && record != null && !record.released();
    }

    private long left(long now, Instant wall) {
        long usable = terms.usable().toNanos();
        long byMonotonic = usable - (now - sentAt);
        Duration byWall = Duration.between(sentAtWall, wall);
        return byWall.compareTo(terms.usable()) >= 0 ? Math.min(0, byMonotonic) : byMonotonic;
    }

    /** Time until the holder renews; zero when it is due. */
    Duration untilRenewal(long now) {
        return Duration.ofNanos(Math.max(0, terms.renewAfter().toNanos() - (now - sentAt)));
    }

    /** Whether it is ours to renew, held or lapsed. */
    boolean isOurs() {
        return isGranted();
    }

    /** Whether we wrote it last, as far as we know: it need not be looked at before it is written again. */
    boolean isOwnWrite() {
        return mine && confirmed;
    }

    /** Whether one that did not give it back is to be replaced. */
    boolean isTakeOver() {
        return record != null && !mine && !record.released();
    }

    /** Time until it may be taken: zero when it is free, or ours, or of one that is gone. */
    Duration untilFree(long now) {
        if (ABSENT.equals(etag) || mine || (record != null && (record.released() || isPredecessors(record)))) {
            return Duration.ZERO;
        }
        Duration patience = terms.ttl();
        if (record != null && record.ttl().compareTo(patience) > 0) {
            patience = record.ttl();
        }
        return Duration.ofNanos(Math.max(0, patience.toNanos() - (now - unchangedSince)));
    }

    private boolean isPredecessors(LeaseRecord of) {
        return of.session() != null && self.predecessors().contains(of.session());
    }

    /**
     * Whether a writer of another database took it from us, or while we had given it back: going on would set one database
     * on top of the other, in turn.
     */
    boolean isForeign() {
        return everHeld
                && !mine
                && record != null
                && record.database() != null
                && !record.database().equals(self.database());
    }

    /** The next thing to write: a renewal keeps the epoch, a take-over is the next one. */
    LeaseRecord proposal(Instant wall, boolean released) {
        long generation = record == null ? ownGeneration + 1 : record.generation() + (mine ? 0 : 1);
        return new LeaseRecord(
                generation,
                released ? wall.minusMillis(1) : wall.plus(terms.ttl()),
                self.name(),
                self.session(),
                ++sequence,
                terms.ttl(),
                self.database(),
                released);
    }

    /** The replica is about to be listed. */
    void listing(long now) {
        boolean quiet = mine || (untilFree(now).isZero() && !isTakeOver());
        listedUnder = quiet ? etag : null;
    }

    /** Whether another may have written since the replica was listed. */
    boolean isListingOld() {
        return listedUnder == null || !listedUnder.equals(etag);
    }

    /** The epoch; 0 when there is none. */
    long generation() {
        return record == null ? 0 : record.generation();
    }

    /** Who holds it, for people. */
    String holder() {
        if (record == null) {
            return "an unknown writer";
        }
        return record.owner() + ", epoch " + record.generation();
    }
}
