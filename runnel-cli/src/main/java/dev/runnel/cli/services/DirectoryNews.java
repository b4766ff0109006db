package dev.runnel.cli.services;

import dev.runnel.model.TimeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Files that come into watched directories and that go. Of a directory that is deleted and made again, the new one has to be
 * watched again. Not thread-safe.
 */
final class DirectoryNews {

    private final WatchService service;
    private final Predicate<Path> matters;
    private final TimeSource time;
    private final Map<Path, WatchKey> keys = new HashMap<>();

    /**
     * News of no directory yet.
     *
     * @param service tells the events; the caller closes it
     * @param matters whether the coming or going of a path is news
     */
    DirectoryNews(WatchService service, Predicate<Path> matters, TimeSource time) {
        this.service = service;
        this.matters = matters;
        this.time = time;
    }

    /**
     * Watches a directory, once however often it is called.
     *
     * @throws IOException if the directory cannot be watched
     */
    void watch(Path directory) throws IOException {
        if (!keys.containsKey(directory)) {
            keys.put(
                    directory,
                    directory.register(
                            service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE));
        }
    }

    /**
     * Returns when there is news, or once {@code longest} is over, however much else happens meanwhile: an application
     * makes and deletes a journal with every transaction.
     */
    void await(Duration longest) throws InterruptedException {
        long begin = time.nanoTime();
        boolean news = false;
        while (true) {
            long left = longest.toNanos() - (time.nanoTime() - begin);
            // What has come already is taken together, so that one look serves for all of it.
            WatchKey key = news || left <= 0 ? service.poll() : service.poll(left, TimeUnit.NANOSECONDS);
            if (key == null) {
                return;
            }
            news |= isNews(key);
        }
    }

    private boolean isNews(WatchKey key) {
        if (!(key.watchable() instanceof Path directory)) {
            return true;
        }
        boolean news = false;
        for (WatchEvent<?> event : key.pollEvents()) {
            // Events without a name: some were lost.
            news |= !(event.context() instanceof Path name) || matters.test(directory.resolve(name));
        }
        if (!key.reset()) {
            keys.remove(directory);
            news = true;
        }
        return news;
    }
}
