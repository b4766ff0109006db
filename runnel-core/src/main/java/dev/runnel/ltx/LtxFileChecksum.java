package dev.runnel.ltx;

import org.jspecify.annotations.Nullable;

/**
 * The file checksum from the CRCs of a file's parts, whoever read them and in whatever order:
 *
 * <pre>{@code
 * byte[] header = ...;                        // the first 100 bytes, as stored
 * LtxIndex index = LtxIndex.parse(...);       // from the end of the file
 * HashedRange frames = first.then(second);    // FrameReader.hashed() of each part
 * LtxFileChecksum.verify(header, frames, index, name);
 * }</pre>
 *
 * <p>Pure functions.
 */
public final class LtxFileChecksum {

    private LtxFileChecksum() {}

    /**
     * File checksum, bit 63 set.
     *
     * @param header the first {@value LtxHeader#SIZE} bytes of the file as they are stored
     * @param frames all frames of the file
     * @throws IllegalArgumentException if {@code header} is shorter
     */
    public static long of(byte[] header, HashedRange frames, LtxIndex index) {
        if (header.length < LtxHeader.SIZE) {
            throw new IllegalArgumentException("a header is " + LtxHeader.SIZE + " bytes: " + header.length);
        }
        HashedRange front = new HashedRange(Crc64.update(0, header, 0, LtxHeader.SIZE), LtxHeader.SIZE);
        return of(
                front.then(frames),
                new HashedRange(index.crc(), index.length()),
                index.trailer().postApply());
    }

    /**
     * Compares {@link #of(byte[], HashedRange, LtxIndex)} with the checksum in the trailer.
     *
     * @throws CorruptChangesetException if they differ
     */
    public static void verify(byte[] header, HashedRange frames, LtxIndex index, String resource)
            throws CorruptChangesetException {
        long checksum = of(header, frames, index);
        LtxTrailer trailer = index.trailer();
        if (checksum != trailer.fileChecksum()) {
            throw new CorruptChangesetException(
                    resource,
                    trailer.fileSize() - 8,
                    "file checksum " + Proof.hex(checksum),
                    Proof.hex(trailer.fileChecksum()));
        }
    }

    /** File checksum from header and frames, index, and post-apply checksum. */
    static long of(HashedRange front, HashedRange index, long postApply) {
        long crc = Crc64.updateShort(Crc64.updateInt(front.crc(), 0), 0);
        crc = Crc64.combine(crc, index.crc(), index.length());
        return PageChecksums.FLAG | Crc64.updateLong(crc, postApply);
    }

    /** Decodes the trailer, which stands at {@code offset} of the file and ends it. */
    static LtxTrailer decodeTrailer(byte[] b, int at, long offset, LtxHeader header, String resource)
            throws CorruptChangesetException {
        long postApply = Bytes.getLong(b, at);
        String expected = postApplyRule(header, postApply);
        if (expected != null) {
            throw new CorruptChangesetException(resource, offset, expected, Proof.hex(postApply));
        }
        return new LtxTrailer(postApply, Bytes.getLong(b, at + 8), offset + LtxTrailer.SIZE);
    }

    /** What a post-apply checksum must be in a file with this header; null if it is. */
    static @Nullable String postApplyRule(LtxHeader header, long postApply) {
        if (!header.hasChecksums()) {
            return postApply == 0 ? null : "post-apply checksum 0 in a file without checksums";
        }
        if (header.commit() == 0) {
            return postApply == Proof.EMPTY_DATABASE
                    ? null
                    : "post-apply checksum " + Proof.hex(Proof.EMPTY_DATABASE) + " of an empty database";
        }
        return postApply < 0 ? null : "a post-apply checksum with bit 63 set";
    }
}
