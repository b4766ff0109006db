package dev.runnel.engine;

import java.io.Closeable;
import java.nio.file.Path;

/** Tells that files of a directory were written. A hint that may come late, twice or never: the heartbeat is the truth. */
public interface FileEvents extends Closeable {

    /**
     * Tells {@code listener} whenever a file of the directory whose name starts with {@code prefix} changes, appears or
     * goes, until the watch is closed.
     */
    Watch watch(Path directory, String prefix, Listener listener);

    /** Whoever waits. The calls come on a thread of its own and must return at once. */
    interface Listener {

        /** A file changed, appeared or went. */
        void event();

        /** Nothing was watched for a while, so that something may have happened, or not. */
        void gap();
    }

    @Override
    default void close() {}

    /** An armed watch. */
    @FunctionalInterface
    interface Watch {
        /** Disarms it. */
        void cancel();
    }

    /** No events at all: looks come by the heartbeat. */
    static FileEvents none() {
        return (directory, prefix, listener) -> () -> {};
    }
}
