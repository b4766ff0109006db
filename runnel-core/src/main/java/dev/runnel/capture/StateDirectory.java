package dev.runnel.capture;

import dev.runnel.ltx.LtxHeader;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.wal.Salts;
import dev.runnel.wal.WalChecksum;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Local state of one database: a cache, of which deleting everything loses time and no data. Laid out as Litestream 0.5
 * does ({@code ltx/0/<min>-<max>.ltx}), so that either takes over from the other; what Litestream does not know is under
 * {@code runnel/}. Nothing is synced to disk.
 */
public final class StateDirectory {

    /** What helps where the disk of a state directory is full, beside room. */
    public static final String ELSEWHERE = "name another state directory";

    private static final Pattern LTX_NAME = Pattern.compile("([0-9a-f]{16})-([0-9a-f]{16})\\.ltx");
    private static final String POSITION = "position";
    private static final String PAGE_ONE = "page1";
    private static final String FILE = "file";
    private static final String STAMP = "stamp";

    private final Path root;
    private final Path level0;
    private final Path own;
    private final Path temporary;
    private final Owner owner;

    /** Knows whether the directory is still the one that was ours: somebody may delete it, and another take its name. */
    public interface Owner {

        /**
         * Called before anything is written, and now and then.
         *
         * @throws IOException if the directory is another's by now
         */
        void require() throws IOException;
    }

    /**
     * @param root the directory, made when first needed
     */
    public StateDirectory(Path root) {
        this(root, () -> {});
    }

    /**
     * @param root the directory, made when first needed
     * @param owner asked before anything is written there
     */
    public StateDirectory(Path root, Owner owner) {
        this.root = root;
        this.owner = owner;
        this.level0 = root.resolve("ltx").resolve("0");
        this.own = root.resolve("runnel");
        this.temporary = own.resolve("tmp");
    }

    /** The directory. */
    public Path root() {
        return root;
    }

    /** Makes the directories and removes what a killed predecessor left half done. */
    public void open() throws IOException {
        deleteTree(temporary);
        Files.createDirectories(level0);
        Files.createDirectories(temporary);
        try (DirectoryStream<Path> stale = Files.newDirectoryStream(level0, "*.tmp")) {
            for (Path file : stale) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Where the level 0 file of a range belongs. */
    public Path level0File(TxRange range) {
        return level0.resolve(range + ".ltx");
    }

    /**
     * Requires that nobody else has taken the directory.
     *
     * @throws IOException if somebody has
     */
    public void requireOurs() throws IOException {
        owner.require();
    }

    /** A name for a temporary file, removed at the next start. */
    public Path temporaryFile(String name) throws IOException {
        requireOurs();
        try {
            Files.createDirectories(temporary);
        } catch (IOException e) {
            throw cannotWrite(e);
        }
        return temporary.resolve(name);
    }

    private IOException cannotWrite(IOException e) {
        return cannotWrite(root, e);
    }

    /** What to tell the user when something in a state directory cannot be written. */
    public static IOException cannotWrite(Path directory, IOException e) {
        String remedy = e.toString().contains("Too many open files")
                ? "raise the limit of open files (ulimit -n)"
                : "make it writable, make room, or name another one";
        return new IOException("cannot write to the state directory " + directory + " (" + e + "); " + remedy, e);
    }

    /** Moves a finished temporary file to its place. */
    void publish(Path from, Path to) throws IOException {
        requireOurs();
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            // Somebody deleted the directory under us; what was written is still there or the caller fails.
            Files.createDirectories(java.util.Objects.requireNonNull(to.getParent()));
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** Ranges of the level 0 files, in ascending order. */
    public List<TxRange> level0Ranges() throws IOException {
        List<TxRange> ranges = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(level0)) {
            for (Path file : files) {
                Matcher m = LTX_NAME.matcher(file.getFileName().toString());
                TxId min = m.matches() ? txIdOf(m.group(1)) : null;
                TxId max = m.matches() ? txIdOf(m.group(2)) : null;
                if (min != null && max != null && min.compareTo(max) <= 0) {
                    ranges.add(new TxRange(min, max));
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
        ranges.sort(Comparator.comparing(TxRange::max));
        return ranges;
    }

    /** The TXID in a file name; null when no file of ours has such a name. */
    private static @Nullable TxId txIdOf(String digits) {
        try {
            return TxId.parse(digits);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Header of a level 0 file. */
    public LtxHeader header(TxRange range) throws IOException {
        Path file = level0File(range);
        try (InputStream in = Files.newInputStream(file)) {
            return LtxHeader.decode(in.readNBytes(LtxHeader.SIZE), file.toString());
        }
    }

    /** Removes a level 0 file. */
    public void deleteLevel0(TxRange range) throws IOException {
        Files.deleteIfExists(level0File(range));
    }

    /** Removes every level 0 file and the position: the history goes on from elsewhere. */
    public void forget() throws IOException {
        for (TxId map : maps()) { // first: without a map, what a kill leaves of the files is no history
            deleteMap(map);
        }
        for (TxRange range : level0Ranges()) {
            deleteLevel0(range);
        }
        forgetFile();
        Files.deleteIfExists(own.resolve(PAGE_ONE));
        forgetStamp();
    }

    /** Records up to where the WAL is captured in transaction {@code txId}. */
    void savePosition(TxId txId, Position position) throws IOException {
        WalChecksum checksum = position.checksum() == null ? WalChecksum.ZERO : position.checksum();
        Properties p = new Properties();
        p.setProperty("txid", txId.toString());
        p.setProperty("salt1", Integer.toHexString(position.salts().salt1()));
        p.setProperty("salt2", Integer.toHexString(position.salts().salt2()));
        p.setProperty("frames", Integer.toString(position.frames()));
        p.setProperty("checksum1", Integer.toHexString(checksum.s0()));
        p.setProperty("checksum2", Integer.toHexString(checksum.s1()));
        StringBuilder text = new StringBuilder();
        p.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        replace(POSITION, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Forgets the position: what is in the database is not known any more. */
    public void forgetPosition() throws IOException {
        Files.deleteIfExists(own.resolve(POSITION));
    }

    /** Forgets the position, and which file it is of: what comes in its place is another one, whatever its identity. */
    public void forgetFile() throws IOException {
        forgetPosition();
        Files.deleteIfExists(own.resolve(FILE));
    }

    /**
     * Keeps what the database file was like when replication ended while no connection could write to it.
     *
     * @param stamp of the file
     */
    public void saveStamp(String stamp) throws IOException {
        replace(STAMP, stamp.getBytes(StandardCharsets.UTF_8));
    }

    /** What {@link #saveStamp} kept at the last end; null when there is nothing. */
    public @Nullable String loadStamp() throws IOException {
        return read(STAMP);
    }

    /** Forgets the stamp: from now on the database may be written to. */
    public void forgetStamp() throws IOException {
        Files.deleteIfExists(own.resolve(STAMP));
    }

    /**
     * Keeps whoever may not read the database from what is kept here: its pages are in it. Permissions that are narrower
     * stay as they are.
     */
    public void keepPrivate(Path database) throws IOException {
        Set<PosixFilePermission> readers = Files.getPosixFilePermissions(database);
        for (Path directory : List.of(root.resolve("ltx"), own)) {
            Set<PosixFilePermission> now = Files.getPosixFilePermissions(directory);
            Set<PosixFilePermission> kept = EnumSet.copyOf(now);
            if (!readers.contains(PosixFilePermission.GROUP_READ)) {
                kept.removeAll(PosixFilePermissions.fromString("---rwx---"));
            }
            if (!readers.contains(PosixFilePermission.OTHERS_READ)) {
                kept.removeAll(PosixFilePermissions.fromString("------rwx"));
            }
            if (!kept.equals(now)) {
                Files.setPosixFilePermissions(directory, kept);
            }
        }
    }

    private void replace(String name, byte[] content) throws IOException {
        Path file = temporaryFile(name);
        try {
            Files.write(file, content);
            publish(file, own.resolve(name));
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw cannotWrite(e);
        }
    }

    /**
     * Keeps an image of page 1 and the identity of the file, which tell later whether the database is still this one.
     *
     * @param file distinguishes files, as far as the file system does
     */
    void saveIdentity(byte[] pageOne, String file) throws IOException {
        replace(PAGE_ONE, pageOne);
        replace(FILE, file.getBytes(StandardCharsets.UTF_8));
    }

    /** The identity of the file that was kept last; null when there is none. */
    public @Nullable String loadFile() throws IOException {
        return read(FILE);
    }

    private @Nullable String read(String name) throws IOException {
        try {
            return Files.readString(own.resolve(name));
        } catch (NoSuchFileException | CharacterCodingException e) {
            return null;
        }
    }

    /** The image of page 1 that was kept last; null when there is none. */
    public @Nullable PageOne loadPageOne() throws IOException {
        try {
            byte[] page = Files.readAllBytes(own.resolve(PAGE_ONE));
            return PageSize.isValid(page.length) ? PageOne.of(page) : null;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** The position recorded for {@code txId}; null when there is none, or only one of another transaction. */
    public @Nullable Position loadPosition(TxId txId) throws IOException {
        Properties p = new Properties();
        try (InputStream in = Files.newInputStream(own.resolve(POSITION))) {
            p.load(in);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IllegalArgumentException e) {
            return null; // damaged: as good as none
        }
        if (!txId.toString().equals(p.getProperty("txid"))) {
            return null;
        }
        try {
            int frames = Integer.parseUnsignedInt(p.getProperty("frames", ""));
            return frames < 0
                    ? null
                    : new Position(
                            new Salts(hex(p, "salt1"), hex(p, "salt2")),
                            frames,
                            new WalChecksum(hex(p, "checksum1"), hex(p, "checksum2")),
                            0,
                            false);
        } catch (NumberFormatException e) {
            return null; // damaged: as good as none
        }
    }

    private static int hex(Properties p, String key) {
        return Integer.parseUnsignedInt(p.getProperty(key, ""), 16);
    }

    /** Transactions of which a page map is kept, in ascending order. */
    public List<TxId> maps() throws IOException {
        List<TxId> ids = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(own, "*.map")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                TxId txId = name.matches("[0-9a-f]{16}\\.map") ? txIdOf(name.substring(0, 16)) : null;
                if (txId != null) {
                    ids.add(txId);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
        ids.sort(Comparator.naturalOrder());
        return ids;
    }

    /** File of the page map of a transaction. */
    public Path mapFile(TxId txId) {
        return own.resolve(txId + ".map");
    }

    /** Keeps a page map, and drops those of earlier transactions. */
    public void saveMap(TxId txId, PageMap map) throws IOException {
        Path file = temporaryFile(txId + ".map");
        try {
            PageMapCodec.write(map, txId, file);
            publish(file, mapFile(txId));
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw cannotWrite(e);
        }
        for (TxId other : maps()) {
            if (!other.equals(txId)) {
                deleteMap(other);
            }
        }
    }

    private void deleteMap(TxId txId) throws IOException {
        Files.deleteIfExists(mapFile(txId));
    }

    private static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
