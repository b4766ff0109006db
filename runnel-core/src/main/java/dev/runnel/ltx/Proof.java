package dev.runnel.ltx;

/**
 * Checksums of the whole database before and after a file, kept in the reserved bytes of its header. Litestream writes
 * and accepts only files without checksums; these bytes it ignores, and the file checksum covers them.
 *
 * @param preApply database checksum before the file, with bit 63 set; 0 if unknown
 * @param postApply database checksum after the file, with bit 63 set; 0 if unknown
 */
public record Proof(long preApply, long postApply) {

    /** Checksum of a database without pages. */
    public static final long EMPTY_DATABASE = PageChecksums.FLAG;
    /** In place of a checksum that is not known. */
    public static final long UNKNOWN = 0;

    static final int MAGIC = 0x524e_4c31; // "RNL1"

    public Proof {
        if (!isValid(preApply) || !isValid(postApply)) {
            throw new IllegalArgumentException("a database checksum is 0 (unknown) or has bit 63 set: pre-apply "
                    + hex(preApply) + ", post-apply " + hex(postApply));
        }
    }

    static boolean isValid(long checksum) {
        return checksum <= 0;
    }

    /** Whether the checksum before is known. */
    public boolean knowsPreApply() {
        return preApply != UNKNOWN;
    }

    /** Whether the checksum after is known. */
    public boolean knowsPostApply() {
        return postApply != UNKNOWN;
    }

    /** Sixteen lowercase hexadecimal digits, as checksums are written everywhere. */
    static String hex(long checksum) {
        return String.format("%016x", checksum);
    }

    @Override
    public String toString() {
        return hex(preApply) + "->" + hex(postApply);
    }
}
