package dev.runnel.engine;

import dev.runnel.storage.ObjectBody;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A file to store that stays the one it was when it was opened, whatever takes its name or deletes it. */
final class HeldFile implements ObjectBody, Closeable {

    private final FileChannel channel;
    private final long length;

    private HeldFile(FileChannel channel, long length) {
        this.channel = channel;
        this.length = length;
    }

    /** Opens a file; null if there is none. */
    static @Nullable HeldFile openIfThere(Path file) throws IOException {
        try {
            return open(file);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    static HeldFile open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            return new HeldFile(channel, channel.size());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public InputStream open() {
        return new Reading();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Has a position of its own. */
    private final class Reading extends InputStream {

        private long position;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int count) throws IOException {
            int got = count == 0 ? 0 : channel.read(ByteBuffer.wrap(bytes, offset, count), position);
            position += Math.max(0, got);
            return got;
        }
    }
}
