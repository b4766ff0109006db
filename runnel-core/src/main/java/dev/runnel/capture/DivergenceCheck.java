package dev.runnel.capture;

import dev.runnel.capture.CutWriter.Taken;
import dev.runnel.capture.LongRead.Purpose;
import java.io.IOException;

/** Asks a {@link ReconcileGuard} before what a page diff found is written. Confined to the capture's task. */
final class DivergenceCheck {

    private final CutWriter writer;
    private ReconcileGuard guard = ReconcileGuard.NONE;

    DivergenceCheck(CutWriter writer) {
        this.writer = writer;
    }

    void by(ReconcileGuard newGuard) {
        guard = newGuard;
    }

    /** Asks what is to be foreseen. To be called with an image of page 1 that was read while both locks were held. */
    void foresee(LongRead read, byte[] pageOne, int pageCount) throws IOException {
        read.ask(guard, pageOne, pageCount);
    }

    /**
     * Asks.
     *
     * @param differing pages of the database that differ from what the history holds
     * @throws IOException if they must not be written
     */
    void check(Taken taken, FrameSpool differing) throws IOException {
        PageMap known = writer.map();
        byte[] pageOne = taken.pageOne();
        if (!taken.closes(Purpose.RECONCILE) || writer.txId() == null) {
            return;
        }
        if (known == null) { // what the history holds could not be read
            guard.check(new Divergence(0, taken.pageCount(), 0, 0, pageOne.length, PageOne.of(pageOne)));
            return;
        }
        int both = Math.min(known.pageCount(), taken.pageCount());
        int same = known.pageSize().equals(taken.seen().pageSize()) ? both - differing.pages(both).length : 0;
        guard.check(new Divergence(known.pageCount(), taken.pageCount(), same, 0, pageOne.length, PageOne.of(pageOne)));
    }
}
