package dev.runnel.ltx;

/**
 * CRC over consecutive frames of a file as the file checksum covers them, that is, over their page headers and
 * <em>uncompressed</em> pages. Parts of a file that were decoded in parallel are joined with {@link #then}.
 *
 * @param crc {@link Crc64} of the covered bytes
 * @param length number of covered bytes, which is not the length of the frames in the file
 */
public record HashedRange(long crc, long length) {

    /** No frames. */
    public static final HashedRange EMPTY = new HashedRange(0, 0);

    /** This range followed by {@code next}. */
    public HashedRange then(HashedRange next) {
        return new HashedRange(Crc64.combine(crc, next.crc, next.length), length + next.length);
    }
}
