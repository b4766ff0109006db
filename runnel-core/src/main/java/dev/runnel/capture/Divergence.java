package dev.runnel.capture;

/**
 * What a page diff found, before anything is written of it.
 *
 * @param knownPages size in pages of the database that the replicas hold; 0 if that cannot be read
 * @param pages size in pages of the database that is there
 * @param same pages that are in both and equal; 0 where the page sizes differ
 * @param unread pages that are in both and not compared yet; 0 once the diff is complete
 * @param pageSize page size of the database that is there, in bytes
 * @param pageOne its page 1
 */
public record Divergence(int knownPages, int pages, int same, int unread, int pageSize, PageOne pageOne) {

    /** Whether the two databases are one. */
    public boolean isNone() {
        return same == knownPages && pages == knownPages;
    }

    /** What it comes to if every page that is not compared yet differs. */
    public Divergence atMost() {
        return new Divergence(knownPages, pages, same, 0, pageSize, pageOne);
    }

    /** What it comes to if every page that is not compared yet is the same. */
    public Divergence atLeast() {
        return new Divergence(knownPages, pages, same + unread, 0, pageSize, pageOne);
    }
}
