package dev.runnel.ltx;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Integers in byte arrays. Everything in LTX is big-endian, everything in LZ4 little-endian. */
final class Bytes {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT_LE = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG_LE =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    static int getShort(byte[] b, int at) {
        return (b[at] & 0xff) << 8 | (b[at + 1] & 0xff);
    }

    static int getInt(byte[] b, int at) {
        return (int) INT.get(b, at);
    }

    static long getLong(byte[] b, int at) {
        return (long) LONG.get(b, at);
    }

    static int getIntLe(byte[] b, int at) {
        return (int) INT_LE.get(b, at);
    }

    static long getLongLe(byte[] b, int at) {
        return (long) LONG_LE.get(b, at);
    }

    static void putShort(byte[] b, int at, int value) {
        b[at] = (byte) (value >>> 8);
        b[at + 1] = (byte) value;
    }

    static void putInt(byte[] b, int at, int value) {
        INT.set(b, at, value);
    }

    static void putLong(byte[] b, int at, long value) {
        LONG.set(b, at, value);
    }

    /** Writes {@code value} in groups of seven bits, lowest first; returns the position behind it. */
    static int putUvarint(byte[] b, int at, long value) {
        int pos = at;
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            b[pos++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        b[pos++] = (byte) rest;
        return pos;
    }

    /** Length of {@link #putUvarint}. */
    static int uvarintSize(long value) {
        return Math.max(1, (70 - Long.numberOfLeadingZeros(value)) / 7);
    }
}
