package dev.runnel.archive;

import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import java.time.Instant;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One LTX file of a replica, as its name and the listing tell it.
 *
 * @param level level it is stored in
 * @param txIds transactions it carries
 * @param size length in bytes as it is stored; see {@link dev.runnel.storage.ObjectEntry}
 * @param createdAt its timestamp if {@code exactTime}, else the time the listing gave, which copies and version control
 *     do not keep
 * @param exactTime whether {@code createdAt} is the timestamp of the LTX header, to the millisecond
 */
public record LtxFile(Level level, TxRange txIds, long size, Instant createdAt, boolean exactTime) {

    /** By level, then last, then first TXID: within a level the order in which files extend the database. */
    public static final Comparator<LtxFile> ORDER =
            Comparator.comparing(LtxFile::level).thenComparing(LtxFile::max).thenComparing(LtxFile::min);

    private static final Pattern NAME = Pattern.compile("([0-9a-f]{16})-([0-9a-f]{16})\\.ltx");

    public LtxFile {
        if (size < 0) {
            throw new IllegalArgumentException("size must not be negative: " + size);
        }
    }

    /** First transaction. */
    public TxId min() {
        return txIds.min();
    }

    /** Last transaction. */
    public TxId max() {
        return txIds.max();
    }

    /** Whether the file holds a whole database: it starts at TXID 1, whatever its level. */
    public boolean isBase() {
        return txIds.min().isFirst();
    }

    /** File name, {@code <min>-<max>.ltx}. */
    public String name() {
        return nameOf(txIds);
    }

    /** This file with the timestamp of its header. */
    public LtxFile withExactTime(Instant timestamp) {
        return new LtxFile(level, txIds, size, timestamp, true);
    }

    /** Whether {@code other} stands at the same place: same level and same transactions. */
    public boolean samePlace(LtxFile other) {
        return level.equals(other.level) && txIds.equals(other.txIds);
    }

    /** File name of a range. */
    public static String nameOf(TxRange txIds) {
        return txIds + ".ltx";
    }

    /** Range that a file name tells, or null if it is not the name of an LTX file (upper case digits are not). */
    public static @Nullable TxRange parseName(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            return null;
        }
        long min = Long.parseUnsignedLong(matcher.group(1), 16);
        long max = Long.parseUnsignedLong(matcher.group(2), 16);
        return min < 1 || max < min ? null : TxRange.of(min, max);
    }

    /** {@code <level>/<name>}, for messages. */
    @Override
    public String toString() {
        return level + "/" + name();
    }
}
