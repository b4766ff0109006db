package dev.runnel.source;

import java.io.IOException;

/**
 * The two locks of which one is always held while attached. Confined to the task that serves the database.
 *
 * <ul>
 *   <li><b>The gate</b> stops the <em>reset</em> of the WAL. Frames are appended and backfilled as the application likes.
 *   <li><b>Slot 0</b> stops <em>backfill</em>, that is, writes to the database file. Frames are appended, and a WAL that
 *       was wholly backfilled before can be reset once.
 * </ul>
 */
public interface WalGate {

    /** Takes the gate unless it is held. Returns whether it is held now. Never waits. */
    boolean holdGate() throws IOException;

    /** Lets the gate go. */
    void releaseGate() throws IOException;

    /** Takes slot 0 unless it is held. Returns whether it is held now; not while a checkpointer copies pages. Never waits. */
    boolean holdSlot0() throws IOException;

    /** Lets slot 0 go. */
    void releaseSlot0() throws IOException;

    /** Whether the gate is held. */
    boolean gateHeld();

    /** Whether slot 0 is held. */
    boolean slot0Held();
}
