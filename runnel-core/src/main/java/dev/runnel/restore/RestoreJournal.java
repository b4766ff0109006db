package dev.runnel.restore;

import dev.runnel.ltx.Crc64;
import dev.runnel.ltx.HashedRange;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which parts of a temporary database file are complete: a text file beside it, one line for each segment, so that a
 * restore that was cut off goes on with what it has. A line counts only with its checksum, and a part only once its pages
 * were read again and found right; so nothing here needs to be synced. Whoever restores holds a lock on the file.
 *
 * <pre>
 * runnel restore 1 &lt;source&gt;
 * &lt;level&gt; &lt;TXIDs&gt; &lt;size&gt; &lt;file checksum&gt; &lt;from&gt; &lt;to&gt; &lt;CRC&gt; &lt;length&gt; &lt;page checksums&gt; &lt;newest&gt; &lt;CRC of the line&gt;
 * </pre>
 *
 * Thread-safe.
 */
final class RestoreJournal implements Closeable {

    private static final String MAGIC = "runnel restore 1 ";
    private static final int KEY_FIELDS = 6;
    private static final int FIELDS = KEY_FIELDS + 5;
    private static final int HEX = 16;

    private final Path path;
    private final FileChannel channel;
    private final FileLock lock;
    private final Map<String, Segment.Result> parts = new HashMap<>();
    private String source = "";
    private long end;

    private RestoreJournal(Path path, FileChannel channel, FileLock lock) {
        this.path = path;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Begins a journal.
     *
     * @param source what is restored, for {@link #source} of whoever finds it
     */
    static RestoreJournal create(Path path, String source) throws IOException {
        FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            RestoreJournal journal = new RestoreJournal(path, channel, channel.lock());
            journal.source = source;
            journal.append(MAGIC + source.replace('\n', ' '));
            return journal;
        } catch (IOException | RuntimeException e) {
            channel.close();
            Files.deleteIfExists(path);
            throw e;
        }
    }

    /** Takes over the journal of a restore that ended, or gives null: there is none, or its restore is still running. */
    static @Nullable RestoreJournal claim(Path path) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            return null;
        }
        try {
            FileLock lock = tryLock(channel);
            // Who ends removes the file before the lock: a lock on a file that is no longer there is worth nothing.
            if (lock == null || !Files.exists(path)) {
                channel.close();
                return null;
            }
            RestoreJournal journal = new RestoreJournal(path, channel, lock);
            journal.load();
            return journal;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // Another restore of this process.
        }
    }

    private void load() throws IOException {
        byte[] bytes = new byte[Math.toIntExact(channel.size())];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining() && channel.read(buffer, buffer.position()) > 0) {
            // Read on.
        }
        String text = new String(bytes, 0, buffer.position(), StandardCharsets.UTF_8);
        int from = 0;
        for (int to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
            String line = text.substring(from, to);
            if (from == 0) {
                if (!line.startsWith(MAGIC)) {
                    break;
                }
                source = line.substring(MAGIC.length());
            } else if (!parse(line)) {
                break;
            }
            from = to + 1;
            end = text.substring(0, from).getBytes(StandardCharsets.UTF_8).length;
        }
        channel.truncate(end);
    }

    private boolean parse(String line) {
        int body = line.lastIndexOf(' ');
        String[] fields = line.split(" ", -1);
        if (body < 0 || fields.length != FIELDS || !line.substring(body + 1).equals(crc(line.substring(0, body)))) {
            return false;
        }
        String key = String.join(" ", Arrays.copyOf(fields, KEY_FIELDS));
        parts.put(
                key,
                new Segment.Result(
                        new HashedRange(
                                Long.parseUnsignedLong(fields[KEY_FIELDS], HEX),
                                Long.parseLong(fields[KEY_FIELDS + 1])),
                        Long.parseUnsignedLong(fields[KEY_FIELDS + 2], HEX),
                        BitSet.valueOf(Base64.getDecoder().decode(fields[KEY_FIELDS + 3]))));
        return true;
    }

    private static String crc(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Long.toHexString(Crc64.update(0, bytes, 0, bytes.length));
    }

    /** What the restore that wrote this was restoring; empty if that cannot be told. */
    String source() {
        return source;
    }

    /** How many parts it names. */
    synchronized int size() {
        return parts.size();
    }

    /** What came out of a segment when it was read before, or null. Says nothing of what the pages are now. */
    synchronized Segment.@Nullable Result find(SourceFile file, Segment segment) {
        return parts.get(key(file, segment));
    }

    /** Notes a segment whose pages have all been written. */
    synchronized void add(SourceFile file, Segment segment, Segment.Result result) throws IOException {
        String key = key(file, segment);
        String line = String.join(
                " ",
                key,
                Long.toHexString(result.hashed().crc()),
                Long.toString(result.hashed().length()),
                Long.toHexString(result.checksum()),
                Base64.getEncoder().encodeToString(result.newest().toByteArray()));
        append(line + " " + crc(line));
        parts.put(key, result);
    }

    /** Forgets all parts. */
    synchronized void reset() throws IOException {
        parts.clear();
        end = 0;
        channel.truncate(0);
        append(MAGIC + source);
    }

    private static String key(SourceFile file, Segment segment) {
        return file.file().level() + " " + file.file().txIds() + " "
                + file.file().size() + " "
                + Long.toHexString(file.index().trailer().fileChecksum()) + " " + segment.from() + " " + segment.to();
    }

    private void append(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            end += channel.write(bytes, end);
        }
    }

    /** Removes the file and lets go of it. */
    void delete() throws IOException {
        Files.deleteIfExists(path);
        close();
    }

    /** Lets go of the file, which stays if it was not deleted. */
    @Override
    public void close() throws IOException {
        if (lock.isValid()) {
            lock.release();
        }
        channel.close();
    }
}
