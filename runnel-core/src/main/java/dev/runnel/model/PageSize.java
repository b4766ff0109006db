package dev.runnel.model;

/**
 * Page size of a database.
 *
 * @param bytes a power of two, 512 to 65536
 */
public record PageSize(int bytes) {

    /** File offset of the byte that SQLite locks; the page that holds it never carries data. */
    public static final long LOCK_BYTE = 0x4000_0000L;

    public PageSize {
        if (!isValid(bytes)) {
            throw new IllegalArgumentException("page size must be a power of two from 512 to 65536: " + bytes);
        }
    }

    /** Whether SQLite allows pages of {@code bytes} bytes. */
    public static boolean isValid(int bytes) {
        return bytes >= 512 && bytes <= 65536 && Integer.bitCount(bytes) == 1;
    }

    /** Page size from the 16-bit field of a database header or a WAL-index header, in which 1 means 65536. */
    public static PageSize ofField(int field) {
        return new PageSize(field == 1 ? 65536 : field);
    }

    /** Number of the page that holds {@link #LOCK_BYTE}: never written by SQLite, never stored in LTX. */
    public int lockPage() {
        return (int) (LOCK_BYTE / bytes) + 1;
    }

    /** Offset of a page in the database file, in bytes. */
    public long offsetOf(int pageNumber) {
        return (pageNumber - 1L) * bytes;
    }

    @Override
    public String toString() {
        return Integer.toString(bytes);
    }
}
