package dev.runnel.model;

/**
 * Transaction id of an LTX file: a count of cuts, not of SQLite commits. Always at least 1; absence of a transaction is
 * expressed by the absence of a {@code TxId}.
 *
 * @param value 1 to {@link Long#MAX_VALUE}
 */
public record TxId(long value) implements Comparable<TxId> {

    /** The first transaction. A file that starts here is a snapshot. */
    public static final TxId FIRST = new TxId(1);

    public TxId {
        if (value < 1) {
            throw new IllegalArgumentException("TXID must be at least 1: " + value);
        }
    }

    /**
     * Parses the 16 lowercase hexadecimal digits used in file names and on the command line.
     *
     * @throws IllegalArgumentException if {@code text} is not exactly 16 hexadecimal digits of a positive number
     */
    public static TxId parse(String text) {
        if (text.length() != 16 || !text.chars().allMatch(c -> c < 128 && Character.digit(c, 16) >= 0)) {
            throw new IllegalArgumentException("a TXID is 16 hexadecimal digits: \"" + text + "\"");
        }
        long value = Long.parseUnsignedLong(text, 16);
        if (value < 0) {
            throw new IllegalArgumentException("a TXID is at most 7fffffffffffffff: \"" + text + "\"");
        }
        return new TxId(value);
    }

    /** The following transaction. */
    public TxId next() {
        return new TxId(Math.addExact(value, 1));
    }

    /** Whether this is {@link #FIRST}. */
    public boolean isFirst() {
        return value == 1;
    }

    @Override
    public int compareTo(TxId other) {
        return Long.compare(value, other.value);
    }

    /** Sixteen lowercase hexadecimal digits, so that names sort like numbers. */
    @Override
    public String toString() {
        return String.format("%016x", value);
    }
}
