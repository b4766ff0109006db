package dev.runnel.storage;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the arguments of an {@link ObjectStore} may look like, and the order of keys. */
public final class ObjectKeys {

    /** Longest key in bytes of UTF-8, the limit of S3. */
    public static final int MAX_BYTES = 1024;

    /** Ascending by UTF-8 bytes, unsigned: the order of listings. {@link String#compareTo} differs above U+FFFF. */
    public static final Comparator<String> ORDER = ObjectKeys::compare;

    private ObjectKeys() {}

    /**
     * Returns the key if it is one.
     *
     * @throws IllegalArgumentException if it is empty, longer than {@link #MAX_BYTES}, ends with a slash, contains a
     *     {@code .} or {@code ..} segment, a control character or half of a surrogate pair
     */
    public static String check(String key) {
        String fault = fault(key);
        if (fault != null) {
            throw new IllegalArgumentException("Object key '" + key + "' " + fault);
        }
        return key;
    }

    /**
     * Returns the keys if all of them are some, so that nothing is done before all are known to be right.
     *
     * @throws IllegalArgumentException as {@link #check} does
     */
    public static List<String> checkAll(Collection<String> keys) {
        return keys.stream().map(ObjectKeys::check).toList();
    }

    /** Whether {@link #check} accepts it. */
    public static boolean isValid(String key) {
        return fault(key) == null;
    }

    /** Whether a key can begin so; nothing is ever listed under a prefix of which this is false. */
    public static boolean canBeginKey(String prefix) {
        return characterFault(prefix) == null && !hasDotSegment(prefix.substring(0, prefix.lastIndexOf('/') + 1));
    }

    /** Whether {@link ObjectStore#list} with these arguments tells of a key. */
    public static boolean isListed(String key, String prefix, @Nullable String startAfter) {
        return key.startsWith(prefix) && (startAfter == null || compare(key, startAfter) > 0);
    }

    /** Whether {@link ObjectStore#list} with these arguments tells of none, since all come before the start. */
    public static boolean isBehind(String prefix, @Nullable String startAfter) {
        return startAfter != null && !startAfter.startsWith(prefix) && compare(startAfter, prefix) > 0;
    }

    /** Compares by UTF-8 bytes, which is the order of code points. */
    public static int compare(String left, String right) {
        int shared = Math.min(left.length(), right.length());
        for (int i = 0; i < shared; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                return Integer.compare(codePointRank(a), codePointRank(b));
            }
        }
        return Integer.compare(left.length(), right.length());
    }

    /** Checks the arguments of {@link ObjectStore#open}. */
    public static void checkRange(long offset, long length) {
        if (offset < 0 || length < 0 || offset + length < 0) {
            throw new IllegalArgumentException("Range of " + length + " bytes at offset " + offset);
        }
    }

    /** Checks the argument of {@link ObjectStore#readTail}. */
    public static void checkTailLength(int maxLength) {
        if (maxLength < 1) {
            throw new IllegalArgumentException("Tail of " + maxLength + " bytes");
        }
    }

    /** Moves surrogates, which stand for code points above U+FFFF, behind all other chars. */
    private static int codePointRank(char c) {
        return Character.isSurrogate(c) ? c + 0x10000 : c;
    }

    private static @Nullable String fault(String key) {
        if (key.isEmpty()) {
            return "is empty";
        }
        if (key.endsWith("/")) {
            return "ends with a slash";
        }
        String fault = characterFault(key);
        return fault != null ? fault : hasDotSegment(key) ? "contains a '.' or '..' segment" : null;
    }

    private static @Nullable String characterFault(String key) {
        int bytes = 0;
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (c < 0x20 || c == 0x7f) {
                return "contains a control character at index " + i;
            }
            if (Character.isSurrogate(c)) {
                if (!Character.isHighSurrogate(c)
                        || i + 1 == key.length()
                        || !Character.isLowSurrogate(key.charAt(i + 1))) {
                    return "contains half of a surrogate pair at index " + i;
                }
                i++;
                bytes += 4;
            } else {
                bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
            }
        }
        return bytes > MAX_BYTES ? "has " + bytes + " bytes, more than " + MAX_BYTES : null;
    }

    private static boolean hasDotSegment(String key) {
        int start = 0;
        while (start <= key.length()) {
            int end = key.indexOf('/', start);
            if (end < 0) {
                end = key.length();
            }
            int length = end - start;
            if (length > 0 && length <= 2 && "..".startsWith(key.substring(start, end))) {
                return true;
            }
            start = end + 1;
        }
        return false;
    }
}
