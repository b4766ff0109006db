package dev.runnel.ltx;

/** CRC-64/GO-ISO bit by bit, as the definition says: the oracle of everything faster. */
final class NaiveCrc64 {

    private long state = -1;

    NaiveCrc64 add(byte[] b) {
        return add(b, 0, b.length);
    }

    NaiveCrc64 add(byte[] b, int off, int len) {
        for (int i = off; i < off + len; i++) {
            state ^= b[i] & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                state = (state & 1) != 0 ? (state >>> 1) ^ 0xD800_0000_0000_0000L : state >>> 1;
            }
        }
        return this;
    }

    long value() {
        return ~state;
    }

    static long of(byte[] b, int off, int len) {
        return new NaiveCrc64().add(b, off, len).value();
    }
}
