package dev.runnel.testkit.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What this thread has read and written so far, in bytes, through any file or pipe. The simulated scheduler runs an engine
 * on the thread of its test, so this counts what the engine does. Linux.
 *
 * @param read bytes
 * @param written bytes
 */
record ThreadIo(long read, long written) {

    static ThreadIo now() throws IOException {
        long read = 0;
        long written = 0;
        for (String line : Files.readAllLines(Path.of("/proc/thread-self/io"))) {
            if (line.startsWith("rchar: ")) {
                read = Long.parseLong(line.substring("rchar: ".length()));
            } else if (line.startsWith("wchar: ")) {
                written = Long.parseLong(line.substring("wchar: ".length()));
            }
        }
        return new ThreadIo(read, written);
    }

    /** What came after this. */
    ThreadIo since() throws IOException {
        ThreadIo now = now();
        return new ThreadIo(now.read - read, now.written - written);
    }
}
