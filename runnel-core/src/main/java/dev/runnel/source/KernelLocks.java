package dev.runnel.source;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Record locks that the kernel tells of in {@code /proc/locks}. It shows those of processes in our own process namespace
 * only, so what is not there may still exist.
 */
public final class KernelLocks {

    private static final Pattern LINE = Pattern.compile(
            "\\d+:\\s+POSIX\\s+\\S+\\s+(READ|WRITE)\\s+(\\d+)\\s+([0-9a-f]+):([0-9a-f]+):(\\d+)\\s+(\\d+)\\s+(\\d+|EOF)");

    private static final int LONGEST_LINE = 256;

    private final Path table;
    private final long ownProcess;

    /**
     * @param table {@code /proc/locks}
     * @param ownProcess id of this process, whose locks do not count
     */
    public KernelLocks(Path table, long ownProcess) {
        this.table = table;
        this.ownProcess = ownProcess;
    }

    /** The table of this machine. */
    public static KernelLocks ofThisProcess() {
        return new KernelLocks(Path.of("/proc/locks"), ProcessHandle.current().pid());
    }

    /**
     * Bytes that another process is seen to have locked.
     *
     * @param first the first of them
     * @param last the last one; {@link Long#MAX_VALUE} for to the end of the file
     */
    record Range(long first, long last) {

        boolean contains(long position) {
            return first <= position && position <= last;
        }
    }

    /** Whether another process is seen to hold a lock on byte {@code position} of a file. */
    boolean heldByOther(FileIdentity file, long position) {
        return visit(file, held -> held.contains(position));
    }

    /** What other processes are seen to hold on a file. */
    List<Range> heldByOthers(FileIdentity file) {
        List<Range> all = new ArrayList<>();
        visit(file, held -> !all.add(held));
        return all;
    }

    /**
     * Tells of the locks of other processes on a file until {@code enough} says so, and whether it did. Reads the table
     * line by line, for it has thousands of lines where a thousand databases are attached, of which one file has a few.
     */
    private boolean visit(FileIdentity file, Predicate<Range> enough) {
        byte[] inode = (":" + file.inode() + " ").getBytes(StandardCharsets.US_ASCII);
        byte[] line = new byte[LONGEST_LINE];
        int length = 0;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(table))) {
            for (int next = in.read(); next >= 0; next = in.read()) {
                if (next != '\n') {
                    if (length < line.length) {
                        line[length++] = (byte) next;
                    }
                    continue;
                }
                if (contains(line, length, inode)) {
                    Range held = ofOther(new String(line, 0, length, StandardCharsets.US_ASCII), file);
                    if (held != null && enough.test(held)) {
                        return true;
                    }
                }
                length = 0;
            }
        } catch (IOException e) {
            return false; // not Linux, or hidden: nothing is seen
        }
        return false;
    }

    private static boolean contains(byte[] line, int length, byte[] part) {
        for (int at = 0; at + part.length <= length; at++) {
            if (Arrays.equals(line, at, at + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    private @Nullable Range ofOther(String line, FileIdentity file) {
        Matcher m = LINE.matcher(line);
        boolean matches = m.matches()
                && Long.parseLong(m.group(2)) != ownProcess
                && Long.parseLong(m.group(3), 16) == file.major()
                && Long.parseLong(m.group(4), 16) == file.minor()
                && Long.parseLong(m.group(5)) == file.inode();
        return matches
                ? new Range(
                        Long.parseLong(m.group(6)),
                        m.group(7).equals("EOF") ? Long.MAX_VALUE : Long.parseLong(m.group(7)))
                : null;
    }
}
