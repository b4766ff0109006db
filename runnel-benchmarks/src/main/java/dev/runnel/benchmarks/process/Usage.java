package dev.runnel.benchmarks.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * What a process has used, as the kernel tells it in {@code /proc}.
 *
 * @param cpuMillis processor time in milliseconds, of the whole process, in steps of 10 ms
 * @param threadNanos processor time in nanoseconds of the threads alive now: exact, for processes that hardly use any
 * @param residentKib resident memory now, in KiB
 * @param peakKib the most there ever was, in KiB
 */
public record Usage(long cpuMillis, long threadNanos, long residentKib, long peakKib) {

    /** Of USER_HZ, which Linux fixes at 100. */
    private static final long MILLIS_PER_TICK = 10;

    private static final int FIELD_USER = 11;
    private static final int FIELD_SYSTEM = 12;

    /** The usage of a living process. */
    public static Usage of(long pid) throws IOException {
        Path proc = Path.of("/proc", Long.toString(pid));
        String stat = Files.readString(proc.resolve("stat"));
        // The name in parentheses may hold anything, so fields are counted behind it.
        List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
        long ticks = Long.parseLong(fields.get(FIELD_USER)) + Long.parseLong(fields.get(FIELD_SYSTEM));
        List<String> status = Files.readAllLines(proc.resolve("status"));
        return new Usage(ticks * MILLIS_PER_TICK, threadNanos(proc), kib(status, "VmRSS:"), kib(status, "VmHWM:"));
    }

    private static long threadNanos(Path proc) throws IOException {
        long sum = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(proc.resolve("task"))) {
            for (Path thread : threads) {
                sum += threadTime(thread);
            }
        }
        return sum;
    }

    private static long threadTime(Path thread) throws IOException {
        try {
            String text = Files.readString(thread.resolve("schedstat"));
            return Long.parseLong(text.substring(0, text.indexOf(' ')));
        } catch (NoSuchFileException e) {
            return 0; // ended meanwhile
        }
    }

    private static long kib(List<String> status, String key) {
        return status.stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }

    /** Processor time since {@code before}, in milliseconds. */
    public double cpuMillisSince(Usage before) {
        double exact = (threadNanos - before.threadNanos) / 1e6;
        long whole = cpuMillis - before.cpuMillis;
        // Threads that ended meanwhile count in the whole only; it errs by a tick at either end.
        return Math.abs(whole - exact) <= 2 * MILLIS_PER_TICK ? exact : whole;
    }
}
