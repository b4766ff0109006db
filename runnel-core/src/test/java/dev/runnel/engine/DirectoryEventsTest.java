package dev.runnel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events of real directories: of what is waited for, and not all of what is written beside it. */
@SuppressWarnings("NullAway.Init")
class DirectoryEventsTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path directory;

    private final SystemTime time = new SystemTime();
    private final DirectoryEvents events = new DirectoryEvents(time);

    /** Counts what it is told. */
    private static final class Count implements FileEvents.Listener {

        private final AtomicInteger told = new AtomicInteger();
        private final AtomicInteger gaps = new AtomicInteger();

        @Override
        public void event() {
            told.incrementAndGet();
        }

        @Override
        public void gap() {
            gaps.incrementAndGet();
        }
    }

    @AfterEach
    void close() {
        events.close();
    }

    private void append(String file) throws IOException {
        Files.writeString(
                directory.resolve(file),
                "x",
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.APPEND);
    }

    private void appendUntil(String file, BooleanSupplier enough) throws IOException {
        long deadline = time.nanoTime() + PATIENCE.toNanos();
        while (!enough.getAsBoolean() && time.nanoTime() - deadline < 0) {
            append(file);
        }
        assertThat(enough.getAsBoolean()).isTrue();
    }

    @Test
    void tellsOfFilesThatAreWaitedFor() throws IOException {
        Count wanted = new Count();
        Count other = new Count();
        events.watch(directory, "app.db", wanted);
        events.watch(directory, "none.db", other);
        appendUntil("app.db-wal", () -> wanted.told.get() > 0);
        assertThat(other.told).hasValue(0);
    }

    /** The writes of a database that nobody waits for, beside one that is quiet. */
    @Test
    void watchesWithGapsWhereMuchElseIsWritten() throws IOException {
        Count quiet = new Count();
        Count cancelled = new Count();
        events.watch(directory, "quiet.db", quiet);
        events.watch(directory, "cancelled.db", cancelled).cancel();
        appendUntil("busy.db-wal", () -> quiet.gaps.get() >= 3);
        assertThat(quiet.told).hasValue(0);
        assertThat(cancelled.gaps).hasValue(0);
        appendUntil("quiet.db-wal", () -> quiet.told.get() > 0);
    }

    /** Nobody waits in a gap any more; whoever comes then waits for its end, and is told of that. */
    @Test
    void whoeverComesInAGapIsToldOfItsEnd() throws IOException {
        Count first = new Count();
        Count second = new Count();
        FileEvents.Watch watch = events.watch(directory, "first.db", first);
        appendUntil("busy.db-wal", () -> first.gaps.get() > 0);
        events.watch(directory, "second.db", second);
        watch.cancel();
        appendUntil("busy.db-wal", () -> second.gaps.get() > 0);
        appendUntil("second.db", () -> second.told.get() > 0);
    }

    @Test
    void aDirectoryThatIsMadeAgainIsWatchedAgain() throws IOException {
        Path inner = Files.createDirectory(directory.resolve("inner"));
        Count before = new Count();
        events.watch(inner, "app.db", before);
        appendUntil("inner/app.db", () -> before.told.get() > 0);
        Files.delete(inner.resolve("app.db"));
        Files.delete(inner);
        Files.createDirectory(inner);
        Count after = new Count();
        appendUntil("inner/app.db", () -> {
            events.watch(inner, "app.db", after); // at first, it may not be known yet that the directory is another one
            return after.told.get() > 0;
        });
    }
}
