package dev.runnel.wal;

/**
 * The two salts of a WAL: another pair at each reset. A frame belongs to the WAL when its salts are those of the header.
 *
 * @param salt1 one more at each reset, except where a connection that has never reset writes the first frame: it draws
 *     both anew
 * @param salt2 random
 */
public record Salts(int salt1, int salt2) {

    /** What stands for "no WAL". */
    public static final Salts NONE = new Salts(0, 0);

    @Override
    public String toString() {
        return String.format("%08x/%08x", salt1, salt2);
    }
}
