package dev.runnel.archive;

import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.storage.ObjectEntry;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the files of one replica stand in a store, as Litestream 0.5 has them.
 *
 * <table>
 * <caption>Keys</caption>
 * <tr><td>S3 and OSS</td><td>{@code <path>/<level as %04x>/<min>-<max>.ltx}; with an empty path the key begins with a
 * slash</td></tr>
 * <tr><td>all others</td><td>{@code <path>/ltx/<level>/<min>-<max>.ltx}</td></tr>
 * <tr><td>page maps, both</td><td>{@code <path>/pages/<txid>.map} (Runnel's own; others ignore them)</td></tr>
 * </table>
 *
 * Immutable.
 */
public final class ReplicaLayout {

    private static final Pattern MAP_NAME = Pattern.compile("([0-9a-f]{16})\\.map");
    private static final Pattern OWN_FOLDER = Pattern.compile("/(ltx|pages|generations|000[0-9])(/|$)");
    private static final Pattern HEX_LEVEL = Pattern.compile("000[0-9]");
    private static final Pattern DECIMAL_LEVEL = Pattern.compile("[0-9]");

    private final String root;
    private final boolean hexLevels;

    private ReplicaLayout(String root, boolean hexLevels) {
        this.root = root;
        this.hexLevels = hexLevels;
    }

    /**
     * Whether two replicas would get into each other's way: both at one place, or one in a folder in which the other keeps
     * its files. A replica below another one is fine otherwise, as it is to Litestream.
     *
     * @param one its place, as {@link ReplicaArchive#describe} tells it
     */
    public static boolean overlap(String one, String other) {
        String a = withoutTrailingSlash(one);
        String b = withoutTrailingSlash(other);
        return a.equals(b) || isWithin(a, b) || isWithin(b, a);
    }

    private static boolean isWithin(String inner, String outer) {
        return inner.startsWith(outer + "/")
                && OWN_FOLDER.matcher(inner.substring(outer.length())).lookingAt();
    }

    /** Layout of S3 and its relatives below {@code path}, which may be empty. */
    public static ReplicaLayout s3(String path) {
        return new ReplicaLayout(withoutTrailingSlash(path) + "/", true);
    }

    /** Layout of every other store below {@code path}, which may be empty. */
    public static ReplicaLayout files(String path) {
        String trimmed = withoutTrailingSlash(path);
        return new ReplicaLayout(trimmed.isEmpty() ? "" : trimmed + "/", false);
    }

    private static String withoutTrailingSlash(String path) {
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return path.substring(0, end);
    }

    /** Key of an LTX file. */
    public String key(Level level, TxRange txIds) {
        return levelPrefix(level) + LtxFile.nameOf(txIds);
    }

    /** Key of an LTX file. */
    public String key(LtxFile file) {
        return key(file.level(), file.txIds());
    }

    /** Key of something else beside the levels, e.g. {@code lock.json}. */
    public String key(String name) {
        return root + name;
    }

    /** Prefix of the keys of one level. */
    public String levelPrefix(Level level) {
        return hexLevels
                ? root + String.format(Locale.ROOT, "%04x/", level.number())
                : root + "ltx/" + level.number() + "/";
    }

    /** Prefix that all levels have in common, so that one listing gives them all. */
    public String levelsPrefix() {
        return hexLevels ? root + "000" : root + "ltx/";
    }

    /** The LTX file that an object is, or null if it is something else. */
    public @Nullable LtxFile parse(ObjectEntry entry) {
        String key = entry.key();
        String base = hexLevels ? root : root + "ltx/";
        if (!key.startsWith(base)) {
            return null;
        }
        int slash = key.indexOf('/', base.length());
        if (slash < 0) {
            return null;
        }
        String level = key.substring(base.length(), slash);
        if (!(hexLevels ? HEX_LEVEL : DECIMAL_LEVEL).matcher(level).matches()) {
            return null;
        }
        TxRange txIds = LtxFile.parseName(key.substring(slash + 1));
        if (txIds == null) {
            return null;
        }
        return new LtxFile(
                new Level(level.charAt(level.length() - 1) - '0'), txIds, entry.size(), entry.lastModified(), false);
    }

    /** Key of the page map as of a transaction. */
    public String mapKey(TxId txId) {
        return mapPrefix() + txId + ".map";
    }

    /** Prefix of the keys of page maps. */
    public String mapPrefix() {
        return root + "pages/";
    }

    /** Transaction of the page map of that key, or null if it is something else. */
    public @Nullable TxId parseMapKey(String key) {
        if (!key.startsWith(mapPrefix())) {
            return null;
        }
        Matcher matcher = MAP_NAME.matcher(key.substring(mapPrefix().length()));
        if (!matcher.matches()) {
            return null;
        }
        long value = Long.parseUnsignedLong(matcher.group(1), 16);
        return value < 1 ? null : new TxId(value);
    }
}
