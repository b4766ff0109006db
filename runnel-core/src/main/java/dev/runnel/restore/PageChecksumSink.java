package dev.runnel.restore;

/**
 * Receives the checksum of every page of a database that has one in the replica: not of the lock page. Called from several
 * threads at once, for different pages. Should a page be given twice, because a file disappeared and another plan was
 * made, the later call is right.
 */
@FunctionalInterface
public interface PageChecksumSink {

    /**
     * One page.
     *
     * @param pgno page number, from 1
     * @param checksum LTX page checksum, with bit 63 set
     */
    void page(int pgno, long checksum);
}
