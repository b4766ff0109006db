package dev.runnel.report;

import java.util.Locale;

/**
 * Who may write a replica.
 *
 * @param whose who holds the lease
 * @param text the same for people, e.g. {@code held, epoch 7}; says why where it cannot be fenced
 */
public record LeaseStanding(Whose whose, String text) {

    /** Who holds a lease. */
    public enum Whose {
        /** We do. */
        HELD,
        /** Another does, so that we stand by. */
        STANDBY,
        /** Nobody, as far as we know: there was nothing to write lately. */
        FREE,
        /** There is no lease: it is off. */
        NONE,
        /** There is no lease, though one was wanted: the store has no conditional writes. */
        UNFENCED;

        /** Its name as commands and metrics show it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
