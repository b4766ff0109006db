package dev.runnel.cli.services;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.TimeSource;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.Watchable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When the watcher of directories looks again. The order in which events come is what matters, so they are scripted. */
class DirectoryNewsTest {

    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final String NEWS = "app.db";
    private static final String TRIFLE = "app.db-journal";

    private final ScriptedEvents events = new ScriptedEvents();
    private final DirectoryNews news =
            new DirectoryNews(events, path -> path.toString().endsWith(".db"), events);

    @Test
    void newsEndTheWaitThoughATrifleElsewhereComesBehindThem() throws InterruptedException {
        events.comes(0, "/data", NEWS);
        events.comes(0, "/data/tenants", TRIFLE);
        news.await(LONGEST);
        assertThat(events.waited()).isZero();
        assertThat(events.isEmpty()).isTrue();
    }

    @Test
    void newsEndTheWaitThoughTriflesComeBefore() throws InterruptedException {
        events.comes(2, "/data/tenants", TRIFLE);
        events.comes(3, "/data", NEWS);
        news.await(LONGEST);
        assertThat(events.waited()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void triflesDoNotMakeTheWaitLonger() throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            events.comes(1, "/data", TRIFLE);
        }
        news.await(LONGEST);
        assertThat(events.waited()).isEqualTo(LONGEST);
    }

    @Test
    void lostEventsAreNews() throws InterruptedException {
        events.comes(4, "/data", null);
        news.await(LONGEST);
        assertThat(events.waited()).isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void aDirectoryThatGoesIsNews() throws InterruptedException {
        events.goes(7, "/data/tenants");
        news.await(LONGEST);
        assertThat(events.waited()).isEqualTo(Duration.ofSeconds(7));
    }

    /** Events that come so long after one another; a wait for them moves the clock. */
    private static final class ScriptedEvents implements WatchService, TimeSource {

        private record Coming(Duration after, WatchKey key) {}

        private final Deque<Coming> script = new ArrayDeque<>();
        private Duration now = Duration.ZERO;
        private Duration next = Duration.ZERO;

        /** An event about a name in a directory, or, without a name, about events that were lost. */
        void comes(int seconds, String directory, @Nullable String name) {
            script.add(new Coming(Duration.ofSeconds(seconds), new ScriptedKey(Path.of(directory), name, true)));
        }

        void goes(int seconds, String directory) {
            script.add(new Coming(Duration.ofSeconds(seconds), new ScriptedKey(Path.of(directory), TRIFLE, false)));
        }

        boolean isEmpty() {
            return script.isEmpty();
        }

        Duration waited() {
            return now;
        }

        @Override
        public @Nullable WatchKey poll() {
            return poll(0, TimeUnit.NANOSECONDS);
        }

        @Override
        public @Nullable WatchKey poll(long timeout, TimeUnit unit) {
            Duration end = now.plusNanos(unit.toNanos(timeout));
            Coming first = script.peek();
            if (first == null || next.plus(first.after).compareTo(end) > 0) {
                now = end;
                return null;
            }
            next = next.plus(first.after);
            now = now.compareTo(next) > 0 ? now : next;
            return script.remove().key;
        }

        @Override
        public WatchKey take() {
            throw new AssertionError("would wait for ever");
        }

        @Override
        public void close() {}

        @Override
        public Instant now() {
            return Instant.EPOCH.plus(now);
        }

        @Override
        public long nanoTime() {
            return now.toNanos();
        }
    }

    private record ScriptedKey(Path directory, @Nullable String name, boolean isStillThere) implements WatchKey {

        private record Created(@Nullable String name) implements WatchEvent<Path> {

            @Override
            public Kind<Path> kind() {
                return StandardWatchEventKinds.ENTRY_CREATE;
            }

            @Override
            public int count() {
                return 1;
            }

            @Override
            public @Nullable Path context() {
                return name == null ? null : Path.of(name);
            }
        }

        @Override
        public List<WatchEvent<?>> pollEvents() {
            return List.of(new Created(name));
        }

        @Override
        public boolean reset() {
            return isStillThere;
        }

        @Override
        public boolean isValid() {
            return isStillThere;
        }

        @Override
        public void cancel() {}

        @Override
        public Watchable watchable() {
            return directory;
        }
    }
}
