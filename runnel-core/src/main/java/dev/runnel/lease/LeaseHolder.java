package dev.runnel.lease;

import java.util.Set;

/**
 * Who asks for a lease. Thread-safe.
 */
public interface LeaseHolder {

    /** Host and process, for people, e.g. {@code web-1:4711}. */
    String name();

    /** Names this writer among all that ever were. */
    String session();

    /**
     * Sessions of writers that are known to be gone, because a lock of the kernel that they held is ours: their lease need
     * not be waited for.
     */
    Set<String> predecessors();

    /** Which file is replicated. Two writers with the same one are successors, others write different databases. */
    String database();
}
