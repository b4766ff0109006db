package dev.runnel.restore;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.model.TxId;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.TransientStorageException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a restored database up to date with its replica, under readers that use SQLite: each sees a transaction whole or
 * not at all. It goes on after a stop and after a crash. Readers should have a busy timeout, and must not write.
 *
 * <p>The copy uses a rollback journal, whatever its source uses, since readers of a WAL could not be told of changes. Not
 * thread-safe.
 */
public final class Follower implements Closeable {

    /** So many listings after the first one, the first of them at once. */
    private static final int LISTINGS = 5;

    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);

    private final ReplicaArchive archive;
    private final Path path;
    private final FollowedDatabase database;

    /** Lets time pass. */
    @FunctionalInterface
    public interface Pause {

        /**
         * Waits.
         *
         * @return false if it is time to stop
         */
        boolean pause(Duration duration) throws IOException;
    }

    private Follower(ReplicaArchive archive, Path path, FollowedDatabase database) {
        this.archive = archive;
        this.path = path;
        this.database = database;
    }

    /** Whether {@code path} is a copy that was followed, so that {@link #resume} can go on with it. */
    public static boolean canResume(Path path) throws IOException {
        return Files.exists(path) && new FollowState(TargetFile.of(path)).exists();
    }

    /**
     * Restores the newest state to {@code path}, from where {@link #resume} goes on.
     *
     * @param force whether to replace what is there
     */
    public static RestoredImage begin(Restorer restorer, Path path, boolean force) throws IOException {
        DatabaseFile.requireFree(path, force);
        Path target = TargetFile.of(path);
        boolean replaces = force || Files.exists(target);
        removeLeftovers(target);
        Path temporary = leftover(target, "restored");
        RestoredImage image = restorer.restore(RestoreTarget.newest(), temporary);
        try {
            DatabaseFile.requireFree(target, force);
            TargetFile.keepOwner(target, temporary);
            FollowedDatabase.publish(temporary, target, replaces, image.txId());
            return image;
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            if (!replaces || !Files.exists(target)) {
                new FollowState(target).delete();
            }
            throw NotEnoughSpaceException.orOther(target, e);
        }
    }

    /**
     * Goes on with a copy. If a killed process left a journal beside it, SQLite must have rolled it back before; any
     * reading of the database does that.
     *
     * @param archive the replica
     * @param random where the checksums of journals start
     * @throws IOException if the copy is none, or was changed by somebody else
     */
    public static Follower resume(ReplicaArchive archive, Path path, IntSupplier random) throws IOException {
        Path target = TargetFile.of(path);
        removeLeftovers(target);
        return new Follower(archive, target, FollowedDatabase.open(target, random));
    }

    private static Path leftover(Path target, String name) {
        return target.resolveSibling(target.getFileName() + ".follow-" + name);
    }

    private static void removeLeftovers(Path target) throws IOException {
        Path parent = target.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            return;
        }
        String prefix = target.getFileName() + ".follow-";
        try (DirectoryStream<Path> files = Files.newDirectoryStream(
                parent, file -> String.valueOf(file.getFileName()).startsWith(prefix))) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** The transaction that the copy is at. */
    public TxId txId() {
        return database.txId();
    }

    /**
     * Lists the replica and applies what is new in it. Where a listing names a file that was merged into another one and
     * deleted, or leaves a gap, which is what a listing that lags does, the replica is listed again and again, at longer and
     * longer intervals, until it leads on.
     *
     * @param pause lets time pass while readers hold the database, or until the next listing; false ends the attempt
     * @return whether the copy is at the newest transaction; false if readers held it for so long that the next call has
     *     to go on
     * @throws CannotFollowException if no listing leads on from here
     * @throws TransientStorageException if every listing names files that are not there
     * @throws IOException if the replica cannot be read, or the copy was changed by somebody else; the copy stays as it
     *     was
     */
    public boolean advance(Pause pause) throws IOException {
        archive.load();
        tell();
        int inVain = 0; // listings since something was applied
        LtxFile missing = null; // one that the last listing named
        while (true) {
            LtxFile file = next();
            if (file != null) {
                Applied applied = apply(file, pause);
                if (applied == Applied.HELD_UP) {
                    return false;
                }
                missing = applied == Applied.MISSING ? file : missing;
                inVain = applied == Applied.WHOLLY ? 0 : inVain;
            } else if (missing == null && isNewest()) {
                return true;
            } else if (inVain > LISTINGS) {
                throw missing == null ? cannotFollow() : lagging(missing);
            } else {
                if (inVain > 0 && !pause.pause(FIRST_WAIT.multipliedBy(1L << (inVain - 1)))) {
                    return false;
                }
                inVain++;
                archive.load();
                missing = null;
            }
        }
    }

    private CannotFollowException cannotFollow() {
        return new CannotFollowException(path + " is at transaction " + txId() + ", and " + archive.describe()
                + " no longer holds the one after it (the newest is "
                + archive.manifest().newest() + "); restore anew with -force");
    }

    private TransientStorageException lagging(LtxFile missing) {
        return new TransientStorageException(archive.describe(missing)
                + ": is listed, but is not there, and nothing else that is listed leads on from transaction " + txId()
                + " of " + path + "; the listing is older than what is stored");
    }

    private boolean isNewest() {
        TxId newest = archive.manifest().newest();
        return newest == null || newest.compareTo(txId()) <= 0;
    }

    /** What became of a file that leads on. */
    private enum Applied {
        WHOLLY,
        /** By readers. */
        HELD_UP,
        /** It was merged into another one meanwhile, or the listing lagged. */
        MISSING
    }

    private Applied apply(LtxFile file, Pause pause) throws IOException {
        Path spool = leftover(path, file.max() + ".ltx");
        try {
            try (InputStream in = archive.open(file)) {
                Files.copy(in, spool, StandardCopyOption.REPLACE_EXISTING);
            } catch (ObjectNotFoundException e) {
                archive.forget(file); // until it is listed again
                return Applied.MISSING;
            }
            return database.apply(spool, archive.describe(file), file.max(), pause) ? Applied.WHOLLY : Applied.HELD_UP;
        } catch (IOException e) {
            throw toldWhenFull(e);
        } finally {
            Files.deleteIfExists(spool);
        }
    }

    private void tell() throws IOException {
        try {
            database.tell();
        } catch (IOException e) {
            throw toldWhenFull(e);
        }
    }

    private IOException toldWhenFull(IOException e) {
        return NotEnoughSpaceException.orOther(
                path, e, "it is at transaction " + txId() + " and goes on when there is room; free some space");
    }

    /** The file that leads furthest; a snapshot only where nothing smaller leads on. Null if there is none. */
    private @Nullable LtxFile next() {
        Manifest manifest = archive.manifest();
        long wanted = txId().value() + 1;
        return manifest.all()
                .filter(file -> file.min().value() <= wanted && file.max().value() >= wanted)
                .min(Comparator.comparing(LtxFile::isBase)
                        .thenComparing(LtxFile::max, Comparator.reverseOrder())
                        .thenComparingLong(LtxFile::size))
                .orElse(null);
    }

    @Override
    public void close() throws IOException {
        database.close();
    }
}
