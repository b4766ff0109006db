package dev.runnel.ltx;

/**
 * End of an LTX file.
 *
 * @param postApply database checksum after the file; 0 in files without checksums
 * @param fileChecksum checksum of the file, bit 63 set
 * @param fileSize length of the whole file in bytes
 */
public record LtxTrailer(long postApply, long fileChecksum, long fileSize) {

    /** Length of the trailer in bytes. */
    public static final int SIZE = 16;
}
