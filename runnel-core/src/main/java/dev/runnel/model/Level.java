package dev.runnel.model;

/**
 * Level of an LTX file in a replica: 0 holds one file per cut, 1 to 8 hold compacted files, 9 holds snapshots.
 *
 * @param number 0 to 9
 */
public record Level(int number) implements Comparable<Level> {

    /** One file per cut. */
    public static final Level L0 = new Level(0);
    /** The highest level that holds compacted files. */
    public static final Level MAX_COMPACTED = new Level(8);
    /** Snapshots: files that start at TXID 1 and hold every page. */
    public static final Level SNAPSHOT = new Level(9);

    public Level {
        if (number < 0 || number > 9) {
            throw new IllegalArgumentException("level must be 0 to 9: " + number);
        }
    }

    /** Whether this is the level of snapshots. */
    public boolean isSnapshot() {
        return number == 9;
    }

    @Override
    public int compareTo(Level other) {
        return Integer.compare(number, other.number);
    }

    @Override
    public String toString() {
        return Integer.toString(number);
    }
}
