package dev.runnel.cli.services;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many files and connections a daemon may have open, and how many it needs. Who reaches the limit fails in every place
 * at once, and none of the messages there tells why.
 */
final class OpenFiles {

    /** Raises the limit, in the words of those who set it. */
    static final String REMEDY =
            "raise the limit of open files: `ulimit -n`, LimitNOFILE= of systemd, `ulimits` of Compose";

    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Pattern SOFT_LIMIT = Pattern.compile("(?m)^Max open files +(\\d+)");

    /** The JVM and its jars, sockets, and what a dozen of concurrent transfers have open. */
    private static final int BASE = 128;
    /** The database, its WAL, its WAL-index, the lock of its state, and the file that is written. */
    private static final int PER_DATABASE = 5;

    private OpenFiles() {}

    /** The limit of this process, if that is less than a daemon of so many databases may need. */
    static OptionalLong limitTooLowFor(int databases) {
        OptionalLong limit = limit();
        return limit.isPresent() && limit.getAsLong() < need(databases) ? limit : OptionalLong.empty();
    }

    /** The limit of this process, which the JVM has raised as far as it may; empty where there is none or it is unknown. */
    private static OptionalLong limit() {
        try {
            return limitIn(Files.readString(LIMITS));
        } catch (IOException e) {
            return OptionalLong.empty(); // not Linux
        }
    }

    /** The limit in a text such as that of {@code /proc/self/limits}. */
    static OptionalLong limitIn(String limits) {
        Matcher line = SOFT_LIMIT.matcher(limits);
        return line.find() ? OptionalLong.of(Long.parseLong(line.group(1))) : OptionalLong.empty();
    }

    /** How many a daemon of so many databases may need. */
    static long need(int databases) {
        return BASE + (long) PER_DATABASE * databases;
    }
}
