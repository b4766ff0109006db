package dev.runnel.verify;

import dev.runnel.archive.LtxFile;
import dev.runnel.model.TxId;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Something that is not as it must be in a replica, and what it costs.
 *
 * @param kind what it is
 * @param key key of the object; for missing files the key of one that would stand in for them
 * @param file its place; null for a page map
 * @param map the transaction of the page map; null for a file
 * @param reason what is wrong
 * @param lost points in time that could be restored if this alone were whole, and cannot without it; empty if other
 *     files carry them all
 */
public record Damage(
        Kind kind,
        String key,
        @Nullable LtxFile file,
        @Nullable TxId map,
        String reason,
        List<Points> lost) {

    public Damage {
        lost = List.copyOf(lost);
    }

    /** What is not as it must be. */
    public enum Kind {
        /** A file that is damaged, or is another one than its name says. */
        DAMAGED,
        /** Transactions that no file carries where one must. */
        MISSING,
        /** A file that the store lists and does not give. */
        UNREADABLE,
        /** A page map, which serves a start without local state and no restore. */
        PAGE_MAP;

        /** As users read it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }
}
