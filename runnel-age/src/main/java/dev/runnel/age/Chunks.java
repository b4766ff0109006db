package dev.runnel.age;

import dev.runnel.ltx.CorruptChangesetException;
import javax.crypto.spec.IvParameterSpec;

/**
 * Where in an age file the parts of its content stand. Behind the header come chunks of 64 KiB, each with a tag of 16
 * bytes; the last may be shorter, and is empty only if there is no content at all.
 *
 * @param header length of the header in bytes, with the nonce of the payload
 * @param stored length of the whole file in bytes
 */
record Chunks(long header, long stored) {

    /** Content of a full chunk, in bytes. */
    static final int PLAIN = 64 << 10;
    /** What encryption adds to a chunk, in bytes. */
    static final int TAG = 16;
    /** A full chunk as it is stored, in bytes. */
    static final int SEALED = PLAIN + TAG;

    private static final int IV = 12;
    private static final int COUNTER = 11;

    /** How long a content of {@code length} bytes becomes, without the header. */
    static long sealedLength(long length) {
        return length + TAG * Math.max(1, (length + PLAIN - 1) / PLAIN);
    }

    /** The chunks of a file. */
    static Chunks of(long header, long stored, String resource) throws CorruptChangesetException {
        if (stored - header < TAG) {
            throw new CorruptChangesetException(
                    resource, stored, "an encrypted payload", "end of file (file truncated?)");
        }
        Chunks chunks = new Chunks(header, stored);
        long last = chunks.count() - 1;
        if (last > 0 && chunks.length(last) <= TAG) {
            // No writer makes such an end. The chunks before it authenticate, and would pass for the whole.
            throw new CorruptChangesetException(
                    resource, chunks.offset(last), "a last chunk with content", "end of file (file truncated?)");
        }
        return chunks;
    }

    /** How many there are. */
    long count() {
        return Math.max(1, (stored - header + SEALED - 1) / SEALED);
    }

    /** Length of the content in bytes. */
    long plain() {
        return stored - header - TAG * count();
    }

    /** Where a chunk begins in the file. */
    long offset(long index) {
        return header + index * SEALED;
    }

    /** Length of a chunk as it is stored. */
    int length(long index) {
        return (int) Math.min(SEALED, stored - offset(index));
    }

    boolean isLast(long index) {
        return index == count() - 1;
    }

    /** The nonce of a chunk: its number, and whether it is the last. */
    static IvParameterSpec nonce(long index, boolean last) {
        byte[] nonce = new byte[IV];
        for (int i = 0; i < Long.BYTES; i++) {
            nonce[COUNTER - 1 - i] = (byte) (index >>> (8 * i));
        }
        nonce[COUNTER] = (byte) (last ? 1 : 0);
        return new IvParameterSpec(nonce);
    }
}
