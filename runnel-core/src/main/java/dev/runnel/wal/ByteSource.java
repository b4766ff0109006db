package dev.runnel.wal;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Positional reads from bytes that may change and grow meanwhile. */
@FunctionalInterface
public interface ByteSource {

    /**
     * Fills {@code target} from {@code position} on, as far as there are bytes.
     *
     * @return number of bytes read, 0 at or beyond the end; never less than what is there
     */
    int read(ByteBuffer target, long position) throws IOException;

    /** Bytes of an array, for tests and for files that fit in memory. */
    static ByteSource of(byte[] bytes) {
        return (target, position) -> {
            if (position >= bytes.length) {
                return 0;
            }
            int count = (int) Math.min(target.remaining(), bytes.length - position);
            target.put(bytes, (int) position, count);
            return count;
        };
    }
}
