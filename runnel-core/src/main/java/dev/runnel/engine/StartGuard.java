package dev.runnel.engine;

import dev.runnel.capture.Divergence;
import dev.runnel.capture.PageOne;
import dev.runnel.capture.PageOne.Descent;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a history goes on with the database that is there. Pure; asked only where continuity is not proved, that
 * is, with what a page diff found.
 *
 * <p>A database that has at least a tenth of the replica's pages, each in its place, has come of it: it went on, or is an
 * older copy. Below that, page 1 of both tells: the one may be vacuumed or filled anew (it has the tables, and more
 * commits), begun anew (the tables, but fewer commits; or as many, and not a tenth of the length), or another application's
 * (other tables). The latter counts also above a tenth, up to a half, and in small databases always, since empty pages look
 * alike everywhere. The very file that local state was kept for is the one that is known, however much of it changed
 * meanwhile, unless page 1 says otherwise, its schema was changed many times, or not a tenth of its length is left: then it
 * is a new one, which most file systems give the identity of the one that was deleted. Where the replica cannot be read, all
 * but an empty database goes on: it is stored as a whole, on top of what is there.
 */
final class StartGuard {

    /** In so many pages, the share of equal ones tells something. */
    static final int TELLING_PAGES = 20;

    private static final int RELATED_SHARE = 10;
    private static final int SURELY_RELATED_SHARE = 2;

    private StartGuard() {}

    /** What is to be done. */
    enum Verdict {
        /** Go on. */
        PROCEED,
        /** Not with an empty database. */
        EMPTY,
        /** Not with a database that was begun anew. */
        YOUNGER,
        /** Not with the database of another application. */
        FOREIGN,
        /** Not with one of which nothing is known but that it is another. */
        DIFFERENT,
        /** Not where continuity is demanded and not shown. */
        UNPROVED
    }

    /**
     * What is known of the database that the replicas hold.
     *
     * @param sameFile whether local state has told of it, and was kept for the very file that is there
     * @param pageOne its page 1, or an earlier one; null where that could not be had
     */
    record Known(boolean sameFile, @Nullable PageOne pageOne) {}

    /** Whether the verdict is the same however the pages turn out that are not compared yet. */
    static boolean isSettled(OnDivergence policy, Known known, Divergence soFar) {
        // More pages that are the same never make it worse, and no verdict comes back: equal ends, nothing between
        // them.
        return decide(policy, known, soFar.atLeast()) == decide(policy, known, soFar.atMost());
    }

    /** The verdict on a complete diff. */
    static Verdict decide(OnDivergence policy, Known known, Divergence found) {
        if (policy == OnDivergence.CONTINUE || found.isNone()) {
            return Verdict.PROCEED;
        }
        PageOne before = known.pageOne();
        Descent descent = before == null ? Descent.UNKNOWN : found.pageOne().descentFrom(before);
        if (found.knownPages() != 1 && found.pageOne().hasNoTables() && (before == null || !before.hasNoTables())) {
            return Verdict.EMPTY;
        }
        boolean near = before == null || found.pageOne().isNear(before);
        Verdict verdict = byContent(known.sameFile() && near, descent, found);
        if (policy == OnDivergence.FAIL && verdict == Verdict.PROCEED) {
            boolean wentOnHere = known.sameFile() && (descent == Descent.SUCCESSOR || descent == Descent.EQUAL_COUNT);
            return wentOnHere ? Verdict.PROCEED : Verdict.UNPROVED;
        }
        return verdict;
    }

    private static Verdict byContent(boolean sameFile, Descent descent, Divergence found) {
        boolean telling = found.knownPages() >= TELLING_PAGES;
        if (descent == Descent.FOREIGN) {
            return telling && hasShare(found, SURELY_RELATED_SHARE) ? Verdict.PROCEED : Verdict.FOREIGN;
        }
        if (hasShare(found, RELATED_SHARE)) {
            return Verdict.PROCEED;
        }
        return switch (descent) {
            case SUCCESSOR -> Verdict.PROCEED;
            // One connection writes one count over and over, so the same count alone tells nothing.
            case EQUAL_COUNT -> hasLength(found) ? Verdict.PROCEED : Verdict.YOUNGER;
            case OLDER -> Verdict.YOUNGER;
            default -> telling && !(sameFile && hasLength(found)) ? Verdict.DIFFERENT : Verdict.PROCEED;
        };
    }

    private static boolean hasLength(Divergence found) {
        return (long) found.pages() * RELATED_SHARE >= found.knownPages();
    }

    private static boolean hasShare(Divergence found, int share) {
        return found.same() > 0 && (long) found.same() * share >= found.knownPages();
    }
}
