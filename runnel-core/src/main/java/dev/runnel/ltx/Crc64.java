package dev.runnel.ltx;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * CRC-64/GO-ISO: polynomial x^64 + x^4 + x^3 + x + 1, reflected, all ones in and out; the check value of
 * {@code "123456789"} is {@code b90956c775a41001}. It is the checksum of every LTX file and of every page.
 *
 * <p>All values here are <em>finalised</em>: what {@link #update} returns is the checksum of the bytes so far, and 0 is
 * the checksum of no bytes. All functions are pure.
 *
 * <p>The polynomial is sparse: modulo it, x^512 is (1 + x^8)(1 + x^24). Moving 64 bytes of the message 64 bytes further
 * is therefore two shifts by whole bytes and two additions of the 64-byte number itself, with a carry between its eight
 * words, and needs neither tables nor reduction. That is the inner loop; the 64 bytes that remain are reduced word by
 * word.
 *
 * <p>In the reflected form the highest bit is the coefficient of x^0, and {@code >>> 1} multiplies by x.
 */
public final class Crc64 {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long POLYNOMIAL = 0xD800_0000_0000_0000L;
    private static final long X_8 = 1L << 55;
    private static final int BLOCK = 64;
    private static final long[] BYTE_TABLE = byteTable();

    private Crc64() {}

    /**
     * Checksum of some bytes followed by {@code len} bytes of {@code b}.
     *
     * @param crc checksum of what comes before; 0 if nothing does
     * @throws IndexOutOfBoundsException if the range is not inside {@code b}
     */
    public static long update(long crc, byte[] b, int off, int len) {
        Objects.checkFromIndexSize(off, len, b.length);
        int end = off + len;
        int pos = off;
        long state = ~crc;
        if (len >= 2 * BLOCK) {
            int blocks = len / BLOCK * BLOCK;
            state = fold(state, b, pos, pos + blocks);
            pos += blocks;
        }
        for (; pos <= end - 8; pos += 8) {
            state = times64(state ^ (long) LONGS.get(b, pos));
        }
        for (; pos < end; pos++) {
            state = BYTE_TABLE[(int) (state ^ b[pos]) & 0xff] ^ (state >>> 8);
        }
        return ~state;
    }

    /**
     * Checksum of A followed by B.
     *
     * @param crcA checksum of A
     * @param crcB checksum of B
     * @param lenB length of B in bytes, not negative
     */
    public static long combine(long crcA, long crcB, long lenB) {
        return multiply(crcA, powerOfX8(lenB)) ^ crcB;
    }

    /** Checksum of some bytes followed by {@code value} as four bytes, big-endian. */
    static long updateInt(long crc, int value) {
        long state = ~crc ^ (Integer.reverseBytes(value) & 0xffff_ffffL);
        return ~((state >>> 32) ^ reduceOverflow(state << 32));
    }

    /** Checksum of some bytes followed by the low 16 bits of {@code value} as two bytes, big-endian. */
    static long updateShort(long crc, int value) {
        long state = ~crc ^ (Short.reverseBytes((short) value) & 0xffffL);
        return ~((state >>> 16) ^ reduceOverflow(state << 48));
    }

    /** Checksum of some bytes followed by {@code value} as eight bytes, big-endian. */
    static long updateLong(long crc, long value) {
        return ~times64(~crc ^ Long.reverseBytes(value));
    }

    /** {@code v} * x^64 for a {@code v} whose low four bits, which would overflow once more, are zero. */
    private static long reduceOverflow(long v) {
        return v ^ (v >>> 1) ^ (v >>> 3) ^ (v >>> 4);
    }

    /** {@code v} * x^64. */
    private static long times64(long v) {
        long low = (v << 63) ^ (v << 61) ^ (v << 60);
        return reduceOverflow(v) ^ reduceOverflow(low);
    }

    private static long fold(long state, byte[] b, int from, int end) {
        long a0 = (long) LONGS.get(b, from) ^ state;
        long a1 = (long) LONGS.get(b, from + 8);
        long a2 = (long) LONGS.get(b, from + 16);
        long a3 = (long) LONGS.get(b, from + 24);
        long a4 = (long) LONGS.get(b, from + 32);
        long a5 = (long) LONGS.get(b, from + 40);
        long a6 = (long) LONGS.get(b, from + 48);
        long a7 = (long) LONGS.get(b, from + 56);
        for (int p = from + BLOCK; p < end; p += BLOCK) {
            // Times (1 + x^8): a byte moves to the place before it, the first of a word into the word before.
            long carry = a0 << 56;
            a0 ^= (a0 >>> 8) ^ (a1 << 56);
            a1 ^= (a1 >>> 8) ^ (a2 << 56);
            a2 ^= (a2 >>> 8) ^ (a3 << 56);
            a3 ^= (a3 >>> 8) ^ (a4 << 56);
            a4 ^= (a4 >>> 8) ^ (a5 << 56);
            a5 ^= (a5 >>> 8) ^ (a6 << 56);
            a6 ^= (a6 >>> 8) ^ (a7 << 56);
            a7 ^= a7 >>> 8;
            // Times (1 + x^24), and what was carried out in front comes round again at the end.
            carry ^= (carry >>> 24) ^ (a0 << 40);
            carry ^= carry >>> 8;
            carry ^= carry >>> 24;
            a0 ^= (a0 >>> 24) ^ (a1 << 40) ^ (long) LONGS.get(b, p);
            a1 ^= (a1 >>> 24) ^ (a2 << 40) ^ (long) LONGS.get(b, p + 8);
            a2 ^= (a2 >>> 24) ^ (a3 << 40) ^ (long) LONGS.get(b, p + 16);
            a3 ^= (a3 >>> 24) ^ (a4 << 40) ^ (long) LONGS.get(b, p + 24);
            a4 ^= (a4 >>> 24) ^ (a5 << 40) ^ (long) LONGS.get(b, p + 32);
            a5 ^= (a5 >>> 24) ^ (a6 << 40) ^ (long) LONGS.get(b, p + 40);
            a6 ^= (a6 >>> 24) ^ (a7 << 40) ^ (long) LONGS.get(b, p + 48);
            a7 ^= (a7 >>> 24) ^ carry ^ (long) LONGS.get(b, p + 56);
        }
        long c = times64(a0);
        c = times64(c ^ a1);
        c = times64(c ^ a2);
        c = times64(c ^ a3);
        c = times64(c ^ a4);
        c = times64(c ^ a5);
        c = times64(c ^ a6);
        return times64(c ^ a7);
    }

    private static long timesX(long v) {
        return (v >>> 1) ^ (POLYNOMIAL & -(v & 1));
    }

    private static long multiply(long a, long b) {
        long product = 0;
        for (long rest = a, power = b; rest != 0; rest <<= 1, power = timesX(power)) {
            if (rest < 0) {
                product ^= power;
            }
        }
        return product;
    }

    /** x^(8 {@code n}). */
    private static long powerOfX8(long n) {
        if (n < 0) {
            throw new IllegalArgumentException("length must not be negative: " + n);
        }
        long result = Long.MIN_VALUE;
        long square = X_8;
        for (long rest = n; rest != 0; rest >>>= 1) {
            if ((rest & 1) != 0) {
                result = multiply(result, square);
            }
            square = multiply(square, square);
        }
        return result;
    }

    private static long[] byteTable() {
        long[] table = new long[256];
        for (int i = 0; i < table.length; i++) {
            long v = i;
            for (int bit = 0; bit < 8; bit++) {
                v = timesX(v);
            }
            table[i] = v;
        }
        return table;
    }

    /**
     * Moves a checksum over a fixed number of bytes: {@code combine(a, b, length) == of(length).apply(a) ^ b}, with eight
     * table lookups. Immutable; holds 16 KiB.
     */
    public static final class Shift {

        private final long[] table;

        private Shift(long[] table) {
            this.table = table;
        }

        /**
         * The shift over {@code length} bytes.
         *
         * @param length bytes, not negative
         */
        public static Shift of(long length) {
            long[] table = new long[8 * 256];
            long power = powerOfX8(length);
            for (int bit = 63; bit >= 0; bit--) {
                int lane = bit / 8 * 256;
                int first = 1 << (bit % 8);
                // Bits are visited from the highest down, so a filled entry has only bits above this one.
                table[lane + first] = power;
                for (int other = first * 2; other < 256; other += first * 2) {
                    table[lane + other + first] = table[lane + other] ^ power;
                }
                power = timesX(power);
            }
            return new Shift(table);
        }

        /** The part that a checksum of leading bytes contributes once {@code length} bytes have followed. */
        public long apply(long crc) {
            long[] t = table;
            return t[(int) crc & 0xff]
                    ^ t[256 + ((int) (crc >>> 8) & 0xff)]
                    ^ t[512 + ((int) (crc >>> 16) & 0xff)]
                    ^ t[768 + ((int) (crc >>> 24) & 0xff)]
                    ^ t[1024 + ((int) (crc >>> 32) & 0xff)]
                    ^ t[1280 + ((int) (crc >>> 40) & 0xff)]
                    ^ t[1536 + ((int) (crc >>> 48) & 0xff)]
                    ^ t[1792 + ((int) (crc >>> 56) & 0xff)];
        }
    }
}
