package dev.runnel.model;

/**
 * Inclusive range of transactions that one LTX file carries.
 *
 * @param min first transaction
 * @param max last transaction, not before {@code min}
 */
public record TxRange(TxId min, TxId max) {

    public TxRange {
        if (max.compareTo(min) < 0) {
            throw new IllegalArgumentException("TXID range is backwards: " + min + "-" + max);
        }
    }

    /** Range of the transactions {@code min} to {@code max}, both inclusive. */
    public static TxRange of(long min, long max) {
        return new TxRange(new TxId(min), new TxId(max));
    }

    /** Range of one transaction. */
    public static TxRange single(TxId txId) {
        return new TxRange(txId, txId);
    }

    /** Whether a file of this range applies to a database at {@code position} and advances it. */
    public boolean extendsFrom(TxId position) {
        return min.value() <= position.value() + 1 && max.compareTo(position) > 0;
    }

    /** Whether {@code txId} lies inside. */
    public boolean contains(TxId txId) {
        return min.compareTo(txId) <= 0 && max.compareTo(txId) >= 0;
    }

    /** {@code <min>-<max>}, the stem of an LTX file name. */
    @Override
    public String toString() {
        return min + "-" + max;
    }
}
