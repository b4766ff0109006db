package dev.runnel.cli.services;

import dev.runnel.cli.Finding;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.DirectoryScan;
import dev.runnel.cli.output.HumanBytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Looks at one database and what is around it. Opens and closes the database, which drops the locks of this process on it:
 * not for a process that replicates.
 */
final class DatabaseExamination {

    private static final int HEADER = 100;
    /** Behind the bytes that SQLite locks, so that nobody is disturbed. */
    private static final long UNUSED_LOCK = 0x4000_0000L + 4096;

    private static final long ENOUGH_BYTES = 100L << 20;
    private static final Set<String> NETWORK = Set.of("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph");

    private final DatabaseConfig database;
    private final Path path;
    private final Path state;
    private final String subject;
    private final List<Finding> findings = new ArrayList<>();

    /** @param state where local state stands */
    DatabaseExamination(DatabaseConfig database, Path state) {
        this.database = database;
        this.path = database.path();
        this.state = state;
        this.subject = "database " + path;
    }

    List<Finding> run() throws IOException {
        state();
        if (!Files.exists(path)) {
            if (database.start().restoreIfAbsent()) {
                ok("is not there and will be restored at start (restore-if-db-not-exists)");
            } else {
                problem(
                        "is not there: replication waits for it",
                        "correct `path`, or mount the directory of the database, or restore it; with"
                                + " `restore-if-db-not-exists: true` that is done at start");
            }
            return findings;
        }
        if (!Files.isReadable(path)) {
            problem("cannot be read by this user", "run as the user of the application, or give its group read access");
            return findings;
        }
        if (!DirectoryScan.isDatabase(path)) {
            boolean empty = Files.size(path) == 0;
            problem(
                    empty ? "is empty" : "is no SQLite database, or encrypted as a whole",
                    empty
                            ? "let the application create its schema, or restore the database"
                            : "correct `path`; encrypted databases cannot be followed");
            return findings;
        }
        journalMode();
        locks();
        names();
        deletedFile();
        return findings;
    }

    private void journalMode() throws IOException {
        byte[] header;
        try (InputStream in = Files.newInputStream(path)) {
            header = in.readNBytes(HEADER);
        }
        if (header.length < HEADER) {
            problem("is shorter than the header of a database", "restore it");
            return;
        }
        if (header[18] == 2 && header[19] == 2) {
            ok("is in WAL mode");
        } else {
            problem(
                    "is not in WAL mode",
                    "sqlite3 " + path + " 'PRAGMA journal_mode=wal' (it is kept), or let"
                            + " `runnel replicate` do it, where it may write");
        }
        Path wal = path.resolveSibling(path.getFileName() + "-wal");
        Path index = path.resolveSibling(path.getFileName() + "-shm");
        if (Files.exists(wal) && Files.size(wal) > 0 && !Files.exists(index)) {
            warning(
                    "has a WAL and no WAL-index: the application may use locking_mode=EXCLUSIVE, or ended hard",
                    "use locking_mode=NORMAL; nobody else can read such a database while it is open");
        }
        for (Path beside : List.of(wal, index)) {
            if (Files.exists(beside) && !Files.isReadable(beside)) {
                problem(beside + " cannot be read by this user", "run as the user of the application");
            }
        }
        if (Files.exists(path.resolveSibling(path.getFileName() + "-journal"))) {
            warning("has a rollback journal beside it", "open it once with the application, which rolls it back");
        }
        version(ByteBuffer.wrap(header).getInt(96));
    }

    private void version(int number) {
        if (number > 0 && number < 3_051_003) {
            warning(
                    "was last written by SQLite " + number / 1_000_000 + "." + number / 1000 % 1000 + "."
                            + number % 1000
                            + "; versions before 3.51.3 can corrupt a database when a checkpoint meets a reset of the WAL",
                    "update the SQLite library of the application");
        } else if (number > 0) {
            ok("was last written by SQLite " + number / 1_000_000 + "." + number / 1000 % 1000 + "." + number % 1000);
        }
    }

    private void locks() throws IOException {
        String type = Files.getFileStore(path).type().toLowerCase(Locale.ROOT);
        if (NETWORK.contains(type) || type.startsWith("fuse.ssh") || type.startsWith("fuse.s3")) {
            problem(
                    "is on a network file system (" + type + "), where SQLite's WAL does not work",
                    "keep the database on a local disk");
            return;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
                FileLock lock = channel.tryLock(UNUSED_LOCK, 1, true)) {
            if (lock == null) {
                warning("a byte that nobody uses is locked", "see who has it with /proc/locks");
            } else {
                ok("locks work on its file system (" + type + ")");
            }
        } catch (IOException e) {
            problem(
                    "its file system (" + type + ") has no POSIX locks: " + e.getMessage(),
                    "keep the database on a local disk");
        }
    }

    private void names() throws IOException {
        Path real = path.toRealPath();
        if (!real.equals(path)) {
            warning(
                    "is reached through a symbolic link; SQLite keeps its WAL beside " + real,
                    "write `path: " + real + "`, and mount that directory");
        }
        for (HiddenWal hidden : HiddenWal.of(path, HiddenWal.mountPoints())) {
            problem(hidden.why(), hidden.remedy());
        }
    }

    /** An application that still writes to a file of this name that was deleted or replaced. */
    private void deletedFile() {
        Path processes = Path.of("/proc");
        if (!Files.isDirectory(processes)) {
            return;
        }
        String deleted = path + " (deleted)";
        try (Stream<Path> all = Files.list(processes)) {
            all.filter(process -> String.valueOf(process.getFileName()).matches("[0-9]+"))
                    .filter(process -> holds(process.resolve("fd"), deleted))
                    .findFirst()
                    .ifPresent(process -> problem(
                            "process " + process.getFileName()
                                    + " still writes to a file of this name that was deleted",
                            "restart that application; what it wrote meanwhile is in no backup"));
        } catch (IOException | UncheckedIOException e) {
            return; // processes come and go
        }
    }

    private static boolean holds(Path descriptors, String target) {
        try (Stream<Path> all = Files.list(descriptors)) {
            return all.anyMatch(descriptor -> {
                try {
                    return Files.readSymbolicLink(descriptor).toString().equals(target);
                } catch (IOException e) {
                    return false;
                }
            });
        } catch (IOException | UncheckedIOException e) {
            return false; // of another user, or gone
        }
    }

    private void state() throws IOException {
        Path existing = state;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            problem(
                    "its state directory " + state + " cannot be written to",
                    "make it writable, or name another one with `state-dir` or RUNNEL_STATE_DIR");
            return;
        }
        long free = Files.getFileStore(existing).getUsableSpace();
        long wanted = Math.max(ENOUGH_BYTES, Files.exists(path) ? Files.size(path) : 0);
        if (free < wanted) {
            warning(
                    "only " + HumanBytes.format(free) + " are free for its state in " + state,
                    "a snapshot may need " + HumanBytes.format(wanted) + ": free some, or move `state-dir`");
        } else {
            ok("state in " + state + ", " + HumanBytes.format(free) + " free");
        }
    }

    private void ok(String text) {
        findings.add(Finding.ok(subject, text));
    }

    private void warning(String text, String remedy) {
        findings.add(Finding.warning(subject, text, remedy));
    }

    private void problem(String text, String remedy) {
        findings.add(Finding.problem(subject, text, remedy));
    }
}
