package dev.runnel.testkit.world;

import dev.runnel.wal.WalHeader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What happens to files while no process has them open. Nobody may be attached to the database. */
final class Disk {

    private static final int PAGE_SIZE_FIELD = 8;
    private static final int BACKFILL_ATTEMPTED = 128;

    private final Path database;
    private final Dice dice;
    private byte[] survivor = new byte[0];
    private long survivorSize;

    Disk(Path database, Dice dice) {
        this.database = database;
        this.dice = dice;
    }

    Path wal() {
        return database.resolveSibling(database.getFileName() + "-wal");
    }

    Path index() {
        return database.resolveSibling(database.getFileName() + "-shm");
    }

    /**
     * The machine lost its power: of the WAL, what was not synced is lost, but nothing that a checkpoint relied upon. The
     * WAL-index is as old as may be, or gone.
     *
     * @return in words
     */
    String losePower() throws IOException {
        StringBuilder text = new StringBuilder();
        if (Files.exists(wal()) && Files.size(wal()) > WalHeader.SIZE) {
            int frameSize =
                    WalHeader.FRAME_HEADER_SIZE + ByteBuffer.wrap(walHeader()).getInt(PAGE_SIZE_FIELD);
            long size = Files.size(wal());
            long synced = WalHeader.SIZE + (long) backfillAttempted() * frameSize;
            synced = Math.min(size, Math.max(synced, survived()));
            if (size > synced) {
                long kept = synced + Math.floorMod(dice.anyLong(), size - synced + 1);
                if (dice.chance(0.7)) {
                    kept -= Math.floorMod(kept - WalHeader.SIZE, frameSize);
                }
                kept = Math.max(kept, synced);
                truncate(wal(), kept);
                survivor = walHeader();
                survivorSize = kept;
                text.append("WAL cut from ").append(size).append(" to ").append(kept);
            }
        }
        int index = dice.below(3);
        if (index == 0 && Files.exists(index())) {
            Files.delete(index());
            text.append(", no index");
        } else if (index == 1 && Files.exists(index())) {
            truncate(index(), 0);
            text.append(", empty index");
        }
        return text.toString();
    }

    /** Length of what survived the last power loss, and therefore survives this one, of the same WAL. */
    private long survived() throws IOException {
        return Arrays.equals(survivor, walHeader()) ? survivorSize : 0;
    }

    private byte[] walHeader() throws IOException {
        try (InputStream in = Files.newInputStream(wal())) {
            return in.readNBytes(WalHeader.SIZE);
        }
    }

    private int backfillAttempted() throws IOException {
        if (!Files.exists(index())) {
            return 0;
        }
        byte[] bytes = Files.readAllBytes(index());
        if (bytes.length < BACKFILL_ATTEMPTED + 4) {
            return 0;
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt(BACKFILL_ATTEMPTED);
    }

    private static void truncate(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    /** Deletes the database and all that belongs to it. */
    void deleteDatabase() throws IOException {
        Files.deleteIfExists(database);
        Files.deleteIfExists(wal());
        Files.deleteIfExists(index());
        Files.deleteIfExists(database.resolveSibling(database.getFileName() + "-journal"));
    }

    /** Puts another database in its place, as a restore by hand does. */
    void replaceDatabase(Path other) throws IOException {
        deleteDatabase();
        Path moving = database.resolveSibling("moving.db");
        Files.copy(other, moving, StandardCopyOption.REPLACE_EXISTING);
        Files.move(moving, database, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Deletes a directory and what is in it. */
    static void deleteTree(Path directory) throws IOException {
        for (Path path : filesAndFolders(directory)) {
            Files.delete(path);
        }
    }

    /** Some files of a directory are lost or cut short, as after a power loss those are that were not synced. */
    void damageSome(Path directory) throws IOException {
        for (Path path : filesAndFolders(directory)) {
            if (Files.isRegularFile(path) && dice.chance(0.3)) {
                if (dice.chance(0.5)) {
                    Files.delete(path);
                } else {
                    truncate(path, dice.chance(0.5) ? 0 : Files.size(path) / 2);
                }
            }
        }
    }

    /** Whether the files of level 0 in a state directory lead from one transaction to another. */
    static boolean leads(Path stateDirectory, long from, long to) throws IOException {
        Path level = stateDirectory.resolve("ltx").resolve("0");
        if (!Files.isDirectory(level)) {
            return from >= to;
        }
        long reach = from;
        try (Stream<Path> files = Files.list(level)) {
            for (String name : files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("[0-9a-f]{16}-[0-9a-f]{16}\\.ltx"))
                    .sorted()
                    .toList()) {
                long min = Long.parseLong(name.substring(0, 16), 16);
                long max = Long.parseLong(name.substring(17, 33), 16);
                reach = min <= reach + 1 ? Math.max(reach, max) : reach;
            }
        }
        return reach >= to;
    }

    /** In an order in which they can be deleted. */
    private static List<Path> filesAndFolders(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(directory)) {
            return all.sorted(Comparator.reverseOrder()).toList();
        }
    }
}
