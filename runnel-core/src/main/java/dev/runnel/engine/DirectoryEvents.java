package dev.runnel.engine;

import dev.runnel.model.TimeSource;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * File events of the operating system. Each directory is watched once, however many of its files are waited for, and only
 * while one is. Where events cannot be had, nothing is told, and the heartbeat serves.
 *
 * <p>Each event costs whoever writes some microseconds, for it wakes a thread of ours. So a directory in which something
 * is written all the time that nobody waits for, such as another database, is watched with gaps.
 */
public final class DirectoryEvents implements FileEvents {

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryEvents.class);

    /** How long a directory is not watched when there is too much that nobody waits for. */
    static final long GAP_NANOS = 100_000_000;
    /** So many events that nobody waits for, within as long as a gap, are too many. */
    static final int STRAYS = 10;

    private final TimeSource time;
    private final @Nullable WatchService service;
    private final Map<Path, Directory> directories = new HashMap<>();
    private final Map<WatchKey, Directory> byKey = new HashMap<>();
    private final Set<Directory> inGap = new LinkedHashSet<>();

    /** A directory in which something is waited for. */
    private static final class Directory {

        private final Path path;
        private final Set<Watcher> watchers = new LinkedHashSet<>();
        /** Null in a gap, and where events cannot be had. */
        private @Nullable WatchKey key;

        private long gapEnds;
        private int strays;
        private long straysSince;

        Directory(Path path) {
            this.path = path;
        }
    }

    /** By identity: equal ones may be armed at the same time. */
    private static final class Watcher {

        private final String prefix;
        private final Listener listener;

        Watcher(String prefix, Listener listener) {
            this.prefix = prefix;
            this.listener = listener;
        }

        boolean waitsFor(WatchEvent<?> event) {
            Object name = event.context(); // none: some were lost
            return name == null || name.toString().startsWith(prefix);
        }
    }

    /** Opens the service and starts its thread. */
    public DirectoryEvents(TimeSource time) {
        this.time = time;
        service = open();
        if (service != null) {
            WatchService opened = service;
            Thread thread = new Thread(() -> run(opened), "runnel-file-events");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static @Nullable WatchService open() {
        try {
            return FileSystems.getDefault().newWatchService();
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("error", e.toString()).log("no file events, idle databases are polled");
            return null;
        }
    }

    @Override
    public Watch watch(Path path, String prefix, Listener listener) {
        if (service == null) {
            return () -> {};
        }
        Watcher watcher = new Watcher(prefix, listener);
        synchronized (directories) {
            Directory directory = directories.computeIfAbsent(path, Directory::new);
            directory.watchers.add(watcher);
            boolean gone = directory.key != null && !directory.key.isValid(); // deleted, and perhaps made again
            if ((directory.key == null || gone) && !inGap.contains(directory)) {
                unregister(directory);
                register(directory, service);
            }
        }
        return () -> cancel(path, watcher);
    }

    /** Where that is not possible, the next one who waits for something there tries again. */
    private void register(Directory directory, WatchService watchService) {
        try {
            WatchKey key = directory.path.register(
                    watchService,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
            directory.key = key;
            byKey.put(key, directory);
        } catch (IOException e) {
            LOG.atDebug()
                    .addKeyValue("directory", directory.path)
                    .addKeyValue("error", e.toString())
                    .log("no file events");
        }
    }

    private void unregister(Directory directory) {
        if (directory.key != null) {
            directory.key.cancel();
            byKey.remove(directory.key);
            directory.key = null;
        }
    }

    private void cancel(Path path, Watcher watcher) {
        synchronized (directories) {
            Directory directory = directories.get(path);
            if (directory != null && directory.watchers.remove(watcher) && directory.watchers.isEmpty()) {
                unregister(directory);
                directories.remove(path);
                inGap.remove(directory);
            }
        }
    }

    private void run(WatchService watchService) {
        try {
            while (true) {
                long left = untilNextGapEnds();
                WatchKey key =
                        left == Long.MAX_VALUE ? watchService.take() : watchService.poll(left, TimeUnit.NANOSECONDS);
                if (key != null) {
                    happened(key).forEach(Listener::event);
                    key.reset();
                }
                endGaps(watchService).forEach(Listener::gap);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ClosedWatchServiceException e) {
            LOG.debug("file events closed");
        }
    }

    /** Whom the events of a directory concern. */
    private List<Listener> happened(WatchKey key) {
        List<WatchEvent<?>> events = key.pollEvents();
        synchronized (directories) {
            Directory directory = byKey.get(key);
            if (directory == null) {
                return List.of();
            }
            List<Listener> concerned = directory.watchers.stream()
                    .filter(watcher -> events.stream().anyMatch(watcher::waitsFor))
                    .map(watcher -> watcher.listener)
                    .toList();
            if (concerned.isEmpty()) {
                stray(directory);
            }
            return concerned;
        }
    }

    private void stray(Directory directory) {
        long now = time.nanoTime();
        if (directory.strays == 0 || now - directory.straysSince > GAP_NANOS) {
            directory.strays = 0;
            directory.straysSince = now;
        }
        directory.strays++;
        if (directory.strays >= STRAYS) {
            directory.strays = 0;
            unregister(directory);
            directory.gapEnds = now + GAP_NANOS;
            inGap.add(directory);
        }
    }

    /** Nanoseconds; the largest number where there is no gap. */
    private long untilNextGapEnds() {
        synchronized (directories) {
            long now = time.nanoTime();
            return inGap.stream()
                    .mapToLong(directory -> Math.max(0, directory.gapEnds - now))
                    .min()
                    .orElse(Long.MAX_VALUE);
        }
    }

    /** Watches again where a gap is over, and returns who may have missed something. */
    private List<Listener> endGaps(WatchService watchService) {
        synchronized (directories) {
            if (inGap.isEmpty()) {
                return List.of();
            }
            long now = time.nanoTime();
            List<Directory> over = inGap.stream()
                    .filter(directory -> directory.gapEnds - now <= 0)
                    .toList();
            over.forEach(inGap::remove);
            over.forEach(directory -> register(directory, watchService));
            return over.stream()
                    .flatMap(directory -> directory.watchers.stream())
                    .map(watcher -> watcher.listener)
                    .toList();
        }
    }

    @Override
    public void close() {
        if (service != null) {
            try {
                service.close();
            } catch (IOException e) {
                LOG.atDebug().addKeyValue("error", e.toString()).log("closing file events failed");
            }
        }
    }
}
