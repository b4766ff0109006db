package dev.runnel.wal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Running checksum of a WAL: {@code s0 += x0 + s1; s1 += x1 + s0} for each pair of 32-bit words. Source: SQLite's
 * documentation of the WAL format.
 *
 * @param s0 first sum
 * @param s1 second sum
 */
public record WalChecksum(int s0, int s1) {

    /** Before the first word. */
    public static final WalChecksum ZERO = new WalChecksum(0, 0);

    private static final VarHandle LITTLE = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BIG = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    /**
     * The checksum continued over {@code length} bytes.
     *
     * @param length a multiple of 8
     * @param bigEndian whether the words are big-endian, as the magic of the WAL says
     */
    public WalChecksum update(byte[] bytes, int offset, int length, boolean bigEndian) {
        int a = s0;
        int b = s1;
        int end = offset + length;
        if (bigEndian) {
            for (int at = offset; at < end; at += 8) {
                a += (int) BIG.get(bytes, at) + b;
                b += (int) BIG.get(bytes, at + 4) + a;
            }
        } else {
            for (int at = offset; at < end; at += 8) {
                a += (int) LITTLE.get(bytes, at) + b;
                b += (int) LITTLE.get(bytes, at + 4) + a;
            }
        }
        return new WalChecksum(a, b);
    }

    @Override
    public String toString() {
        return String.format("%08x/%08x", s0, s1);
    }
}
