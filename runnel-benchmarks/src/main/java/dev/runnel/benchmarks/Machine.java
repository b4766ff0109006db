package dev.runnel.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine that is measured on, for readers of the figures: others may be at work on it. */
final class Machine {

    private Machine() {}

    /** Processes that want to run, on average over the last minute. */
    static String load() throws IOException {
        String text = Files.readString(Path.of("/proc/loadavg"));
        return text.substring(0, text.indexOf(' '));
    }

    static int processors() {
        return Runtime.getRuntime().availableProcessors();
    }
}
