package dev.runnel.cli.services;

import dev.runnel.DatabaseOptions;
import dev.runnel.Replication;
import dev.runnel.Runnel;
import dev.runnel.cli.CommandException;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.DirectoryConfig;
import dev.runnel.cli.config.DirectoryScan;
import dev.runnel.model.TimeSource;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes up databases that come into watched directories and lets go those that are deleted. Woken by file events, and looks
 * all the same at intervals, since events can be lost. Runs in a thread of its own until it is interrupted.
 */
final class DirectoryWatcher implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryWatcher.class);
    private static final Duration LOOK = Duration.ofSeconds(30);
    /** A file that fits and is no database yet: an application is about to write to it. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private static final Duration YOUNG = Duration.ofMinutes(5);

    private final Runnel runnel;
    private final List<DirectoryConfig> directories;
    private final OptionsSource options;
    private final Duration patience;
    private final TimeSource time;
    private final Set<Path> taken = new HashSet<>();
    private final Set<String> told = new HashSet<>();

    /** Makes engine options of a configured database. */
    interface OptionsSource {

        DatabaseOptions of(DatabaseConfig database) throws IOException, CommandException;
    }

    /**
     * A watcher of those of {@code directories} that are to be watched. What {@code runnel} replicates in them already
     * counts as taken up by it.
     *
     * @param patience how long to try to store what is left of a deleted database
     */
    DirectoryWatcher(
            Runnel runnel,
            List<DirectoryConfig> directories,
            OptionsSource options,
            Duration patience,
            TimeSource time) {
        this.runnel = runnel;
        this.directories = directories.stream().filter(DirectoryConfig::watch).toList();
        this.options = options;
        this.patience = patience;
        this.time = time;
    }

    /** Whether there is anything to watch. */
    boolean isNeeded() {
        return !directories.isEmpty();
    }

    @Override
    public void run() {
        for (Replication replication : runnel.replications()) {
            if (directories.stream().anyMatch(directory -> directory.covers(replication.path()))) {
                taken.add(replication.path());
            }
        }
        try (WatchService service = FileSystems.getDefault().newWatchService()) {
            DirectoryNews news = new DirectoryNews(service, this::matters, time);
            while (!Thread.currentThread().isInterrupted()) {
                news.await(look(news) ? LOOK_AGAIN : LOOK);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | ClosedWatchServiceException e) {
            tell("watch", "cannot watch directories, databases that come later are not replicated", e);
        }
    }

    /** Not so the -wal and -journal that come and go beside a database all the time. */
    private boolean matters(Path path) {
        return Files.isDirectory(path) || directories.stream().anyMatch(directory -> directory.covers(path));
    }

    /** Looks at all directories. Returns whether to look again soon. */
    private boolean look(DirectoryNews news) {
        boolean soon = false;
        Set<Path> there = new HashSet<>();
        boolean complete = true;
        for (DirectoryConfig directory : directories) {
            try {
                for (Path file : DirectoryScan.files(directory, news::watch)) {
                    there.add(file);
                    soon |= !takeUp(directory, file) && isYoung(file);
                }
            } catch (IOException e) {
                complete = false;
                tell(directory.directory().toString(), "cannot look into a watched directory", e);
            }
        }
        if (complete) {
            letGo(there);
        }
        return soon;
    }

    private boolean isYoung(Path file) throws IOException {
        return Files.exists(file)
                && Files.getLastModifiedTime(file).toInstant().plus(YOUNG).isAfter(time.now());
    }

    /** Returns whether the file is replicated now. */
    private boolean takeUp(DirectoryConfig directory, Path file) {
        // In one step with whoever else adds databases: looking into a file that this process is attached to would drop
        // its locks.
        synchronized (runnel) {
            if (runnel.replication(file).isPresent()) {
                return true;
            }
            try {
                if (isAnotherName(file)) {
                    return true;
                }
                if (!DirectoryScan.isDatabase(file)) {
                    return false;
                }
                runnel.add(options.of(directory.database(file)));
                taken.add(file);
                LOG.atInfo().addKeyValue("db", file).log("database found in a watched directory");
                return true;
            } catch (IOException | CommandException | IllegalArgumentException | IllegalStateException e) {
                tell(file.toString(), "cannot replicate a database in a watched directory", e);
                return true; // later looks try again
            }
        }
    }

    /** A link to a database that is attached must not even be opened: closing it would drop the locks. */
    private boolean isAnotherName(Path file) throws IOException {
        for (Replication replication : runnel.replications()) {
            if (Files.exists(replication.path()) && Files.isSameFile(replication.path(), file)) {
                return true;
            }
        }
        return false;
    }

    private void letGo(Set<Path> there) {
        for (Path path : List.copyOf(taken)) {
            if (!there.contains(path) && !Files.exists(path)) {
                taken.remove(path);
                LOG.atInfo().addKeyValue("db", path).log("database is gone from a watched directory");
                var unused = runnel.remove(path, patience).exceptionally(failure -> {
                    LOG.atWarn()
                            .addKeyValue("db", path)
                            .addKeyValue("error", failure.getMessage())
                            .log("not everything of a deleted database could be stored");
                    return null;
                });
            }
        }
    }

    private void tell(String about, String message, Exception e) {
        if (told.add(about + e.getMessage())) {
            LOG.atWarn()
                    .addKeyValue("path", about)
                    .addKeyValue("error", e.getMessage())
                    .log(message);
        }
    }
}
